#include <fmt/format.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "host/engine/backends.h"
#include "host/engine/cuda/device_jobs.h"
#include "host/engine/cuda/fleet_devices.h"
#include "host/engine/plan/device_plan.h"
#include "host/engine/plan/machine.h"
#include "host/engine/run/searches.h"
#include "host/stop_request.h"

namespace edgesweep {
namespace {

/// A GPU, and what this backend has learnt of it.
struct UsedDevice {
  CudaDevice gpu;
  bool lost = false;
  std::set<size_t> refused;  ///< runs that its memory does not hold
};

/// "2 x NVIDIA A100, NVIDIA T4"
std::string names_of(const std::vector<UsedDevice>& devices) {
  std::vector<std::pair<std::string, int>> names;
  for (const UsedDevice& device : devices) {
    const std::string& own = device.gpu.limits.name;
    const auto known = std::find_if(names.begin(), names.end(),
                                    [&](const auto& name) { return name.first == own; });
    if (known == names.end())
      names.emplace_back(own, 1);
    else
      ++known->second;
  }
  std::string text;
  for (const auto& [name, count] : names)
    text += (text.empty() ? "" : ", ") + (count > 1 ? std::to_string(count) + " x " : "") + name;
  return text;
}

class CudaBackend : public Backend {
 public:
  CudaBackend(const std::vector<CudaDevice>& gpus, int threads, Notice notice,
              double seconds_between_questions)
      : threads_(threads > 0 ? threads : available_threads()),
        notice_(std::move(notice)),
        seconds_between_questions_(seconds_between_questions) {
    for (const CudaDevice& gpu : gpus) devices_.push_back({gpu, false, {}});
  }

  std::string name() const override { return "cuda"; }
  std::string device() const override { return names_of(devices_); }

  void execute(const std::vector<RunJob>& jobs, InputCache& inputs,
               RunObserver& observer) override {
    const int threads = startable_threads(threads_, notice_);
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    static_cast<size_t>(threads));
    if (search(jobs, inputs, observer)) execute_on_devices(jobs, inputs, observer);
  }

 private:
  /// What `hierarchical` needs before any run is prepared, on all devices that work. False:
  /// stopped.
  bool search(const std::vector<RunJob>& jobs, InputCache& inputs, RunObserver& observer) {
    if (std::none_of(jobs.begin(), jobs.end(),
                     [](const RunJob& job) { return needs_search(job.settings); }))
      return true;
    std::vector<UsedDevice*> used;
    std::vector<FleetDevices::Device> chosen;
    for (UsedDevice& device : devices_) {
      if (device.lost) continue;
      used.push_back(&device);
      chosen.push_back({device.gpu.number, device.gpu.limits.speed()});
    }
    if (used.empty()) std::rethrow_exception(device_error_);
    FleetDevices searching(chosen, [&](size_t device, const DeviceError& error) {
      if (!error.out_of_memory()) lose(*used[device], error);
    });
    return run_searches(
        jobs, inputs, [&](const FleetRequest& request) { return searching.simulate(request); },
        observer);
  }

  /// In rounds: what a device that failed has left, and what its memory does not hold, is dealt to
  /// the others, from the last checkpoints.
  void execute_on_devices(const std::vector<RunJob>& jobs, InputCache& inputs,
                          RunObserver& observer) {
    failed_ = false;
    for (UsedDevice& device : devices_) device.refused.clear();
    StopOnError guarded(observer, failed_);
    RememberingObserver remembering(guarded);
    std::vector<RunJob> left = jobs;
    for (bool all = false; !all && !left.empty();) {
      const std::vector<std::vector<size_t>> dealt = deal(left);
      if (std::all_of(dealt.begin(), dealt.end(), [](const auto& own) { return own.empty(); }))
        std::rethrow_exception(device_error_);
      all = round(left, dealt, inputs, remembering);
      if (other_error_) std::rethrow_exception(std::exchange(other_error_, nullptr));
      left = remembering.unfinished(left);
    }
  }

