#pragma once
#include "host/engine/backend.h"

namespace edgesweep::testing {

/// An observer that wants nothing and keeps nothing. Tests overrule what they are about.
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

}  // namespace edgesweep::testing
