#include "host/cli/device_plan_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/engine/backends.h"
#include "host/engine/plan/device_plan.h"
#include "host/engine/plan/device_time.h"
#include "host/error.h"
#include "host/text.h"

namespace edgesweep {
namespace {

DeviceLimits device_of(const std::string& name) {
  if (name != "auto") return known_device(name);
  const CudaDevices found = find_cuda_devices();
  if (found.usable().empty())
    throw InputError("", "--device", "\"auto\" without a GPU (" + found.why_none + ")",
                     known_devices_text());
  return found.usable().front().limits;
}

/// "6 of 6 + panel": hidden buffers in shared memory, and whether the output buffer is.
std::string placed_text(const BufferLayout& layout, const char* output) {
  return fmt::format("{} of {}{}", layout.shared_buffers, layout.hidden_buffers,
                     layout.output_in_shared ? std::string(" + ") + output : "");
}

struct Cohort {
  std::vector<const NetworkDemand*> networks;
  double simulation_work = 0;
};

std::vector<std::string> row_of(const Cohort& cohort, size_t number, const DeviceLimits& limits,
                                double& seconds) {
  const TrainingPlan plan = plan_training(cohort.networks, limits);
  int fewest = cohort.networks.front()->shape.outputs();
  int most = fewest;
  int64_t memory = shared_scratch_bytes(plan);
  for (const NetworkDemand* network : cohort.networks) {
    fewest = std::min(fewest, network->shape.outputs());
    most = std::max(most, network->shape.outputs());
    memory += network_bytes(*network, plan);
  }
  const DeviceTime time = expected_time(cohort.networks, cohort.simulation_work, limits);
  seconds += time.total();
  const auto bytes = [](int64_t count) { return with_prefix(static_cast<double>(count), "B"); };
  return {std::to_string(number),
          std::to_string(cohort.networks.size()),
          fewest == most ? std::to_string(fewest) : fmt::format("{}..{}", fewest, most),
          bytes(memory),
          bytes(plan.training.shared_bytes()),
          placed_text(plan.training, "panel"),
          bytes(plan.targets.shared_bytes()),
          placed_text(plan.targets, "outputs"),
          clock_text(time.targets),
          clock_text(time.training),
          clock_text(time.simulation)};
}

/// One Q iteration of the cohort's first, largest network.
std::vector<std::string> work_row(const Cohort& cohort, size_t number, const DeviceLimits& limits) {
  const NetworkDemand& network = *cohort.networks.front();
  const IterationWork work = iteration_work(network, plan_training(cohort.networks, limits));
  const double lane_rate = 2.0 * limits.single_precision_lanes * limits.clock_hertz;
  return {std::to_string(number),
          std::to_string(network.shape.outputs()),
          std::to_string(network.shape.parameters()),
          with_prefix(work.targets_work, "FLOP"),
          with_prefix(work.training_work, "FLOP"),
          with_prefix(work.parameter_bytes, "B"),
          with_prefix(work.activation_bytes, "B"),
          with_prefix(work.window_bytes, "B"),
          fmt::format("{:.2f} ms", 1e3 * work.training_work / (lane_rate * kAssumedShare))};
}

}  // namespace

std::string device_plan_text(const SettingsOfRun& settings_of, const SweepPlan& plan,
                             const std::string& device) {
  const DeviceLimits limits = device_of(device);
  std::vector<NetworkDemand> demands;
  std::vector<double> simulation_work;
  for (const size_t run : plan.order) {
    const RunPlan& planned = plan.runs[run];
    if (!planned.shape) continue;
    const RunSettings& settings = settings_of(run);
    demands.push_back(demand_of(settings));
    simulation_work.push_back(planned.training_work -
                              planned.iteration_work *
                                  static_cast<double>(settings.dqn.iterations()) +
                              planned.simulation_work);
  }
  const int64_t memory = static_cast<int64_t>(kMemoryShare * static_cast<double>(limits.memory));
  std::vector<std::vector<std::string>> rows;
  std::vector<std::vector<std::string>> work_rows;
  double seconds = 0;
  for (const std::vector<size_t>& members : plan_cohorts(demands, limits, memory)) {
    Cohort cohort;
    for (const size_t i : members) {
      cohort.networks.push_back(&demands[i]);
      cohort.simulation_work += simulation_work[i];
    }
    work_rows.push_back(work_row(cohort, rows.size() + 1, limits));
    rows.push_back(row_of(cohort, rows.size() + 1, limits, seconds));
  }
  return fmt::format(
             "On {} (compute capability {}, {} multiprocessors, {} of memory, {} of shared memory "
             "per block), blocks of {} threads:\n\n",
             limits.name, limits.compute_capability(), limits.multiprocessors,
             with_prefix(static_cast<double>(limits.memory), "B"),
             with_prefix(static_cast<double>(limits.shared_per_block), "B"), kBlockThreads) +
         text_table(
             {"cohort", "networks", "outputs", "memory", "training shared", "hidden buffers in it",
              "targets shared", "hidden buffers in it", "targets", "training", "simulation"},
             rows) +
         "\nOne Q iteration of each cohort's largest network, bytes outside shared memory:\n\n" +
         text_table({"cohort", "outputs", "parameters", "targets", "training", "parameter bytes",
                     "activation bytes", "window bytes", "training on one multiprocessor"},
                    work_rows) +
         fmt::format(
             "\nExpected time: {}, by floating-point work alone at {:.0f} % of the peak. An "
             "estimate; nothing was measured.\n",
             clock_text(seconds), 100 * kAssumedShare);
}

}  // namespace edgesweep
