#include "host/engine/cuda/device_jobs.h"

#include <memory>
#include <optional>

#include "host/engine/cuda/cohort.h"
#include "host/engine/plan/device_plan.h"

namespace edgesweep {
namespace {

using Jobs = std::vector<const RunJob*>;

Jobs pointers_to(const std::vector<RunJob>& jobs) {
  Jobs pointers;
  for (const RunJob& job : jobs) pointers.push_back(&job);
  return pointers;
}

/// The jobs of one device while it executes them.
class DeviceJobs {
 public:
  DeviceJobs(InputCache& inputs, DeviceContext& context, double seconds_between_questions,
             RememberingObserver& observer)
      : inputs_(inputs),
        context_(context),
        seconds_between_questions_(seconds_between_questions),
        observer_(observer) {}

  /// Cohort after cohort: how large one may be is asked when it begins.
  void train(Jobs jobs) {
    std::vector<NetworkDemand> demands;
    for (const RunJob* job : jobs) demands.push_back(demand_of(job->settings));
    while (!jobs.empty() && !observer_.stop_requested()) {
      context_.arena().release();
      const int64_t memory =
          static_cast<int64_t>(kMemoryShare * static_cast<double>(context_.free_memory()));
      const std::string why = why_too_large(demands.front(), context_.limits(), memory);
      const std::vector<size_t> members =
          why.empty() ? first_cohort(demands, context_.limits(), memory) : std::vector<size_t>{0};
      take_out(demands, members);
      const Jobs cohort = take_out(jobs, members);
      if (why.empty())
        execute_cohort(cohort);
      else
        refused_.push_back({cohort.front()->run, why});
    }
  }

  void simulate(const Jobs& jobs) {
    try {
      execute_without_networks(jobs, inputs_, context_, observer_);
      return;
    } catch (const DeviceError& error) {
      if (!error.out_of_memory()) throw;
      if (jobs.size() == 1) return refuse(*jobs.front(), error);
    }
    const std::vector<RunJob> left = observer_.unfinished(jobs);
    for (const RunJob* job : pointers_to(left)) simulate({job});
  }

  std::vector<RefusedJob> take_refused() { return std::move(refused_); }

 private:
  void refuse(const RunJob& job, const DeviceError& error) {
    refused_.push_back({job.run, std::string(error.what()) + "; not even one network (run " +
                                     job.id + ") fits into the memory of " +
                                     context_.limits().name});
  }

  /// One that memory does not hold after all is halved: before it began, or from where it was.
  void execute_cohort(const Jobs& jobs) {
    std::optional<DeviceError> out_of_memory;
    try {
      Cohort(jobs, inputs_, context_, seconds_between_questions_, observer_).execute(observer_);
    } catch (const DeviceError& error) {
      if (!error.out_of_memory()) throw;
      out_of_memory = error;
    }
    if (!out_of_memory) return;
    const std::vector<RunJob> left = observer_.unfinished(jobs);
    const Jobs rest = pointers_to(left);
    if (rest.size() == 1 && jobs.size() == 1) return refuse(*rest.front(), *out_of_memory);
    const auto middle = rest.begin() + static_cast<ptrdiff_t>((rest.size() + 1) / 2);
    for (const Jobs& half : {Jobs(rest.begin(), middle), Jobs(middle, rest.end())})
      if (!half.empty() && !observer_.stop_requested()) execute_cohort(half);
  }

  InputCache& inputs_;
  DeviceContext& context_;
  const double seconds_between_questions_;
  RememberingObserver& observer_;
  std::vector<RefusedJob> refused_;
};

}  // namespace

double work_of(const RunJob& job) {
  const SimulationSize& test = job.settings.test;
  const double tests = static_cast<double>(test.sequences) * static_cast<double>(test.images) *
                       static_cast<double>(job.settings.policies.size());
  if (!job.settings.has(Policy::dqn)) return tests;
  const NetworkDemand demand = demand_of(job.settings);
  return tests + static_cast<double>(demand.dqn.iterations()) * floating_point_work(demand);
}

std::vector<RefusedJob> execute_on_device(const std::vector<const RunJob*>& jobs,
                                          InputCache& inputs, DeviceContext& context,
                                          double seconds_between_questions,
                                          RememberingObserver& observer) {
  Jobs with_network, without;
  for (const RunJob* job : jobs)
    (job->settings.has(Policy::dqn) ? with_network : without).push_back(job);
  DeviceJobs device(inputs, context, seconds_between_questions, observer);
  device.train(with_network);
  if (!without.empty()) device.simulate(without);
  return device.take_refused();
}

}  // namespace edgesweep
