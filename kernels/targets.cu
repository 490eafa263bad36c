// Windows and targets of a Q iteration: kernels/train.h, launch_targets.
#include "kernels/dense_layers.cuh"
#include "kernels/device_windows.cuh"
#include "kernels/launch.cuh"
#include "kernels/targets.cuh"
#include "kernels/train.h"

namespace edgesweep {
namespace {

// ---------------------------------------------------------------------------------------- kernels

/// The next states of a mini-batch, from window `first` on.
struct NextStates {
  static constexpr bool depth_contiguous = false;
  const TrainTask* task;
  const float* windows;
  EDGESWEEP_DEVICE float at(int input, int window) const {
    return windows[static_cast<int64_t>(task->next_state_row(input)) * task->stride + window];
  }
};

/// Part of a mini-batch that a block works on.
struct WindowTile {
  int32_t mini_batch;
  int32_t first;  ///< window of the mini-batch
  int32_t count;
};

/// outputs = the network at the next states of the tile: outputs x windows, rows `stride` apart.
EDGESWEEP_DEVICE void evaluate_next_states(const TrainTask& task, const WindowTile& tile,
                                           float* staging, float* even, float* odd, float* outputs,
                                           int stride) {
  const DeviceNetwork& network = task.network;
  const NextStates inputs{&task, task.window_matrix(tile.mini_batch) + tile.first};
  int64_t offset = 0;
  for (int32_t l = 0; l + 1 < network.layers; ++l) {
    const LayerView layer{network.sizes[l], network.sizes[l + 1], offset};
    if (l == 0)
      forward_hidden(staging, task.weights, layer, tile.count, inputs, even, stride);
    else
      forward_hidden(staging, task.weights, layer, tile.count,
                     by_rows(l % 2 == 0 ? odd : even, stride), l % 2 == 0 ? even : odd, stride);
    offset = layer.end();
  }
  const LayerView last{network.sizes[network.layers - 1], network.sizes[network.layers], offset};
  forward_columns(staging, task.weights, last, tile.count, 0, last.outputs,
                  by_rows(network.layers % 2 == 0 ? even : odd, stride),
                  [&](int window, int output, float value) {
                    outputs[static_cast<int64_t>(output) * stride + window] = value;
                  });
}

/// best[n - Q] = U[n] of the windows of a tile. Values of both actions: best may be `outputs`,
/// since each element is then read and written by one thread.
EDGESWEEP_DEVICE void best_values(const TrainTask& task, const WindowTile& tile,
                                  const float* outputs, int stride, float* best) {
  const TokenBucket& bucket = task.bucket;
  const float* reward =
      task.reward + static_cast<int64_t>(tile.mini_batch) * task.stride + tile.first;
  const int states = bucket.capacity + 1 - bucket.refill;
  for (int i = static_cast<int>(threadIdx.x); i < states * kTargetWindows; i += kBlockThreads) {
    const int window = i % kTargetWindows;
    const int state = i / kTargetWindows;
    if (window >= tile.count) continue;
    const float value = best_value(bucket, task.outputs, StridedRow{outputs + window, stride},
                                   reward[window], bucket.refill + state);
    best[static_cast<int64_t>(state) * stride + window] = value;
  }
}

EDGESWEEP_DEVICE void values_after(const TrainTask& task, const WindowTile& tile, const float* best,
                                   int stride) {
  const TokenBucket& bucket = task.bucket;
  float* after = task.afterstate_values(tile.mini_batch) + tile.first;
  const int32_t* gap =
      task.gaps > 0
          ? task.next_gap + static_cast<int64_t>(tile.mini_batch) * task.stride + tile.first
          : nullptr;
  for (int i = static_cast<int>(threadIdx.x); i < (bucket.capacity + 1) * kTargetWindows;
       i += kBlockThreads) {
    const int window = i % kTargetWindows;
    const int units = i / kTargetWindows;
    if (window >= tile.count) continue;
    const StridedRow row{best + window, stride};
    after[static_cast<int64_t>(units) * task.stride + window] =
        gap != nullptr
            ? value_after_gap(bucket, row, task.discount, units, gap[window])
            : value_after_expected_gap(bucket, row, task.discount, units, task.gap_probability,
                                       task.gap_terms, task.remaining);
  }
}

/// Sum of `count` strided values in kDecisionChains interleaved chains, then pairwise.
EDGESWEEP_DEVICE float chain_sum(const float* values, int count, int stride) {
  float chain[kDecisionChains] = {};
  for (int i = 0; i < count; i += kDecisionChains) {
    EDGESWEEP_UNROLL
    for (int c = 0; c < kDecisionChains; ++c)
      if (i + c < count) chain[c] = chain[c] + values[static_cast<int64_t>(i + c) * stride];
  }
  return pairwise_sum(chain);
}

/// Sums of the targets of each window; with center_windows their mean is taken out of its values.
EDGESWEEP_DEVICE void row_sums(const TrainTask& task, const WindowTile& tile) {
  const TokenBucket& bucket = task.bucket;
  const int window = static_cast<int>(threadIdx.x);
  if (window >= tile.count) return;
  const int kept = keep_output_count(bucket, task.outputs);
  const int offloaded = offload_outputs(bucket, task.outputs);
  const int first = first_kept(bucket, task.outputs);
  float* after = task.afterstate_values(tile.mini_batch) + tile.first + window;
  const float reward =
      task.reward[static_cast<int64_t>(tile.mini_batch) * task.stride + tile.first + window];
  double sum =
      double{chain_sum(after + static_cast<int64_t>(first) * task.stride, kept, task.stride)} +
      double{chain_sum(after, offloaded, task.stride)} + double{reward} * offloaded;
  if (task.center_windows) {
    const float mean = target_mean(sum, kept + offloaded);
    for (int32_t a = 0; a <= bucket.capacity; ++a) {
      float& value = after[static_cast<int64_t>(a) * task.stride];
      value = value - mean;
    }
    sum = 0;
  }
  task.row_sum[static_cast<int64_t>(tile.mini_batch) * task.batch + tile.first + window] = sum;
}

__global__ void __launch_bounds__(kBlockThreads)
    targets_kernel(const TrainTask* tasks, int tiles_per_network, int tiles, BufferLayout layout,
                   float* scratch) {
  EDGESWEEP_DYNAMIC_SHARED(float, staging);
  float* const shared = staging + kStagingFloats;
  float* const own = scratch + blockIdx.x * layout.scratch_floats();
  float* const even = layout.hidden(shared, own, 0);
  float* const odd = layout.hidden(shared, own, 1);
  float* const outputs = layout.output(shared, own);
  for (int i = static_cast<int>(blockIdx.x); i < tiles; i += static_cast<int>(gridDim.x)) {
    const TrainTask& task = tasks[i / tiles_per_network];
    const int tiles_per_batch = (task.batch + kTargetWindows - 1) / kTargetWindows;
    WindowTile tile;
    tile.mini_batch = i % tiles_per_network / tiles_per_batch;
    tile.first = i % tiles_per_network % tiles_per_batch * kTargetWindows;
    tile.count =
        task.batch - tile.first < kTargetWindows ? task.batch - tile.first : kTargetWindows;
    if (static_cast<int>(threadIdx.x) < tile.count)
      draw_window(task, tile.mini_batch, tile.first + static_cast<int>(threadIdx.x));
    evaluate_next_states(task, tile, staging, even, odd, outputs, layout.stride);
    __syncthreads();
    float* const best =
        outputs + static_cast<int64_t>(best_row(task.bucket, task.outputs)) * layout.stride;
    best_values(task, tile, outputs, layout.stride, best);
    __syncthreads();
    values_after(task, tile, best, layout.stride);
    __syncthreads();
    row_sums(task, tile);
  }
}

}  // namespace

// -------------------------------------------------------------------------------------- launchers

cudaError_t launch_targets(const TrainTask* tasks, int networks, int batch, int mini_batches,
                           const BufferLayout& layout, float* scratch, int blocks,
                           cudaStream_t stream) {
  const int tiles_per_network = (batch + kTargetWindows - 1) / kTargetWindows * mini_batches;
  return launch(targets_kernel, static_cast<unsigned>(blocks), kBlockThreads,
                static_cast<size_t>(layout.shared_bytes()), stream, tasks, tiles_per_network,
                tiles_per_network * networks, layout, scratch);
}

cudaError_t allow_targets_shared(size_t bytes) {
  return cudaFuncSetAttribute(targets_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                              static_cast<int>(bytes));
}

}  // namespace edgesweep