  /// The jobs of each device.
  std::vector<std::vector<size_t>> deal(const std::vector<RunJob>& jobs) const {
    std::vector<double> work, speed;
    for (const RunJob& job : jobs) work.push_back(work_of(job));
    for (const UsedDevice& device : devices_) speed.push_back(device.gpu.limits.speed());
    return deal_jobs(work, speed, [&](size_t job, size_t device) {
      return !devices_[device].lost && !devices_[device].refused.contains(jobs[job].run);
    });
  }

  /// False: a device has failed or refused jobs, and there is more to do unless a stop was asked
  /// for.
  bool round(const std::vector<RunJob>& jobs, const std::vector<std::vector<size_t>>& dealt,
             InputCache& inputs, RememberingObserver& observer) {
    std::atomic<bool> all{true};
    const auto work_on = [&](size_t device) {
      std::vector<const RunJob*> own;
      for (const size_t job : dealt[device]) own.push_back(&jobs[job]);
      if (!own.empty() && !work(devices_[device], own, inputs, observer)) all = false;
    };
    std::vector<std::thread> threads;
    size_t device = 0;
    try {
      for (; device < devices_.size(); ++device) threads.emplace_back(work_on, device);
    } catch (const std::system_error&) {
      if (notice_) notice_("no more threads can be made (" + thread_limit() + "): GPUs take turns");
    }
    for (; device < devices_.size(); ++device) work_on(device);
    for (std::thread& thread : threads) thread.join();
    return all || observer.stop_requested();
  }

  /// One device's share, on its own thread. False: something of it is left for others.
  bool work(UsedDevice& device, const std::vector<const RunJob*>& jobs, InputCache& inputs,
            RememberingObserver& observer) {
    try {
      DeviceContext context(device.gpu.number);
      const std::vector<RefusedJob> refused =
          execute_on_device(jobs, inputs, context, seconds_between_questions_, observer);
      for (const RefusedJob& job : refused) refuse(device, job);
      return refused.empty();
    } catch (const Stopped&) {
      return true;  // in the middle of a preparation: its runs have nothing to keep
    } catch (const DeviceError& error) {
      lose(device, error);
      return false;
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!other_error_) other_error_ = std::current_exception();
      failed_ = true;
      return true;
    }
  }

  void lose(UsedDevice& device, const DeviceError& error) {
    const std::lock_guard lock(mutex_);
    device.lost = true;
    device_error_ = std::make_exception_ptr(error);
    const bool others = std::any_of(devices_.begin(), devices_.end(),
                                    [](const UsedDevice& other) { return !other.lost; });
    if (others && notice_)
      notice_(fmt::format("GPU {}, {}, is not used any more, and the others do its work: {}",
                          device.gpu.number, device.gpu.limits.name, error.what()));
  }

  void refuse(UsedDevice& device, const RefusedJob& job) {
    const std::lock_guard lock(mutex_);
    device.refused.insert(job.run);
    device_error_ = std::make_exception_ptr(DeviceError(job.why, true));
  }

  std::vector<UsedDevice> devices_;
  const int threads_;  ///< of the CPU; those of the devices mostly wait
  const Notice notice_;
  const double seconds_between_questions_;
  std::atomic<bool> failed_{false};  ///< not a device, but all else
  std::mutex mutex_;                 ///< for what follows, and for `lost` and `refused`
  std::exception_ptr device_error_;  ///< why the last device or job failed
  std::exception_ptr other_error_;
};

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(int threads, Notice notice,
                                           double seconds_between_questions,
                                           const std::vector<int>& numbers) {
  const CudaDevices found = find_cuda_devices(numbers);
  if (found.usable().empty()) throw DeviceError("no GPU: " + found.why_none, false);
  return std::make_unique<CudaBackend>(found.usable(), threads, std::move(notice),
                                       seconds_between_questions);
}

}  // namespace edgesweep
