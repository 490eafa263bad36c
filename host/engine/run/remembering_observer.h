#pragma once
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "host/engine/run/observers.h"

namespace edgesweep {

/// Passes everything on, and remembers what was finished and every run's last checkpoint: what else
/// is to be done elsewhere, or with less memory, goes on from there.
class RememberingObserver : public ForwardingObserver {
 public:
  using ForwardingObserver::ForwardingObserver;
  void on_checkpoint(size_t run, const TrainingState& state) override;
  void on_finished(size_t run, RunResult result) override;

  /// The jobs that are not finished, each with its last checkpoint: the newest that was seen here,
  /// or the one that it came with.
  std::vector<RunJob> unfinished(const std::vector<const RunJob*>& jobs);
  std::vector<RunJob> unfinished(const std::vector<RunJob>& jobs);

 private:
  std::mutex mutex_;
  std::set<size_t> finished_;
  std::map<size_t, TrainingState> state_;
};

}  // namespace edgesweep
