#include "host/engine/plan/device_plan.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "host/engine/problem/problem.h"
#include "host/engine/problem/resolve.h"
#include "host/error.h"
#include "kernels/fleet_network.cuh"

namespace edgesweep {
namespace {

int round_up(int count, int multiple) { return (count + multiple - 1) / multiple * multiple; }

/// Floats between two rows of a buffer of so many windows: float4 stay aligned, and rows do not
/// begin in the same bank.
int buffer_stride(int windows) { return round_up(windows, 4) + 4; }

int widest_hidden(const NetworkShape& shape) {
  return *std::max_element(shape.sizes.begin() + 1, shape.sizes.end() - 1);
}

/// Puts as many buffers as fit into `shared_bytes` of shared memory, hidden ones first: they are
/// read most.
BufferLayout place(BufferLayout layout, int64_t shared_bytes) {
  const auto fits = [&](const BufferLayout& candidate) {
    return candidate.shared_bytes() <= shared_bytes;
  };
  while (layout.shared_buffers < layout.hidden_buffers) {
    BufferLayout more = layout;
    ++more.shared_buffers;
    if (!fits(more)) break;
    layout = more;
  }
  BufferLayout with_output = layout;
  with_output.output_in_shared = true;
  return fits(with_output) ? with_output : layout;
}

/// Registers of a thread as the kernels are compiled (see the ptxas table in kernels/README.md):
/// one block of a training or targets kernel fills a multiprocessor, whatever its shared memory.
constexpr int kBlocksPerMultiprocessor = 1;

/// More networks side by side than this would not keep the device busier.
constexpr int kCohortPerMultiprocessor = 8;

/// What host/engine/cuda/learned_fleets allocates for the fleets of a network in training.
int64_t fleet_bytes(const NetworkDemand& network) {
  const FleetDemand& fleet = *network.fleet;
  const int64_t fleets =
      training_fleets(windows_per_iteration(network.dqn), fleet.cameras, fleet.training);
  const int64_t slots = fleets * fleet.cameras * (fleet.training.steps + fleet.training.horizon);
  const int64_t states = fleets * (fleet.cameras * 4 * (2 * kMemorySpans + 2) + 28);
  return 9 * slots + states + 4 * fleet.own_states;
}

/// The states of the largest bucket that the search may give a camera.
int64_t largest_own_states(const FleetSettings& fleet) {
  int64_t states = 0;
  for (const double rate : fleet.search_rates)
    for (const double depth : fleet.search_depths)
      if (const std::optional<TokenBucket> bucket = make_token_bucket(rate, depth))
        states = std::max<int64_t>(states, int64_t{bucket->capacity} + 1);
  return states;
}

bool train_together(const NetworkDemand& a, const NetworkDemand& b) {
  return std::equal(a.shape.sizes.begin() + 1, a.shape.sizes.end() - 1, b.shape.sizes.begin() + 1,
                    b.shape.sizes.end() - 1) &&
         a.dqn.batch == b.dqn.batch && a.dqn.mini_batches == b.dqn.mini_batches &&
         a.math == b.math && a.fleet.has_value() == b.fleet.has_value();
}

int64_t cohort_bytes(const std::vector<const NetworkDemand*>& members, const DeviceLimits& limits) {
  const TrainingPlan plan = plan_training(members, limits);
  int64_t bytes = shared_scratch_bytes(plan);
  for (const NetworkDemand* network : members) bytes += network_bytes(*network, plan);
  return bytes;
}

/// What host/engine/cuda/fast_iteration allocates for a network beside that.
int64_t fast_floats(const NetworkDemand& network, int64_t stride) {
  int64_t units = 2 * int64_t{widest_hidden(network.shape)};
  for (const int32_t size : network.shape.sizes) units += size;
  return 2 * network.shape.parameters() + units * stride + 1;
}

}  // namespace

NetworkDemand demand_of(const RunSettings& settings) {
  const TokenBucket bucket = bucket_of(settings);
  NetworkDemand demand;
  demand.dqn = network_settings(settings);
  demand.bucket = network_bucket(settings, bucket);
  demand.shape = make_network_shape(demand.dqn, demand.bucket);
  demand.math = settings.math;
  if (is_learned_fleet(settings))
    demand.fleet = FleetDemand{settings.fleet.count, settings.fleet.training,
                               largest_own_states(settings.fleet)};
  else
    demand.gap_terms = bucket.capacity / bucket.refill + 1;
  return demand;
}

double forward_passes(const NetworkDemand& network) {
  return network.fleet ? decisions_per_sample(network.fleet->training) : 1;
}

double floating_point_work(const NetworkDemand& network) {
  return static_cast<double>(windows_per_iteration(network.dqn)) *
         (forward_passes(network) * network.shape.forward_work() + network.shape.training_work());
}

TrainingPlan plan_training(const std::vector<const NetworkDemand*>& networks,
                           const DeviceLimits& limits) {
  TrainingPlan plan;
  int batch = 0;
  int hidden_layers = 0;
  int inputs = 0;
  for (const NetworkDemand* network : networks) {
    const int widest = widest_hidden(network->shape);
    plan.targets.rows = std::max(plan.targets.rows, widest);
    plan.targets.output_rows =
        std::max(plan.targets.output_rows, target_rows(network->bucket, network->dqn.outputs));
    batch = std::max(batch, network->dqn.batch);
    inputs = std::max(inputs, network->shape.inputs());
    hidden_layers = std::max(hidden_layers, network->shape.layers() - 1);
  }
  plan.targets.stride = buffer_stride(std::min(batch, kTargetWindows));
  plan.targets.hidden_buffers = 2;
  plan.training.rows = plan.targets.rows;
  plan.training.output_rows = std::min(plan.targets.output_rows, kPanelOutputs);
  plan.training.stride = buffer_stride(batch);
  plan.training.hidden_buffers = hidden_layers + 1;
  plan.targets = networks.front()->fleet ? plan_learned_fleets(plan.targets.rows, limits).layout
                                         : place(plan.targets, limits.shared_per_block);
  plan.training.staging_floats = kWeightStagesFloats;
  plan.training = place(plan.training, limits.shared_per_block - kTrainingStaticShared);
  plan.training.all_shared = plan.training.shared_buffers == plan.training.hidden_buffers &&
                             plan.training.output_in_shared &&
                             inputs <= plan.training.rows * (hidden_layers - 2) &&
                             hidden_layers + 2 <= kSizesInShared;
  plan.target_blocks = limits.multiprocessors * kBlocksPerMultiprocessor;
  return plan;
}

SimulationPlan plan_simulation(int widest_hidden, int64_t longest_history,
                               const DeviceLimits& limits) {
  SimulationPlan plan;
  plan.layout.stride = buffer_stride(kSimulationImages);
  plan.layout.rows = widest_hidden;
  plan.layout.hidden_buffers = 2;
  // The streams of metrics and gaps: history and one tile each.
  plan.layout.output_rows =
      static_cast<int32_t>((longest_history + 2 * kSimulationImages) / plan.layout.stride + 1);
  plan.layout = place(plan.layout, limits.shared_per_block - kSimulationStaticShared);
  plan.blocks = limits.multiprocessors * kBlocksPerMultiprocessor;
  return plan;
}

SimulationPlan plan_learned_fleets(int widest_hidden, const DeviceLimits& limits) {
  SimulationPlan plan;
  plan.layout.stride = buffer_stride(kFleetRows);
  plan.layout.rows = widest_hidden;
  plan.layout.hidden_buffers = 2;
  plan.layout.output_rows = kFleetInputs;
  plan.layout = place(plan.layout, limits.shared_per_block - kFleetStaticShared);
  plan.blocks = limits.multiprocessors * kBlocksPerMultiprocessor;
  return plan;
}

int fleets_per_block(int64_t fleets, int32_t cameras, int blocks) {
  const int64_t spread = (fleets + blocks - 1) / blocks;
  return static_cast<int>(std::clamp<int64_t>(spread, 1, kFleetRows / cameras));
}

int64_t network_bytes(const NetworkDemand& network, const TrainingPlan& plan) {
  const DqnSettings& dqn = network.dqn;
  const int64_t stride = round_up(dqn.batch, 4);
  const int64_t columns = stride * dqn.mini_batches;
  const bool gaps = dqn.history_gaps >= 0;
  const int64_t quantities = dqn.history_metrics + 2 + (gaps ? dqn.history_gaps + 2 : 0);
  int64_t floats = 3 * network.shape.parameters();
  floats += columns * (quantities + 1 + (gaps ? 1 : 0));                // windows
  floats += columns * (network.bucket.capacity + 1);                    // values after
  floats += 2 * int64_t{dqn.batch} * dqn.mini_batches;                  // row sums
  floats += int64_t{dqn.mini_batches} * (network.shape.outputs() + 2);  // losses
  floats += 2 * network.gap_terms + 1 + network.shape.layers() + 1;     // tables
  floats += plan.training.scratch_floats();
  if (network.math == Math::fast) floats += fast_floats(network, stride);
  return 4 * floats + (network.fleet ? fleet_bytes(network) : 0);
}

int64_t shared_scratch_bytes(const TrainingPlan& plan) {
  return 4 * plan.target_blocks * plan.targets.scratch_floats();
}

std::string why_too_large(const NetworkDemand& network, const DeviceLimits& limits,
                          int64_t memory) {
  const int64_t alone = cohort_bytes({&network}, limits);
  if (alone <= memory) return "";
  return "a network with " + std::to_string(network.shape.outputs()) + " outputs takes " +
         std::to_string(alone) + " bytes of the memory of " + limits.name + ", of which " +
         std::to_string(memory) +
         " are free; a smaller depth, batch or number of mini-batches needs less";
}

std::vector<size_t> first_cohort(const std::vector<NetworkDemand>& networks,
                                 const DeviceLimits& limits, int64_t memory) {
  if (const std::string why = why_too_large(networks.front(), limits, memory); !why.empty())
    throw SystemError(why);
  const size_t most = static_cast<size_t>(kCohortPerMultiprocessor * limits.multiprocessors);
  std::vector<size_t> cohort = {0};
  std::vector<const NetworkDemand*> members = {&networks.front()};
  for (size_t i = 1; i < networks.size() && cohort.size() < most; ++i) {
    if (!train_together(networks.front(), networks[i])) continue;
    members.push_back(&networks[i]);
    if (cohort_bytes(members, limits) > memory) break;
    cohort.push_back(i);
  }
  return cohort;
}

std::vector<std::vector<size_t>> plan_cohorts(const std::vector<NetworkDemand>& networks,
                                              const DeviceLimits& limits, int64_t memory) {
  std::vector<std::vector<size_t>> cohorts;
  std::vector<size_t> numbers(networks.size());
  std::iota(numbers.begin(), numbers.end(), size_t{0});
  for (std::vector<NetworkDemand> left = networks; !left.empty();) {
    const std::vector<size_t> members = first_cohort(left, limits, memory);
    take_out(left, members);
    cohorts.push_back(take_out(numbers, members));
  }
  return cohorts;
}

std::vector<std::vector<size_t>> deal_jobs(
    const std::vector<double>& work, const std::vector<double>& speed,
    const std::function<bool(size_t job, size_t device)>& allowed) {
  std::vector<size_t> order(work.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return work[a] > work[b]; });
  std::vector<std::vector<size_t>> dealt(speed.size());
  std::vector<double> load(speed.size(), 0.0);
  for (const size_t job : order) {
    double earliest = std::numeric_limits<double>::infinity();
    size_t chosen = speed.size();
    for (size_t device = 0; device < speed.size(); ++device) {
      const double end = (load[device] + work[job]) / speed[device];
      if (end >= earliest || (allowed && !allowed(job, device))) continue;
      earliest = end;
      chosen = device;
    }
    if (chosen == speed.size()) continue;
    dealt[chosen].push_back(job);
    load[chosen] += work[job];
  }
  return dealt;
}

}  // namespace edgesweep
