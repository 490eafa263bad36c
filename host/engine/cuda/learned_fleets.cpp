#include "host/engine/cuda/learned_fleets.h"

#include <algorithm>
#include <list>
#include <span>

#include "host/engine/plan/device_plan.h"

namespace edgesweep {
namespace {

/// Steps of one launch.
constexpr int64_t kStepsPerLaunch = 1024;

/// Fleets for the blocks of a launch, task by task.
std::vector<FleetBlock> deal_to_blocks(const std::vector<LearnedFleetTask>& tasks, int blocks) {
  int64_t fleets = 0;
  for (const LearnedFleetTask& task : tasks) fleets += task.fleets;
  std::vector<FleetBlock> dealt;
  for (size_t i = 0; i < tasks.size(); ++i) {
    const int together = fleets_per_block(fleets, tasks[i].at_switch.cameras, blocks);
    for (int32_t first = 0; first < tasks[i].fleets; first += together)
      dealt.push_back(
          {static_cast<int32_t>(i), first, std::min(together, tasks[i].fleets - first)});
  }
  return dealt;
}

/// Uploads into a buffer that grows as it has to.
template <typename T>
void upload_growing(const std::vector<T>& values, DeviceBuffer<T>& buffer,
                    const DeviceStream& stream) {
  if (values.size() > buffer.size()) buffer = DeviceBuffer<T>(values.size());
  buffer.upload(values, stream);
}

}  // namespace

DeviceFleets::DeviceFleets(const FleetNetwork& network, int64_t fleets, int64_t recorded_steps,
                           const DeviceStream& stream)
    : at_switch_(network.at_switch),
      own_(network.own),
      fleets_(static_cast<size_t>(fleets)),
      threshold_(network.threshold, stream) {
  const size_t rows = fleets_ * static_cast<size_t>(network.at_switch.cameras);
  const size_t slots = rows * static_cast<size_t>(recorded_steps);
  count_ = DeviceBuffer<float>(rows * 2 * kMemorySpans);
  own_units_ = DeviceBuffer<int32_t>(rows);
  location_ = DeviceBuffer<uint32_t>(rows);
  units_ = DeviceBuffer<int32_t>(fleets_);
  reward_ = DeviceBuffer<double>(fleets_);
  passed_ = DeviceBuffer<int64_t>(fleets_);
  offloads_ = DeviceBuffer<int64_t>(fleets_);
  wants_offload_ = DeviceBuffer<uint8_t>(slots);
  slot_reward_ = DeviceBuffer<float>(slots);
  slot_units_ = DeviceBuffer<int32_t>(slots);
  stream.wait();
}

LearnedFleetTask DeviceFleets::task() const {
  LearnedFleetTask task{};
  task.at_switch = at_switch_;
  task.own = own_;
  task.threshold = threshold_.data();
  task.fleets = static_cast<int32_t>(fleets_);
  task.states = {count_.data(),  own_units_.data(), location_.data(), units_.data(),
                 reward_.data(), passed_.data(),    offloads_.data()};
  task.slots = {wants_offload_.data(), slot_reward_.data(), slot_units_.data()};
  return task;
}

std::vector<FleetSums> DeviceFleets::sums(const DeviceStream& stream) const {
  std::vector<double> reward(fleets_);
  std::vector<int64_t> passed(fleets_), offloads(fleets_);
  reward_.download(reward, stream);
  passed_.download(passed, stream);
  offloads_.download(offloads, stream);
  stream.wait();
  std::vector<FleetSums> sums;
  for (size_t fleet = 0; fleet < fleets_; ++fleet)
    sums.push_back({reward[fleet], passed[fleet], offloads[fleet]});
  return sums;
}

FleetLaunches::FleetLaunches(const BufferLayout& layout, int blocks, float* scratch,
                             DeviceContext& context)
    : layout_(layout), blocks_(blocks), scratch_(scratch), context_(context) {
  check_cuda(allow_learned_fleet_shared(static_cast<size_t>(layout.shared_bytes())),
             "cudaFuncSetAttribute of learned_fleet_kernel");
}

bool FleetLaunches::run(std::vector<LearnedFleetTask> tasks, const StopRequest& stop) {
  const DeviceStream& stream = context_.stream();
  tasks_ = std::move(tasks);
  fleet_blocks_ = deal_to_blocks(tasks_, blocks_);
  upload_growing(tasks_, device_tasks_, stream);
  upload_growing(fleet_blocks_, device_blocks_, stream);
  int64_t steps = 0;
  for (const LearnedFleetTask& task : tasks_) steps = std::max(steps, task.steps);
  const int all = static_cast<int>(fleet_blocks_.size());
  for (int block = 0; block < all; block += blocks_) {
    const int count = std::min(blocks_, all - block);
    for (int64_t first = 0; first < steps; first += kStepsPerLaunch) {
      if (stop) {
        stream.wait();
        if (stop()) return false;
      }
      check_cuda(launch_learned_fleets(device_tasks_.data(), device_blocks_.data() + block, count,
                                       {first, std::min(first + kStepsPerLaunch, steps)}, layout_,
                                       scratch_, stream),
                 {"learned_fleet_kernel", count, kBlockThreads, layout_.shared_bytes()});
    }
  }
  return true;
}

void FleetLaunches::queue_gains() {
  int64_t most = 0;
  for (const LearnedFleetTask& task : tasks_)
    most = std::max(most, task.fleets * task.trained_images());
  const int count = static_cast<int>(tasks_.size());
  check_cuda(launch_offload_gains(device_tasks_.data(), count, most, context_.stream()),
             {"offload_gain_kernel", count, kBlockThreads, 0});
}

namespace {

/// What one request has on the device.
struct SimulatedFleets {
  SimulatedFleets(const LearnedFleetRequest& request, DeviceContext& context)
      : weights(*request.weights, context.stream()),
        sizes(request.training->shape.sizes, context.stream()),
        fleets(*request.training->fleet, request.size.sequences, 0, context.stream()) {
    const auto states = static_cast<size_t>(request.training->fleet->at_switch.bucket.capacity) + 1;
    const std::vector<unsigned long long> zeros(request.occupancy ? states : 0, 0);
    occupancy = DeviceBuffer<unsigned long long>(zeros, context.stream());
    context.stream().wait();
  }

