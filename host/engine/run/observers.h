#pragma once
#include <atomic>
#include <utility>

#include "host/engine/fleet/search.h"
#include "host/engine/run/backend.h"

namespace edgesweep {
/// Wants nothing and keeps nothing. Others overrule what they are about.
class SilentObserver : public RunObserver {
 public:
  void on_start(size_t, int64_t, int64_t) override {}
  void on_iteration(size_t, int64_t) override {}
  void on_evaluation(size_t, const CurvePoint&) override {}
  bool wants_checkpoint(size_t) override { return false; }
  void on_checkpoint(size_t, const TrainingState&) override {}
  void on_finished(size_t, RunResult) override {}
  bool stop_requested() override { return false; }
};

/// Passes everything on to an observer that outlives it.
class ForwardingObserver : public RunObserver {
 public:
  explicit ForwardingObserver(RunObserver& inner) : inner_(inner) {}
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
  void on_search(const SearchProgress& progress) override { inner_.on_search(progress); }
  std::optional<SavedSearch> saved_search(const std::string& key) override {
    return inner_.saved_search(key);
  }
  void on_search_pass(const std::string& key, const SavedSearch& search) override {
    inner_.on_search_pass(key, search);
  }
  bool stop_requested() override { return inner_.stop_requested(); }

 private:
  RunObserver& inner_;
};

/// Passes everything on, and asks all runs to stop once `failed` is set.
class StopOnError : public ForwardingObserver {
 public:
  StopOnError(RunObserver& inner, const std::atomic<bool>& failed)
      : ForwardingObserver(inner), failed_(failed) {}
  bool stop_requested() override { return failed_.load() || ForwardingObserver::stop_requested(); }

 private:
  const std::atomic<bool>& failed_;
};

}  // namespace edgesweep
