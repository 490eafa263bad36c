#pragma once
#include "kernels/network_task.cuh"
#include "kernels/weight_products.cuh"
#include "kernels/window_products.cuh"

namespace edgesweep {

// What the steps of kernels/train.cu work on, and how a thread reads and writes its elements.

/// What a block needs for one mini-batch. Whoever needs a number of the task takes it into a local:
/// it would be read again from memory after every store. All of them together are more than the
/// registers hold.
///
/// kAllShared: all buffers, the panel and a copy of the inputs are in shared memory, so that the
/// compiler knows which memory it reads.
template <bool kAllShared>
struct MiniBatch {
  const TrainTask* task;
  const int32_t* sizes;  ///< of the network
  const BufferLayout* layout;
  WeightStages* stages;
  float* shared;  ///< buffers in shared memory
  int32_t number;
  float target_mean;

  EDGESWEEP_DEVICE int32_t hidden_layers() const { return task->network.layers - 1; }
  EDGESWEEP_DEVICE float* hidden(int32_t i) const {
    if constexpr (kAllShared) return shared + i * layout->hidden_floats();
    return layout->hidden(shared, task->train_scratch, i);
  }
  EDGESWEEP_DEVICE float* panel() const {
    if constexpr (kAllShared) return shared + layout->shared_buffers * layout->hidden_floats();
    return layout->output(shared, task->train_scratch);
  }
  EDGESWEEP_DEVICE LayerView layer(int32_t l, int64_t offset) const {
    return {sizes[l], sizes[l + 1], offset};
  }
  EDGESWEEP_DEVICE AdamParameters adam() const {
    return {task->weights, task->adam_mean, task->adam_square, task->adam_step[number]};
  }
  /// Weights of the columns first..first+columns-1 of a layer, for its outputs and for the gradient
  /// of its inputs.
  EDGESWEEP_DEVICE Weights forward(const LayerView& layer, int first, int columns) const {
    return {task->weights + layer.offset + first, layer.outputs, layer.inputs, columns};
  }
  EDGESWEEP_DEVICE Weights backward(const LayerView& layer, int first, int columns) const {
    return {task->weights + layer.offset + first, layer.outputs, columns, layer.inputs};
  }
  /// Columns of the panel of outputs that begins at `first`.
  EDGESWEEP_DEVICE static int panel_columns(const LayerView& layer, int first) {
    const int left = layer.outputs - first;
    return left < kPanelOutputs ? left : kPanelOutputs;
  }
  /// Inputs of the current states where they are, inputs x windows.
  EDGESWEEP_DEVICE Rows inputs() const {
    if constexpr (kAllShared) return {hidden(1), layout->stride};
    return {task->window_matrix(number) + task->stride, task->stride};
  }
};

/// Starts to copy the inputs to where they are read: hidden buffer 1 and those behind it. All who
/// read them wait for their copies, then meet at a barrier.
template <bool kAllShared>
EDGESWEEP_DEVICE void start_inputs(const MiniBatch<kAllShared>& batch) {
  if constexpr (!kAllShared) return;
  const TrainTask& task = *batch.task;
  const int inputs = batch.sizes[0];
  const int windows = task.batch;
  const int from_stride = task.stride;
  const float* const from = task.window_matrix(batch.number) + from_stride;
  const int stride = batch.layout->stride;
  float* const to = batch.hidden(1);
  for (int i = static_cast<int>(threadIdx.x) / 32; i < inputs; i += kBlockThreads / 32)
    for (int window = static_cast<int>(threadIdx.x) % 32 * 4; window < windows; window += 128)
      copy_async<4>(to + i * stride + window,
                    from + static_cast<int64_t>(i) * from_stride + window);
}

/// value = bias of the units, for every window.
template <typename Place, int kGroups>
EDGESWEEP_DEVICE void start_with_bias(const float* bias, const Place& place,
                                      float (&value)[kGroups][4][4]) {
  EDGESWEEP_UNROLL
  for (int j = 0; j < 4; ++j) {
    const float start = place.has_unit(j) ? bias[place.unit(j)] : 0.0f;
    EDGESWEEP_UNROLL
    for (int g = 0; g < kGroups; ++g) {
      EDGESWEEP_UNROLL
      for (int i = 0; i < 4; ++i) value[g][j][i] = start;
    }
  }
}

/// f(group, unit) for the fours of windows that a thread has.
template <int kGroups, int kHalves, bool kTransposed, typename F>
EDGESWEEP_DEVICE void for_each_row(const WindowPlace<kGroups, kHalves, kTransposed>& place,
                                   const F& f) {
  EDGESWEEP_UNROLL
  for (int g = 0; g < kGroups; ++g) {
    EDGESWEEP_UNROLL
    for (int j = 0; j < 4; ++j)
      if (place.has_unit(j) && place.has_window(g)) f(g, j);
  }
}

/// Reads or writes a thread's elements of rows of windows.
template <typename Place, int kGroups>
EDGESWEEP_DEVICE void read_rows(const Rows& from, const Place& place,
                                float (&value)[kGroups][4][4]) {
  for_each_row(place, [&](int g, int j) {
    spread(load_four(from.row(place.unit(j)) + place.window(g)), value[g][j]);
  });
}
template <typename Place, int kGroups>
EDGESWEEP_DEVICE void write_rows(float* to, int stride, const Place& place,
                                 const float (&value)[kGroups][4][4]) {
  for_each_row(place, [&](int g, int j) {
    store_four(to + static_cast<int64_t>(place.unit(j)) * stride + place.window(g), value[g][j]);
  });
}

}  // namespace edgesweep
