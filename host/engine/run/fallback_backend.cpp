#include "host/engine/run/fallback_backend.h"

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "host/engine/run/observers.h"

namespace edgesweep {
namespace {

/// Passes everything on and remembers what was finished and every run's last checkpoint.
class RememberingObserver : public ForwardingObserver {
 public:
  using ForwardingObserver::ForwardingObserver;
  void on_checkpoint(size_t run, const TrainingState& state) override {
    ForwardingObserver::on_checkpoint(run, state);
    const std::lock_guard lock(mutex_);
    state_[run] = state;
  }
  void on_finished(size_t run, RunResult result) override {
    ForwardingObserver::on_finished(run, std::move(result));
    const std::lock_guard lock(mutex_);
    finished_.insert(run);
    state_.erase(run);
  }

  std::vector<RunJob> unfinished(const std::vector<RunJob>& jobs) {
    std::vector<RunJob> left;
    for (const RunJob& job : jobs) {
      if (finished_.contains(job.run)) continue;
      left.push_back(job);
      const auto state = state_.find(job.run);
      if (state != state_.end()) left.back().resume = std::move(state->second);
    }
    return left;
  }

 private:
  std::mutex mutex_;
  std::set<size_t> finished_;
  std::map<size_t, TrainingState> state_;
};

class FallbackBackend : public Backend {
 public:
  FallbackBackend(std::unique_ptr<Backend> first, std::unique_ptr<Backend> second,
                  std::function<void(const std::string&)> notice)
      : first_(std::move(first)), second_(std::move(second)), notice_(std::move(notice)) {}

  std::string name() const override { return both(first_->name(), second_->name()); }
  std::string device() const override { return both(first_->device(), second_->device()); }

  void execute(const std::vector<RunJob>& jobs, InputCache& inputs,
               RunObserver& observer) override {
    RememberingObserver remembering(observer);
    try {
      first_->execute(jobs, inputs, remembering);
      return;
    } catch (const DeviceError& error) {
      notice_(error.what());
      fell_back_ = true;
    }
    second_->execute(remembering.unfinished(jobs), inputs, observer);
  }

 private:
  /// A file that both wrote says so.
  std::string both(const std::string& first, const std::string& second) const {
    return fell_back_ ? first + ", then " + second : first;
  }

  std::unique_ptr<Backend> first_, second_;
  std::atomic<bool> fell_back_{false};
  std::function<void(const std::string&)> notice_;
};

}  // namespace

std::unique_ptr<Backend> make_fallback_backend(std::unique_ptr<Backend> first,
                                               std::unique_ptr<Backend> second,
                                               std::function<void(const std::string&)> notice) {
  return std::make_unique<FallbackBackend>(std::move(first), std::move(second), std::move(notice));
}

}  // namespace edgesweep