  LearnedFleetTask task(const LearnedFleetRequest& request, DeviceContext& context) const {
    LearnedFleetTask task = fleets.task();
    task.source = context.upload(*request.source);
    task.network = {request.training->shape.layers(), sizes.data()};
    task.weights = weights.data();
    task.steps = request.size.images;
    task.occupancy = occupancy.data();
    return task;
  }

  LearnedFleetOutcome outcome(const LearnedFleetRequest& request,
                              const DeviceStream& stream) const {
    LearnedFleetOutcome outcome;
    outcome.fleet.sums = fleets.sums(stream);
    std::vector<unsigned long long> counts(occupancy.size());
    occupancy.download(counts, stream);
    stream.wait();
    if (request.occupancy)
      outcome.occupancy.assign(counts.begin() + request.training->fleet->at_switch.bucket.refill,
                               counts.end());
    return outcome;
  }

  DeviceBuffer<float> weights;
  DeviceBuffer<int32_t> sizes;
  DeviceFleets fleets;
  DeviceBuffer<unsigned long long> occupancy;
};

using Requests = std::span<const LearnedFleetRequest>;

std::vector<LearnedFleetOutcome> stopped_outcomes(size_t requests) {
  std::vector<LearnedFleetOutcome> outcomes(requests);
  for (LearnedFleetOutcome& outcome : outcomes) outcome.fleet.stopped = true;
  return outcomes;
}

std::vector<LearnedFleetOutcome> simulate_at_once(Requests requests, DeviceContext& context) {
  int widest = 0;
  int64_t fleets = 0;
  std::list<SimulatedFleets> simulated;
  std::vector<LearnedFleetTask> tasks;
  for (const LearnedFleetRequest& request : requests) {
    const std::vector<int32_t>& sizes = request.training->shape.sizes;
    widest = std::max(widest, *std::max_element(sizes.begin() + 1, sizes.end() - 1));
    fleets += request.size.sequences;
    simulated.emplace_back(request, context);
    tasks.push_back(simulated.back().task(request, context));
  }
  SimulationPlan plan = plan_learned_fleets(widest, context.limits());
  plan.blocks = static_cast<int>(std::min<int64_t>(plan.blocks, fleets));
  const DeviceBuffer<float> scratch =
      allocate_pieces<float>(plan.blocks, plan.layout.scratch_floats());
  FleetLaunches launches(plan.layout, plan.blocks, scratch.data(), context);
  const auto stop_requested = [&] {
    return std::any_of(requests.begin(), requests.end(),
                       [](const auto& request) { return is_requested(request.stop_requested); });
  };
  if (!launches.run(std::move(tasks), stop_requested)) return stopped_outcomes(requests.size());
  std::vector<LearnedFleetOutcome> outcomes;
  auto request = requests.begin();
  for (const SimulatedFleets& one : simulated)
    outcomes.push_back(one.outcome(*request++, context.stream()));
  return outcomes;
}

/// All at once, or, where memory does not hold that, one half after the other.
std::vector<LearnedFleetOutcome> simulate(Requests requests, DeviceContext& context) {
  try {
    return simulate_at_once(requests, context);
  } catch (const DeviceError& error) {
    if (!error.out_of_memory() || requests.size() == 1) throw;
  }
  const size_t half = requests.size() / 2;
  std::vector<LearnedFleetOutcome> outcomes;
  for (const Requests& some : {requests.first(half), requests.subspan(half)})
    for (LearnedFleetOutcome& outcome : simulate(some, context)) {
      if (outcome.fleet.stopped) return stopped_outcomes(requests.size());
      outcomes.push_back(std::move(outcome));
    }
  return outcomes;
}

}  // namespace

std::vector<LearnedFleetOutcome> simulate_learned_fleets_on_cuda(
    const std::vector<LearnedFleetRequest>& requests, DeviceContext& context) {
  if (requests.empty()) return {};
  return simulate(requests, context);
}

}  // namespace edgesweep
