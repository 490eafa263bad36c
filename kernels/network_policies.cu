// Policies of networks: kernels/simulate.h, launch_network_policies.
#include "kernels/dense_layers.cuh"
#include "kernels/launch.cuh"
#include "kernels/simulate.h"

namespace edgesweep {
namespace {

// ---------------------------------------------------------------------------------------- kernels

constexpr int kImages = kSimulationImages;
constexpr int kWarp = 32;
constexpr unsigned kWholeWarp = 0xffffffffu;

/// A tile of successive images of one sequence, in shared memory.
struct TileMemory {
  uint32_t offset_word[kImages];
  uint32_t location_word[kImages];
  uint32_t gap_word[kImages];
  uint32_t index[kImages];
  int32_t gap[kImages];
  double reward[kImages];
  uint32_t location;  ///< before the tile
  int32_t state;      ///< of the arrivals, before the tile
};

/// The sequence that a block walks along. Streams lie oldest first: metric of the tile's image r at
/// metrics[H1 + r], gap before it at gaps[H2 + r]; 0 before the sequence starts.
struct Walk {
  const NetworkPolicyTask* task;
  int32_t sequence;
  int64_t first;   ///< image number of the tile's image 0
  int32_t images;  ///< of the tile
  float* metrics;
  float* gaps;
};

/// The windows of a tile's images: at(input, image).
struct WindowInputs {
  static constexpr bool depth_contiguous = false;
  const float* metrics;  ///< of the tile's image 0
  const float* gaps;
  int32_t metric_inputs;
  EDGESWEEP_DEVICE float at(int input, int image) const {
    return input < metric_inputs ? metrics[image - input] : gaps[image - (input - metric_inputs)];
  }
};

EDGESWEEP_DEVICE StreamKey key_of(const Walk& walk) {
  const DeviceSource& source = walk.task->source;
  return {source.seed, static_cast<uint32_t>(walk.sequence), 0, source.purpose};
}

/// All words that the tile may need; each thread makes those of one image.
EDGESWEEP_DEVICE void draw_words(const Walk& walk, TileMemory& tile) {
  const int image = static_cast<int>(threadIdx.x);
  if (image >= walk.images) return;
  const DeviceSource& source = walk.task->source;
  const StreamKey key = key_of(walk);
  const uint32_t position = static_cast<uint32_t>(walk.first + image);
  if (source.index_replay == nullptr) {
    tile.offset_word[image] = random_word(key, Channel::offset, position);
    tile.location_word[image] = random_word(key, Channel::location, position);
  }
  if (source.gap_replay == nullptr && !source.arrivals.is_periodic())
    tile.gap_word[image] = random_word(key, Channel::gap, position);
}

/// Ranks of the tile: each thread looks back for the last reset before its image.
EDGESWEEP_DEVICE uint32_t rank_of(const Walk& walk, const TileMemory& tile, int image,
                                  uint32_t& location) {
  const DeviceSource& source = walk.task->source;
  if (source.index_replay != nullptr)
    return static_cast<uint32_t>(
        source.index_replay[walk.sequence * source.replay_images + walk.first + image]);
  const MetricLaw& law = source.metric_law;
  const auto starts = [&](int i) {
    return walk.first + i == 0 || is_reset(law, tile.offset_word[i]);
  };
  int last = image;
  while (last >= 0 && !starts(last)) --last;
  location = tile.location;
  if (last >= 0)
    next_index(law, tile.offset_word[last], tile.location_word[last], walk.first + last == 0,
               location);
  return next_index(law, tile.offset_word[image], tile.location_word[image],
                    walk.first + image == 0, location);
}

/// Gaps of the tile, one after another by one thread.
EDGESWEEP_DEVICE void draw_gaps(const Walk& walk, TileMemory& tile) {
  const DeviceSource& source = walk.task->source;
  for (int i = 0; i < walk.images; ++i) {
    if (source.gap_replay != nullptr)
      tile.gap[i] = source.gap_replay[walk.sequence * source.replay_images + walk.first + i];
    else if (source.arrivals.is_periodic())
      tile.gap[i] = 1;
    else
      tile.gap[i] = next_gap(source.arrivals, tile.gap_word[i], tile.state);
  }
}

/// Index, gap, reward and the streams of the next tile. Begins and ends with a barrier.
EDGESWEEP_DEVICE void draw_tile(const Walk& walk, TileMemory& tile) {
  const NetworkPolicyTask& task = *walk.task;
  __syncthreads();
  draw_words(walk, tile);
  __syncthreads();
  const int image = static_cast<int>(threadIdx.x);
  uint32_t location = 0;
  if (image < walk.images) {
    const uint32_t index = rank_of(walk, tile, image, location);
    tile.index[image] = index;
    tile.reward[image] = task.source.reward[index];
    walk.metrics[task.metrics - 1 + image] = task.source.metric[index];
  }
  if (image == kBlockThreads - 1) draw_gaps(walk, tile);
  __syncthreads();
  if (image == walk.images - 1) tile.location = location;
  // The gap before the tile's first image stands in the stream already (see move_streams).
  // Not one condition: nvcc 13 then spills a register on sm_120.
  // NOLINTNEXTLINE(readability-redundant-nested-if)
  if (task.gaps > 0 && image < walk.images) {
    if (image + 1 < walk.images) walk.gaps[task.gaps + image] = static_cast<float>(tile.gap[image]);
  }
  __syncthreads();
}

/// stream[0..keep) = stream[by..by+keep), by all threads in order.
EDGESWEEP_DEVICE void move_down(float* stream, int keep, int by) {
  for (int base = 0; base < keep; base += kBlockThreads) {
    const int i = base + static_cast<int>(threadIdx.x);
    const float value = i < keep ? stream[i + by] : 0.0f;
    __syncthreads();
    if (i < keep) stream[i] = value;
    __syncthreads();
  }
}

/// The newest images become history; the gap before the next tile is the last one of this tile.
EDGESWEEP_DEVICE void move_streams(const Walk& walk, const TileMemory& tile) {
  const NetworkPolicyTask& task = *walk.task;
  move_down(walk.metrics, task.metrics - 1, walk.images);
  if (task.gaps == 0) return;
  move_down(walk.gaps, task.gaps - 1, walk.images);
  if (threadIdx.x == 0) walk.gaps[task.gaps - 1] = static_cast<float>(tile.gap[walk.images - 1]);
}

/// Last hidden layer of all windows of the tile; returns its buffer, width x images.
EDGESWEEP_DEVICE const float* hidden_layers(const Walk& walk, float* staging, float* even,
                                            float* odd, int stride) {
  const NetworkPolicyTask& task = *walk.task;
  const WindowInputs inputs{walk.metrics + task.metrics - 1,
                            task.gaps > 0 ? walk.gaps + task.gaps - 1 : nullptr, task.metrics};
  int64_t offset = 0;
  for (int32_t l = 0; l + 1 < task.network.layers; ++l) {
    const LayerView layer{task.network.sizes[l], task.network.sizes[l + 1], offset};
    float* const y = l % 2 == 0 ? even : odd;
    if (l == 0)
      forward_hidden(staging, task.weights, layer, walk.images, inputs, y, stride);
    else
      forward_hidden(staging, task.weights, layer, walk.images,
                     by_rows(l % 2 == 0 ? odd : even, stride), y, stride);
    offset = layer.end();
  }
  return task.network.layers % 2 == 0 ? even : odd;
}

/// kernels/network.cuh `decision` by a warp: lane c < 16 is chain c. The result is lane 0's.
EDGESWEEP_DEVICE float warp_decision(const NetworkPolicyTask& task, const float* hidden, int stride,
                                     int32_t state, int lane) {
  float chain = 0.0f;
  if (lane < kDecisionChains) {
    const float* difference = task.difference + static_cast<int64_t>(state) * task.width;
    for (int32_t k = lane; k < task.width; k += kDecisionChains)
      chain = fused_multiply_add(hidden[static_cast<int64_t>(k) * stride], difference[k], chain);
  }
  EDGESWEEP_UNROLL
  for (int half = kDecisionChains / 2; half > 0; half /= 2)
    chain = chain + __shfl_down_sync(kWholeWarp, chain, static_cast<unsigned>(half));
  return task.bias_difference[state] + chain;
}

/// Where the policy stands; lane 0 of the warp holds it.
struct PolicyState {
  double reward = 0;
  int64_t offloads = 0;
  int32_t units = 0;
};

EDGESWEEP_DEVICE void record(const Walk& walk, int image, int32_t units, bool offload) {
  const TraceView& trace = walk.task->trace;
  const int64_t t = walk.first + image;
  const int64_t row = walk.sequence - trace.first_sequence;
  if (row < 0 || row >= trace.sequences || t >= trace.images) return;
  const int64_t at = row * trace.images + t;
  trace.units[at] = units;
  trace.offload[at] = offload ? 1 : 0;
}

/// Scans the bucket along the tile; by one warp.
EDGESWEEP_DEVICE void scan_tile(const Walk& walk, const TileMemory& tile, const float* hidden,
                                int stride, PolicyState& state) {
  const NetworkPolicyTask& task = *walk.task;
  const int lane = static_cast<int>(threadIdx.x);
  for (int i = 0; i < walk.images; ++i) {
    int offload = 0;
    if (can_offload(task.bucket, state.units)) {
      float d = warp_decision(task, hidden + i, stride, state.units - task.bucket.cost, lane);
      if (task.expected_reward != nullptr) d = d + task.expected_reward[tile.index[i]];
      offload = __shfl_sync(kWholeWarp, d >= 0.0f ? 1 : 0, 0);
    }
    if (lane == 0) {
      if (offload != 0) {
        state.reward += tile.reward[i];
        ++state.offloads;
      }
      record(walk, i, state.units, offload != 0);
    }
    state.units = next_units(task.bucket, state.units, offload != 0, tile.gap[i]);
  }
}

/// Start of a sequence: empty history, first state of the arrivals.
EDGESWEEP_DEVICE void start_walk(const Walk& walk, TileMemory& tile) {
  const NetworkPolicyTask& task = *walk.task;
  __syncthreads();
  for (int i = static_cast<int>(threadIdx.x); i < task.metrics - 1; i += kBlockThreads)
    walk.metrics[i] = 0.0f;
  for (int i = static_cast<int>(threadIdx.x); i < task.gaps; i += kBlockThreads)
    walk.gaps[i] = 0.0f;
  if (threadIdx.x != 0) return;
  tile.location = 0;
  tile.state =
      draw_state(task.source.arrivals.first_limit, random_word(key_of(walk), Channel::start, 0));
}

__global__ void __launch_bounds__(kBlockThreads)
    network_policy_kernel(const NetworkPolicyTask* tasks, const PolicySequence* lanes, int count,
                          LaneOutcomes outcomes, BufferLayout layout, float* scratch) {
  EDGESWEEP_DYNAMIC_SHARED(float, staging);
  EDGESWEEP_SHARED(TileMemory, memory, 1);
  TileMemory& tile = memory[0];
  float* const shared = staging + kStagingFloats;
  float* const own = scratch + blockIdx.x * layout.scratch_floats();
  for (int number = static_cast<int>(blockIdx.x); number < count;
       number += static_cast<int>(gridDim.x)) {
    const NetworkPolicyTask& task = tasks[lanes[number].task];
    float* const streams = layout.output(shared, own);
    Walk walk{&task, lanes[number].sequence, 0, 0, streams, streams + task.metrics - 1 + kImages};
    PolicyState state;
    state.units = task.bucket.capacity;
    start_walk(walk, tile);
    for (; walk.first < task.images; walk.first += kImages) {
      const int64_t left = task.images - walk.first;
      walk.images = static_cast<int32_t>(left < kImages ? left : kImages);
      draw_tile(walk, tile);
      // Once more: kept through the products, it would take registers that they need.
      float* const again = scratch + blockIdx.x * layout.scratch_floats();
      const float* hidden = hidden_layers(walk, staging, layout.hidden(shared, again, 0),
                                          layout.hidden(shared, again, 1), layout.stride);
      __syncthreads();
      if (threadIdx.x < kWarp) scan_tile(walk, tile, hidden, layout.stride, state);
      move_streams(walk, tile);
    }
    if (threadIdx.x != 0) continue;
    outcomes.reward[number] = state.reward;
    outcomes.offloads[number] = state.offloads;
    outcomes.weak_cost[number] = 0;
  }
}

}  // namespace

// -------------------------------------------------------------------------------------- launchers

cudaError_t launch_network_policies(const NetworkPolicyTask* tasks, const PolicySequence* lanes,
                                    int count, const LaneOutcomes& outcomes,
                                    const BufferLayout& layout, float* scratch, int blocks,
                                    cudaStream_t stream) {
  return launch(network_policy_kernel, static_cast<unsigned>(blocks < count ? blocks : count),
                kBlockThreads, static_cast<size_t>(layout.shared_bytes()), stream, tasks, lanes,
                count, outcomes, layout, scratch);
}

cudaError_t allow_simulation_shared(size_t bytes) {
  return cudaFuncSetAttribute(network_policy_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                              static_cast<int>(bytes));
}

}  // namespace edgesweep
