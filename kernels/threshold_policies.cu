// Policies without a network: kernels/simulate.h, launch_threshold_policies.
#include "kernels/launch.cuh"
#include "kernels/simulate.h"
#include "kernels/word_cursor.cuh"

namespace edgesweep {
namespace {

// ---------------------------------------------------------------------------------------- kernels

constexpr int kLaneThreads = 32;  ///< lanes of a block: few, so that they spread over the device

/// Walks along one sequence: kernels/sequences.cuh and arrivals.cuh, or the replayed tables.
class SequenceWalk {
 public:
  EDGESWEEP_DEVICE SequenceWalk(const DeviceSource& source, int32_t sequence)
      : source_(source),
        key_{source.seed, static_cast<uint32_t>(sequence), 0, source.purpose},
        offsets_(key_, Channel::offset),
        gaps_(key_, Channel::gap),
        replay_row_(sequence * source.replay_images),
        state_(draw_state(source.arrivals.first_limit, random_word(key_, Channel::start, 0))) {}

  EDGESWEEP_DEVICE uint32_t index(int64_t t) {
    if (source_.index_replay != nullptr)
      return static_cast<uint32_t>(source_.index_replay[replay_row_ + t]);
    const uint32_t at = static_cast<uint32_t>(t);
    const uint32_t offset_word = offsets_.at(at);
    const bool first = t == 0;
    const uint32_t location_word = first || is_reset(source_.metric_law, offset_word)
                                       ? random_word(key_, Channel::location, at)
                                       : 0;
    return next_index(source_.metric_law, offset_word, location_word, first, location_);
  }

  EDGESWEEP_DEVICE int32_t gap(int64_t t) {
    if (source_.gap_replay != nullptr) return source_.gap_replay[replay_row_ + t];
    if (source_.arrivals.is_periodic()) return 1;
    return next_gap(source_.arrivals, gaps_.at(static_cast<uint32_t>(t)), state_);
  }

 private:
  const DeviceSource& source_;
  StreamKey key_;
  WordCursor offsets_, gaps_;
  int64_t replay_row_;
  uint32_t location_ = 0;
  int32_t state_;
};

EDGESWEEP_DEVICE void record(const TraceView& trace, int32_t sequence, int64_t t, uint32_t index,
                             float metric, int32_t gap, int32_t units, bool offload) {
  const int64_t row = sequence - trace.first_sequence;
  if (row < 0 || row >= trace.sequences || t >= trace.images) return;
  const int64_t at = row * trace.images + t;
  if (trace.index != nullptr) {
    trace.index[at] = static_cast<int32_t>(index);
    trace.metric[at] = metric;
    trace.gap[at] = gap;
  }
  if (trace.units == nullptr) return;
  trace.units[at] = units;
  trace.offload[at] = offload ? 1 : 0;
}

__global__ void threshold_kernel(const ThresholdTask* tasks, const Lane* lanes, int count,
                                 LaneOutcomes outcomes) {
  const int number = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (number >= count) return;
  const Lane lane = lanes[number];
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

cudaError_t launch_threshold_policies(const ThresholdTask* tasks, const Lane* lanes, int count,
                                      const LaneOutcomes& outcomes, cudaStream_t stream) {
  const unsigned blocks = static_cast<unsigned>((count + kLaneThreads - 1) / kLaneThreads);
  return launch(threshold_kernel, blocks, kLaneThreads, 0, stream, tasks, lanes, count, outcomes);
}

}  // namespace edgesweep
