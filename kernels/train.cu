// One pass over the mini-batches of a Q iteration: kernels/train.h, launch_training.
#include "kernels/dense_layers.cuh"
#include "kernels/launch.cuh"
#include "kernels/targets.cuh"
#include "kernels/train.h"
#include "kernels/train_sums.cuh"

namespace edgesweep {
namespace {

// ---------------------------------------------------------------------------------------- kernels

/// What a block needs for one mini-batch.
struct MiniBatch {
  const TrainTask* task;
  const BufferLayout* layout;
  float* staging;
  float* shared;  ///< buffers in shared memory
  int32_t number;
  float target_mean;

  EDGESWEEP_DEVICE float* hidden(int32_t i) const {
    return layout->hidden(shared, task->train_scratch, i);
  }
  EDGESWEEP_DEVICE float* panel() const { return layout->output(shared, task->train_scratch); }
  /// Inputs of the current states, inputs x windows.
  EDGESWEEP_DEVICE const float* inputs() const {
    return task->window_matrix(number) + task->stride;
  }
  EDGESWEEP_DEVICE AdamParameters adam() const {
    return {task->weights, task->adam_mean, task->adam_square, task->adam_step[number]};
  }
};

EDGESWEEP_DEVICE void forward_hidden_layers(const MiniBatch& batch) {
  const TrainTask& task = *batch.task;
  const int stride = batch.layout->stride;
  int64_t offset = 0;
  for (int32_t l = 0; l + 1 < task.network.layers; ++l) {
    const LayerView layer{task.network.sizes[l], task.network.sizes[l + 1], offset};
    const float* x = l == 0 ? batch.inputs() : batch.hidden(l - 1);
    forward_hidden(batch.staging, task.weights, layer, task.batch,
                   by_rows(x, l == 0 ? task.stride : stride), batch.hidden(l), stride);
    offset = layer.end();
  }
}

/// panel = prediction - target of the outputs first..first+columns-1.
EDGESWEEP_DEVICE void output_errors(const MiniBatch& batch, const LayerView& layer, int first,
                                    int columns, const float* x) {
  const TrainTask& task = *batch.task;
  // Locals: what a task says would be read again after every store.
  const float* after = task.afterstate_values(batch.number);
  const int task_stride = task.stride;
  const float* reward = task.reward + static_cast<int64_t>(batch.number) * task_stride;
  const TokenBucket bucket = task.bucket;
  const Outputs outputs = task.outputs;
  const float mean = batch.target_mean;
  float* const panel = batch.panel();
  const int stride = batch.layout->stride;
  forward_columns(batch.staging, task.weights, layer, task.batch, first, columns,
                  by_rows(x, stride), [=](int window, int column, float value) {
                    const float wanted =
                        target(bucket, outputs, StridedRow{after + window, task_stride},
                               reward[window], first + column) -
                        mean;
                    panel[static_cast<int64_t>(column) * stride + window] = value - wanted;
                  });
}

/// panel becomes the gradient of the loss; the squares and the bias gradient of each column are
/// chains over its windows. One thread per column.
EDGESWEEP_DEVICE void output_loss_and_bias_step(const MiniBatch& batch, const LayerView& layer,
                                                int first, int columns) {
  const TrainTask& task = *batch.task;
  const AdamParameters adam = batch.adam();
  const float scale = 2.0f / static_cast<float>(task.batch * layer.outputs);
  __syncthreads();
  const int column = static_cast<int>(threadIdx.x);
  if (column >= columns) return;
  float* error = batch.panel() + static_cast<int64_t>(column) * batch.layout->stride;
  float squares = 0.0f;
  float sum = 0.0f;
  const auto take = [&](float& difference) {
    squares = fused_multiply_add(difference, difference, squares);
    difference = difference * scale;
    sum = sum + difference;
  };
  constexpr int kTogether = 8;  // read before they are written: a store keeps later loads back
  const int windows = task.batch;
  int window = 0;
  for (; window + kTogether <= windows; window += kTogether) {
    float together[kTogether];
    EDGESWEEP_UNROLL
    for (int i = 0; i < kTogether; ++i) together[i] = error[window + i];
    EDGESWEEP_UNROLL
    for (int i = 0; i < kTogether; ++i) take(together[i]);
    EDGESWEEP_UNROLL
    for (int i = 0; i < kTogether; ++i) error[window + i] = together[i];
  }
  for (; window < windows; ++window) take(error[window]);
  task.column_loss[static_cast<int64_t>(batch.number) * layer.outputs + first + column] = squares;
  adam.update(layer.biases() + first + column, sum);
}

/// Last layer in panels of outputs: forward, error, input gradient, update. dx: its input gradient.
EDGESWEEP_DEVICE void output_layer_step(const MiniBatch& batch, const LayerView& layer,
                                        const float* x, float* dx) {
  const TrainTask& task = *batch.task;
  const int stride = batch.layout->stride;
  for (int first = 0; first < layer.outputs; first += kPanelOutputs) {
    const int left = layer.outputs - first;
    const int columns = left < kPanelOutputs ? left : kPanelOutputs;
    output_errors(batch, layer, first, columns, x);
    output_loss_and_bias_step(batch, layer, first, columns);
    input_gradient(batch.staging, task.weights, layer, task.batch, first, columns, batch.panel(), x,
                   dx, stride);
    weight_step(batch.staging, batch.adam(), layer, task.batch, first, columns, x, stride,
                batch.panel(), stride);
  }
}

EDGESWEEP_DEVICE void training_step(const MiniBatch& batch) {
  const TrainTask& task = *batch.task;
  const DeviceNetwork& network = task.network;
  const int stride = batch.layout->stride;
  const int32_t hidden_layers = network.layers - 1;
  forward_hidden_layers(batch);

  int64_t end = 0;  // of the layer's parameters
  for (int32_t l = 0; l < network.layers; ++l)
    end += (static_cast<int64_t>(network.sizes[l]) + 1) * network.sizes[l + 1];
  const auto layer_before = [&](int32_t l) {
    end -= (static_cast<int64_t>(network.sizes[l]) + 1) * network.sizes[l + 1];
    return LayerView{network.sizes[l], network.sizes[l + 1], end};
  };
  int32_t gradient = hidden_layers;   // buffer of dy: first the spare one
  int32_t spare = hidden_layers - 1;  // free once the output layer is done
  output_layer_step(batch, layer_before(network.layers - 1), batch.hidden(hidden_layers - 1),
                    batch.hidden(gradient));
  for (int32_t l = hidden_layers - 1; l >= 0; --l) {
    const LayerView layer = layer_before(l);
    const float* dy = batch.hidden(gradient);
    bias_step(batch.adam(), layer, task.batch, dy, stride);
    if (l > 0) {
      input_gradient(batch.staging, task.weights, layer, task.batch, 0, layer.outputs, dy,
                     batch.hidden(l - 1), batch.hidden(spare), stride);
      weight_step(batch.staging, batch.adam(), layer, task.batch, 0, layer.outputs,
                  batch.hidden(l - 1), stride, dy, stride);
    } else {
      weight_step(batch.staging, batch.adam(), layer, task.batch, 0, layer.outputs, batch.inputs(),
                  task.stride, dy, stride);
    }
    const int32_t done = gradient;
    gradient = spare;
    spare = done;
  }
}

__global__ void __launch_bounds__(kBlockThreads, 1)
    train_kernel(const TrainTask* tasks, MiniBatchRange range, BufferLayout layout) {
  EDGESWEEP_DYNAMIC_SHARED(float, staging);
  const TrainTask& task = tasks[blockIdx.x];
  const int32_t outputs = task.network.sizes[task.network.layers];
  MiniBatch batch{&task, &layout, staging, staging + kStagingFloats, 0, 0.0f};
  batch.target_mean = mean_of_targets(task, outputs);
  for (batch.number = range.first; batch.number < range.end; ++batch.number) training_step(batch);
  if (range.end == task.mini_batches) mean_error(task, outputs);
}

}  // namespace

// -------------------------------------------------------------------------------------- launchers

cudaError_t allow_targets_shared(size_t bytes);  // targets.cu

cudaError_t launch_training(const TrainTask* tasks, int networks, MiniBatchRange range,
                            const BufferLayout& layout, cudaStream_t stream) {
  return launch(train_kernel, static_cast<unsigned>(networks), kBlockThreads,
                static_cast<size_t>(layout.shared_bytes()), stream, tasks, range, layout);
}

cudaError_t allow_training_shared(size_t targets_bytes, size_t training_bytes) {
  const cudaError_t error = allow_targets_shared(targets_bytes);
  if (error != cudaSuccess) return error;
  return cudaFuncSetAttribute(train_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                              static_cast<int>(training_bytes));
}

}  // namespace edgesweep
