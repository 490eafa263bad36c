#pragma once
#include <atomic>
#include <utility>

#include "host/engine/backend.h"

namespace edgesweep {

/// Passes everything on, and asks all runs to stop once `failed` is set.
class StopOnError : public RunObserver {
 public:
  StopOnError(RunObserver& inner, const std::atomic<bool>& failed)
      : inner_(inner), failed_(failed) {}
  void on_start(size_t run, int64_t iterations, int64_t done) override {
    inner_.on_start(run, iterations, done);
  }
  void on_iteration(size_t run, int64_t iteration) override { inner_.on_iteration(run, iteration); }
  void on_evaluation(size_t run, const CurvePoint& point) override {
    inner_.on_evaluation(run, point);
  }
  bool wants_checkpoint(size_t run) override { return inner_.wants_checkpoint(run); }
  void on_checkpoint(size_t run, const TrainingState& state) override {
    inner_.on_checkpoint(run, state);
  }
  void on_finished(size_t run, RunResult result) override {
    inner_.on_finished(run, std::move(result));
  }
  bool stop_requested() override { return failed_.load() || inner_.stop_requested(); }

 private:
  RunObserver& inner_;
  const std::atomic<bool>& failed_;
};

}  // namespace edgesweep
