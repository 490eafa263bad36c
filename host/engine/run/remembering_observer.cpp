#include "host/engine/run/remembering_observer.h"

namespace edgesweep {

void RememberingObserver::on_checkpoint(size_t run, const TrainingState& state) {
  ForwardingObserver::on_checkpoint(run, state);
  const std::lock_guard lock(mutex_);
  state_[run] = state;
}

void RememberingObserver::on_finished(size_t run, RunResult result) {
  ForwardingObserver::on_finished(run, std::move(result));
  const std::lock_guard lock(mutex_);
  finished_.insert(run);
  state_.erase(run);
}

std::vector<RunJob> RememberingObserver::unfinished(const std::vector<const RunJob*>& jobs) {
  const std::lock_guard lock(mutex_);
  std::vector<RunJob> left;
  for (const RunJob* job : jobs) {
    if (finished_.contains(job->run)) continue;
    left.push_back(*job);
    const auto state = state_.find(job->run);
    if (state != state_.end()) left.back().resume = state->second;
  }
  return left;
}

std::vector<RunJob> RememberingObserver::unfinished(const std::vector<RunJob>& jobs) {
  std::vector<const RunJob*> pointers;
  for (const RunJob& job : jobs) pointers.push_back(&job);
  return unfinished(pointers);
}

}  // namespace edgesweep
