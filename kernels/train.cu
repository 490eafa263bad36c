// One pass over the mini-batches of a Q iteration: kernels/train.h, launch_training.
#include <cstring>
#include <type_traits>

#include "kernels/launch.cuh"
#include "kernels/mini_batch.cuh"
#include "kernels/targets.cuh"
#include "kernels/train.h"
#include "kernels/train_sums.cuh"

namespace edgesweep {
namespace {

// ---------------------------------------------------------------------------------------- kernels

template <bool kAllShared>
EDGESWEEP_DEVICE void forward_hidden_layers(const MiniBatch<kAllShared>& batch) {
  start_inputs(batch);
  Rows x = batch.inputs();
  int64_t offset = 0;
  for (int32_t l = 0; l < batch.hidden_layers(); ++l) {
    const LayerView layer = batch.layer(l, offset);
    const LayerView next = batch.layer(l + 1, layer.end());
    const bool is_last = l + 1 == batch.hidden_layers();
    const float* const bias = batch.task->weights + layer.biases();
    float* const y = batch.hidden(l);
    const int stride = batch.layout->stride;
    window_product<false, kAllShared>(
        *batch.stages, batch.forward(layer, 0, layer.outputs), batch.task->batch, x.data, x.stride,
        [&](const auto& place, auto& value) { start_with_bias(bias, place, value); },
        [&] {
          start_product<false, kAllShared>(
              *batch.stages,
              batch.forward(next, 0, is_last ? batch.panel_columns(next, 0) : next.outputs));
        },
        [&](const auto& place, auto& value) {
          for_each_row(place, [&](int g, int j) {
            EDGESWEEP_UNROLL
            for (int i = 0; i < 4; ++i) value[g][j][i] = leaky_relu(value[g][j][i]);
          });
          write_rows(y, stride, place, value);
        });
    x = {y, stride};
    offset = layer.end();
  }
}

/// panel = prediction - target of the outputs first..first+columns-1.
template <bool kAllShared>
EDGESWEEP_DEVICE void output_errors(const MiniBatch<kAllShared>& batch, const LayerView& layer,
                                    int first, int columns, const float* x) {
  const TrainTask& task = *batch.task;
  const TokenBucket bucket = task.bucket;
  const Outputs outputs = task.outputs;
  const Rows after{task.afterstate_values(batch.number), task.stride};
  const float* const reward = task.reward + static_cast<int64_t>(batch.number) * task.stride;
  const float* const bias = task.weights + layer.biases() + first;
  float* const panel = batch.panel();
  const int stride = batch.layout->stride;
  const float mean = batch.target_mean;
  window_product<false, false>(
      *batch.stages, batch.forward(layer, first, columns), batch.task->batch, x, stride,
      [&](const auto& place, auto& value) { start_with_bias(bias, place, value); },
      [&] {
        start_product<true, kAllShared>(*batch.stages, batch.backward(layer, first, columns));
      },
      [&](const auto& place, auto& value) {
        // All targets are read before the first error is written.
        std::remove_reference_t<decltype(value)> wanted = {};
        for_each_row(place, [&](int g, int j) {
          const TargetRow row = target_row(bucket, outputs, first + place.unit(j));
          spread(load_four(after.row(row.after) + place.window(g)), wanted[g][j]);
        });
        for_each_row(place, [&](int g, int j) {
          const TargetRow row = target_row(bucket, outputs, first + place.unit(j));
          float rewards[4];
          spread(load_four(reward + place.window(g)), rewards);
          EDGESWEEP_UNROLL
          for (int i = 0; i < 4; ++i)
            value[g][j][i] =
                value[g][j][i] - (target_value(row, wanted[g][j][i], rewards[i]) - mean);
        });
        write_rows(panel, stride, place, value);
      });
}

/// panel becomes the gradient of the loss; the squares and the bias gradient of each column are
/// chains over its windows. One thread per column. Begins with a barrier.
template <bool kAllShared>
EDGESWEEP_DEVICE void output_loss_and_bias_step(const MiniBatch<kAllShared>& batch,
                                                const LayerView& layer, int first, int columns) {
  const int windows = batch.task->batch;
  const float scale = 2.0f / static_cast<float>(windows * layer.outputs);
  __syncthreads();
  const int column = static_cast<int>(threadIdx.x);
  if (column >= columns) return;
  const AdamParameters adam = batch.adam();
  const int64_t bias = layer.biases() + first + column;
  const AdamParameters::One old = adam.read(bias);
  float* error = batch.panel() + static_cast<int64_t>(column) * batch.layout->stride;
  float squares = 0.0f;
  float sum = 0.0f;
  const auto take = [&](float& difference) {
    squares = fused_multiply_add(difference, difference, squares);
    difference = difference * scale;
    sum = sum + difference;
  };
  // Four fours at a time, each read while those before it are worked on.
  const auto fours = [&](int window, int count) {
    float four[4][4];
    EDGESWEEP_UNROLL
    for (int f = 0; f < 4; ++f)
      if (f < count) spread(load_four(error + window + 4 * f), four[f]);
    EDGESWEEP_UNROLL
    for (int f = 0; f < 4; ++f) {
      if (f >= count) continue;
      EDGESWEEP_UNROLL
      for (int i = 0; i < 4; ++i) take(four[f][i]);
      store_four(error + window + 4 * f, four[f]);
    }
  };
  int window = 0;
  for (; window + 16 <= windows; window += 16) fours(window, 4);
  for (; window + 4 <= windows; window += 4) fours(window, 1);
  for (; window < windows; ++window) take(error[window]);
  batch.task->column_loss[static_cast<int64_t>(batch.number) * layer.outputs + first + column] =
      squares;
  adam.update(bias, old, sum);
}

/// dx = dy W^T over the outputs first..first+columns-1 ascending, going on from dx unless `first`
/// is 0; after the last column times the derivative of LeakyReLU at the stored output of the layer
/// below. dy: columns x windows; stored, dx: inputs x windows.
template <bool kAllShared, typename Next>
EDGESWEEP_DEVICE void input_gradient(const MiniBatch<kAllShared>& batch, const LayerView& layer,
                                     int first, int columns, const float* dy, const Rows& stored,
                                     float* dx, const Next& next) {
  const bool last = first + columns == layer.outputs;
  const int stride = batch.layout->stride;
  window_product<true, kAllShared>(
      *batch.stages, batch.backward(layer, first, columns), batch.task->batch, dy, stride,
      [&](const auto& place, auto& value) {
        if (first > 0) read_rows(Rows{dx, stride}, place, value);
      },
      next,
      [&](const auto& place, auto& value) {
        if (last)
          for_each_row(place, [&](int g, int j) {
            float output[4];
            spread(load_four(stored.row(place.unit(j)) + place.window(g)), output);
            EDGESWEEP_UNROLL
            for (int i = 0; i < 4; ++i)
              value[g][j][i] = value[g][j][i] * leaky_relu_gradient(output[i]);
          });
        write_rows(dx, stride, place, value);
      });
}

/// Adam on the biases of a hidden layer: the gradient is the sum of dy, windows ascending. One
/// thread per bias.
template <bool kAllShared>
EDGESWEEP_DEVICE void bias_step(const MiniBatch<kAllShared>& batch, const LayerView& layer,
                                const Rows& dy) {
  const int windows = batch.task->batch;
  for (int unit = static_cast<int>(threadIdx.x); unit < layer.outputs; unit += kBlockThreads) {
    const AdamParameters adam = batch.adam();
    const AdamParameters::One old = adam.read(layer.biases() + unit);
    const float* gradient = dy.row(unit);
    float sum = 0.0f;
    int window = 0;
#if defined(__CUDACC__)
#pragma unroll 4
#endif
    for (; window + 4 <= windows; window += 4) {
      float four[4];
      spread(load_four(gradient + window), four);
      EDGESWEEP_UNROLL
      for (int i = 0; i < 4; ++i) sum = sum + four[i];
    }
    for (; window < windows; ++window) sum = sum + gradient[window];
    adam.update(layer.biases() + unit, old, sum);
  }
}

/// Gradients and updates, from the last layer to the first. The output layer is worked on in panels
/// of outputs, forward pass included. Between two barriers nobody reads what another one writes:
/// the input gradient has read all weights when Adam writes them.
template <bool kAllShared>
EDGESWEEP_DEVICE void backward(const MiniBatch<kAllShared>& batch) {
  const int32_t hidden_layers = batch.hidden_layers();
  const int stride = batch.layout->stride;
  int64_t end = 0;  // of the layer's parameters
  for (int32_t l = 0; l <= hidden_layers; ++l) end = batch.layer(l, end).end();
  int32_t gradient = hidden_layers;   // buffer of dx, then of the dy of the layer below
  int32_t spare = hidden_layers - 1;  // free once the output layer is done
  for (int32_t l = hidden_layers; l >= 0; --l) {
    const bool is_output = l == hidden_layers;
    LayerView layer = batch.layer(l, 0);
    end -= layer.end();
    layer.offset = end;
    const Rows dy{is_output ? batch.panel() : batch.hidden(gradient), stride};
    float* const dx = batch.hidden(is_output ? gradient : spare);
    if (l == 0) {
      wait_for_copies();
      __syncthreads();
    }
    const Rows x = l > 0 ? Rows{batch.hidden(l - 1), stride} : batch.inputs();
    const int together = is_output ? kPanelOutputs : layer.outputs;
    for (int first = 0; first < layer.outputs; first += together) {
      const int left = layer.outputs - first;
      const int columns = left < together ? left : together;
      if (is_output) {
        output_errors(batch, layer, first, columns, x.data);
        output_loss_and_bias_step(batch, layer, first, columns);
      }
      if (l > 0)
        input_gradient(batch, layer, first, columns, dy.data, x, dx, [&] {
          const int then = first + columns;
          if (then < layer.outputs) {
            start_product<false, false>(
                *batch.stages, batch.forward(layer, then, batch.panel_columns(layer, then)));
          } else if (l > 1) {
            LayerView below = batch.layer(l - 1, 0);
            below.offset = layer.offset - below.end();
            start_product<true, kAllShared>(*batch.stages, batch.backward(below, 0, below.outputs));
          }
        });
      // The buffers between the first one and those of the gradients are free by now.
      if (l == 1) start_inputs(batch);
      if (!is_output) bias_step(batch, layer, dy);
      weight_step<kAllShared>(batch.adam(), layer.offset + first, layer.inputs, layer.outputs,
                              columns, x, dy, batch.task->batch);
    }
    if (!is_output) {
      const int32_t done = gradient;
      gradient = spare;
      spare = done;
    }
  }
}

/// Bytes of a TrainTask, which itself has constructors.
struct alignas(16) TaskCopy {
  unsigned char bytes[sizeof(TrainTask)];
};
static_assert(sizeof(TrainTask) % 8 == 0 && sizeof(TrainTask) / 8 <= kBlockThreads);

template <bool kAllShared>
EDGESWEEP_DEVICE void train(const TrainTask& given, const MiniBatchRange& range,
                            const BufferLayout& layout, float* staging) {
  // In shared memory, for what is needed again and again.
  EDGESWEEP_SHARED(TaskCopy, copied, 1);
  EDGESWEEP_SHARED(int32_t, sizes, kSizesInShared);
  const int32_t layers = given.network.layers;
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < static_cast<int>(sizeof(TrainTask) / 8)) {
    const void* from = reinterpret_cast<const unsigned char*>(&given) + 8 * thread;
    std::memcpy(__builtin_assume_aligned(copied->bytes + 8 * thread, 8),
                __builtin_assume_aligned(from, 8), 8);
  }
  if (kAllShared && thread <= layers) sizes[thread] = given.network.sizes[thread];
  const TrainTask& task = *reinterpret_cast<const TrainTask*>(copied->bytes);
  const int32_t outputs = given.network.sizes[layers];
  WeightStages stages{staging};
  MiniBatch<kAllShared> batch{&task,
                              kAllShared ? sizes : given.network.sizes,
                              &layout,
                              &stages,
                              staging + kWeightStagesFloats,
                              0,
                              0.0f};
  batch.target_mean = mean_of_targets(given, outputs);
  for (batch.number = range.first; batch.number < range.end; ++batch.number) {
    __syncthreads();  // weights and buffers of the mini-batch before
    forward_hidden_layers(batch);
    backward(batch);
  }
  if (range.end == given.mini_batches) mean_error(given, outputs);
}

/// Everything in shared memory: BufferLayout::all_shared.
__global__ void __launch_bounds__(kBlockThreads, 1)
    train_kernel(const TrainTask* tasks, MiniBatchRange range, BufferLayout layout) {
  EDGESWEEP_DYNAMIC_SHARED(float, staging);
  train<true>(tasks[blockIdx.x], range, layout, staging);
}

/// For any network: what does not fit is in scratch.
__global__ void __launch_bounds__(kBlockThreads, 1)
    scratch_train_kernel(const TrainTask* tasks, MiniBatchRange range, BufferLayout layout) {
  EDGESWEEP_DYNAMIC_SHARED(float, staging);
  train<false>(tasks[blockIdx.x], range, layout, staging);
}

}  // namespace

// -------------------------------------------------------------------------------------- launchers

cudaError_t allow_targets_shared(size_t bytes);  // targets.cu

cudaError_t launch_training(const TrainTask* tasks, int networks, MiniBatchRange range,
                            const BufferLayout& layout, cudaStream_t stream) {
  return launch(layout.all_shared ? train_kernel : scratch_train_kernel,
                static_cast<unsigned>(networks), kBlockThreads,
                static_cast<size_t>(layout.shared_bytes()), stream, tasks, range, layout);
}

cudaError_t allow_training_shared(size_t targets_bytes, size_t training_bytes) {
  const cudaError_t error = allow_targets_shared(targets_bytes);
  if (error != cudaSuccess) return error;
  for (const auto kernel : {train_kernel, scratch_train_kernel}) {
    const cudaError_t refused = cudaFuncSetAttribute(
        kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(training_bytes));
    if (refused != cudaSuccess) return refused;
  }
  return cudaSuccess;
}

}  // namespace edgesweep
