#include <tbb/global_control.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "host/engine/backends.h"
#include "host/engine/cuda/cohort.h"
#include "host/engine/cuda/cuda_simulator.h"
#include "host/engine/plan/machine.h"
#include "host/engine/problem/problem.h"
#include "host/engine/problem/resolve.h"
#include "host/engine/run/fallback_backend.h"
#include "host/engine/run/observers.h"
#include "host/engine/run/run_outcome.h"
#include "host/engine/run/searches.h"

namespace edgesweep {
namespace {

using Jobs = std::vector<const RunJob*>;

/// Work of a job, for dealing: of its training, in floating-point operations, and an operation for
/// each test image and policy, so that jobs without a network are spread too.
double work_of(const RunJob& job) {
  const SimulationSize& test = job.settings.test;
  const double tests = static_cast<double>(test.sequences) * static_cast<double>(test.images) *
                       static_cast<double>(job.settings.policies.size());
  if (!job.settings.has(Policy::dqn)) return tests;
  const NetworkDemand demand = demand_of(job.settings);
  return tests + static_cast<double>(demand.dqn.iterations()) * floating_point_work(demand);
}

/// Executes a cohort; one that memory does not hold after all is halved. Nobody has been told of a
/// run before its memory was there.
void execute_cohort(const Jobs& jobs, InputCache& inputs, DeviceContext& context,
                    double seconds_between_questions, RunObserver& observer) {
  std::unique_ptr<Cohort> cohort;
  try {
    cohort = std::make_unique<Cohort>(jobs, inputs, context, seconds_between_questions, observer);
  } catch (const DeviceError& error) {
    if (!error.out_of_memory()) throw;
    if (jobs.size() == 1)
      throw DeviceError(std::string(error.what()) + "; not even one network (run " +
                            jobs.front()->id + ") fits into the memory of " + context.limits().name,
                        true);
  }
  if (cohort) return cohort->execute(observer);
  const auto middle = jobs.begin() + static_cast<ptrdiff_t>(jobs.size() / 2);
  execute_cohort({jobs.begin(), middle}, inputs, context, seconds_between_questions, observer);
  execute_cohort({middle, jobs.end()}, inputs, context, seconds_between_questions, observer);
}

/// The jobs of one device, on the thread that calls.
void execute_on_device(int device, const Jobs& jobs, InputCache& inputs,
                       double seconds_between_questions, RunObserver& observer) {
  DeviceContext context(device);
  Jobs with_network, without;
  std::vector<NetworkDemand> demands;
  for (const RunJob* job : jobs) {
    const bool dqn = job->settings.has(Policy::dqn);
    (dqn ? with_network : without).push_back(job);
    if (dqn) demands.push_back(demand_of(job->settings));
  }
  const int64_t memory =
      static_cast<int64_t>(kMemoryShare * static_cast<double>(context.free_memory()));
  for (const std::vector<size_t>& cohort : plan_cohorts(demands, context.limits(), memory)) {
    if (observer.stop_requested()) return;
    Jobs members;
    for (const size_t i : cohort) members.push_back(with_network[i]);
    execute_cohort(members, inputs, context, seconds_between_questions, observer);
  }
  execute_without_networks(without, inputs, context, observer);
}

/// What `hierarchical` needs before any run is prepared, on the first device. False: stopped.
bool search_on_first(int first, const std::vector<RunJob>& jobs, InputCache& inputs,
                     RunObserver& observer) {
  const bool any = std::any_of(jobs.begin(), jobs.end(),
                               [](const RunJob& job) { return needs_search(job.settings); });
  if (!any) return true;
  DeviceContext context(first);
  return run_searches(
      jobs, inputs,
      [&](const FleetRequest& request) { return simulate_fleet_on_cuda(request, context); },
      observer);
}

class CudaBackend : public Backend {
 public:
  CudaBackend(std::vector<CudaDevice> devices, int threads, Notice notice,
              double seconds_between_questions)
      : devices_(std::move(devices)),
        threads_(threads > 0 ? threads : available_threads()),
        notice_(std::move(notice)),
        seconds_between_questions_(seconds_between_questions) {}

  std::string name() const override { return "cuda"; }

  std::string device() const override {
    std::vector<std::pair<std::string, int>> names;
    for (const CudaDevice& device : devices_) {
      const auto known = std::find_if(names.begin(), names.end(), [&](const auto& name) {
        return name.first == device.limits.name;
      });
      if (known == names.end())
        names.emplace_back(device.limits.name, 1);
      else
        ++known->second;
    }
    std::string text;
    for (const auto& [name, count] : names)
      text += (text.empty() ? "" : ", ") + (count > 1 ? std::to_string(count) + " x " : "") + name;
    return text;
  }

  void execute(const std::vector<RunJob>& jobs, InputCache& inputs,
               RunObserver& observer) override {
    const int threads = startable_threads(threads_, notice_);
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    static_cast<size_t>(threads));
    if (search_on_first(devices_.front().number, jobs, inputs, observer))
      execute_on_devices(jobs, inputs, observer);
  }

 private:
  void execute_on_devices(const std::vector<RunJob>& jobs, InputCache& inputs,
                          RunObserver& observer) {
    std::vector<double> work;
    for (const RunJob& job : jobs) work.push_back(work_of(job));
    std::vector<double> speed;
    for (const CudaDevice& device : devices_) speed.push_back(device.limits.speed());
    const std::vector<std::vector<size_t>> dealt = deal_jobs(work, speed);
    std::atomic<bool> failed{false};
    std::exception_ptr error;
    std::mutex error_mutex;
    StopOnError guarded(observer, failed);
    const auto work_on = [&](size_t device) {
      try {
        Jobs own;
        for (const size_t job : dealt[device]) own.push_back(&jobs[job]);
        if (!own.empty())
          execute_on_device(devices_[device].number, own, inputs, seconds_between_questions_,
                            guarded);
      } catch (const Stopped&) {
        // In the middle of a preparation: its runs have nothing to keep.
      } catch (...) {
        const std::lock_guard lock(error_mutex);
        if (!error) error = std::current_exception();
        failed.store(true);
      }
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
    if (error) std::rethrow_exception(error);
  }

  const std::vector<CudaDevice> devices_;
  const int threads_;  ///< of the CPU; those of the devices mostly wait
  const Notice notice_;
  const double seconds_between_questions_;
};

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(int threads, double, Notice notice,
                                           double seconds_between_questions,
                                           const std::vector<int>& numbers) {
  const CudaDevices found = find_cuda_devices(numbers);
  if (found.usable().empty()) throw DeviceError("no GPU: " + found.why_none, false);
  return std::make_unique<CudaBackend>(found.usable(), threads, std::move(notice),
                                       seconds_between_questions);
}

}  // namespace edgesweep
