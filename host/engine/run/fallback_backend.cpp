#include "host/engine/run/fallback_backend.h"

#include <atomic>

#include "host/engine/run/remembering_observer.h"

namespace edgesweep {
namespace {

class FallbackBackend : public Backend {
 public:
  FallbackBackend(std::unique_ptr<Backend> first, std::unique_ptr<Backend> second,
                  std::function<void(const std::string&)> notice)
      : first_(std::move(first)), second_(std::move(second)), notice_(std::move(notice)) {}

  std::string name() const override { return both(first_->name(), second_->name()); }
  std::string device() const override { return both(first_->device(), second_->device()); }

  void execute(const std::vector<RunJob>& jobs, InputCache& inputs,
               RunObserver& observer) override {
    const std::vector<RunJob> left = left_by_first(jobs, inputs, observer);
    if (!left.empty()) second_->execute(left, inputs, observer);
  }

 private:
  std::vector<RunJob> left_by_first(const std::vector<RunJob>& jobs, InputCache& inputs,
                                    RunObserver& observer) {
    RememberingObserver remembering(observer);
    try {
      first_->execute(jobs, inputs, remembering);
    } catch (const DeviceError& error) {
      notice_(error.what());
      fell_back_ = true;
      return remembering.unfinished(jobs);
    }
    return {};
  }

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
