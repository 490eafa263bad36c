// Policies without a network: kernels/simulate.h, launch_threshold_policies.
#include "kernels/launch.cuh"
#include "kernels/sequence_walk.cuh"

namespace edgesweep {
namespace {

// ---------------------------------------------------------------------------------------- kernels

constexpr int kLaneThreads = 32;  ///< lanes of a block: few, so that they spread over the device

__global__ void threshold_kernel(const ThresholdTask* tasks, const PolicySequence* lanes, int count,
                                 LaneOutcomes outcomes) {
  const int number = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (number >= count) return;
  const PolicySequence lane = lanes[number];
  const ThresholdTask& task = tasks[lane.task];
  const DeviceSource& source = task.source;
  const TokenBucket bucket = task.bucket;
  SequenceWalk walk(source, lane.sequence);
  const bool all = task.threshold == nullptr;
  double reward = 0;
  double weak_cost = 0;
  int64_t offloads = 0;
  int32_t units = bucket.capacity;
  for (int64_t t = 0; t < task.images; ++t) {
    const uint32_t index = walk.index(t);
    const int32_t gap = walk.gap(t);
    const float metric = source.metric[index];
    const bool offload =
        all || (can_offload(bucket, units) && metric >= task.threshold[units - bucket.cost]);
    if (offload) {
      reward += source.reward[index];
      ++offloads;
    }
    if (all) weak_cost += source.weak_cost[index];
    record(task.trace, lane.sequence, t, index, metric, gap, units, offload);
    if (!all) units = next_units(bucket, units, offload, gap);
  }
  outcomes.reward[number] = reward;
  outcomes.weak_cost[number] = weak_cost;
  outcomes.offloads[number] = offloads;
}

}  // namespace

// -------------------------------------------------------------------------------------- launchers

cudaError_t launch_threshold_policies(const ThresholdTask* tasks, const PolicySequence* lanes,
                                      int count, const LaneOutcomes& outcomes,
                                      cudaStream_t stream) {
  const unsigned blocks = static_cast<unsigned>((count + kLaneThreads - 1) / kLaneThreads);
  return launch(threshold_kernel, blocks, kLaneThreads, 0, stream, tasks, lanes, count, outcomes);
}

}  // namespace edgesweep
