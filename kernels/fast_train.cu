// Kernels beside cuBLAS for `math: "fast"`: kernels/fast_train.h.
#include "kernels/fast_train.h"
#include "kernels/launch.cuh"
#include "kernels/network.cuh"
#include "kernels/targets.cuh"
#include "kernels/train_sums.cuh"

namespace edgesweep {
namespace {

// ---------------------------------------------------------------------------------------- kernels

constexpr int kWarp = 32;
constexpr int kUnitsPerBlock = kBlockThreads / kWarp;  ///< one warp per unit

EDGESWEEP_DEVICE float warp_sum(float value) {
  EDGESWEEP_UNROLL
  for (int half = kWarp / 2; half > 0; half /= 2)
    value = value + __shfl_down_sync(0xffffffffu, value, static_cast<unsigned>(half));
  return value;
}

/// This thread's number among those of its network, blockIdx.y.
EDGESWEEP_DEVICE int64_t thread_of_network() {
  return static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

/// This warp's unit, and the row of it in a layer's matrix.
EDGESWEEP_DEVICE int unit_of_warp() {
  return static_cast<int>(blockIdx.x) * kUnitsPerBlock + static_cast<int>(threadIdx.x) / kWarp;
}
EDGESWEEP_DEVICE float* row_of(const FastGroup& group, const FastLayer& layer, float* matrix,
                               int unit) {
  return matrix + (static_cast<int64_t>(blockIdx.y) * layer.units + unit) * group.stride;
}

__global__ void fast_begin_kernel(FastGroup group) {
  const TrainTask& task = group.tasks[blockIdx.x];
  const float mean = mean_of_targets(task, task.network.sizes[task.network.layers]);
  if (threadIdx.x == 0) group.target_mean[blockIdx.x] = mean;
  if (threadIdx.x == 0 && blockIdx.x == 0) *group.mini_batch = 0;
  float* const weights = group.weights + blockIdx.x * group.parameters;
  for (int64_t i = threadIdx.x; i < group.parameters; i += blockDim.x) weights[i] = task.weights[i];
}

__global__ void fast_inputs_kernel(FastGroup group, int64_t elements) {
  const int64_t i = thread_of_network();
  if (i >= elements) return;
  const TrainTask& task = group.tasks[blockIdx.y];
  group.inputs[blockIdx.y * elements + i] = task.window_matrix(*group.mini_batch)[task.stride + i];
}

__global__ void fast_activation_kernel(FastGroup group, FastLayer layer) {
  const int64_t i = thread_of_network();
  const int64_t elements = static_cast<int64_t>(layer.units) * group.stride;
  if (i >= elements || i % group.stride >= group.batch) return;
  const float bias = group.weights[blockIdx.y * group.parameters + layer.biases + i / group.stride];
  float& value = layer.output[blockIdx.y * elements + i];
  value = leaky_relu(value + bias);
}

__global__ void fast_output_gradient_kernel(FastGroup group, FastLayer layer) {
  const int unit = unit_of_warp();
  if (unit >= layer.units) return;
  const TrainTask& task = group.tasks[blockIdx.y];
  const int32_t mini_batch = *group.mini_batch;
  const float* after = task.afterstate_values(mini_batch);
  const float* reward = task.reward + static_cast<int64_t>(mini_batch) * task.stride;
  const int64_t parameter = blockIdx.y * group.parameters + layer.biases + unit;
  const float scale = 2.0f / static_cast<float>(group.batch * layer.units);
  float* const row = row_of(group, layer, layer.output, unit);
  float squares = 0.0f;
  float sum = 0.0f;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  for (int window = lane; window < group.batch; window += kWarp) {
    const float wanted = target(task.bucket, task.outputs, StridedRow{after + window, task.stride},
                                reward[window], unit) -
                         group.target_mean[blockIdx.y];
    const float difference = row[window] + group.weights[parameter] - wanted;
    squares = fused_multiply_add(difference, difference, squares);
    sum = sum + difference * scale;
    row[window] = difference * scale;
  }
  squares = warp_sum(squares);
  sum = warp_sum(sum);
  if (lane != 0) return;
  task.column_loss[static_cast<int64_t>(mini_batch) * layer.units + unit] = squares;
  group.gradient[parameter] = sum;
}

__global__ void fast_hidden_gradient_kernel(FastGroup group, FastLayer layer, float* gradient) {
  const int unit = unit_of_warp();
  if (unit >= layer.units) return;
  const float* stored = row_of(group, layer, layer.output, unit);
  float* const row = row_of(group, layer, gradient, unit);
  float sum = 0.0f;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  for (int window = lane; window < group.batch; window += kWarp) {
    row[window] = row[window] * leaky_relu_gradient(stored[window]);
    sum = sum + row[window];
  }
  sum = warp_sum(sum);
  if (lane == 0) group.gradient[blockIdx.y * group.parameters + layer.biases + unit] = sum;
}

__global__ void fast_adam_kernel(FastGroup group) {
  const int64_t i = thread_of_network();
  if (i >= group.parameters) return;
  const TrainTask& task = group.tasks[blockIdx.y];
  const int64_t at = blockIdx.y * group.parameters + i;
  adam_update(group.gradient[at], task.adam_step[*group.mini_batch], group.weights[at],
              task.adam_mean[i], task.adam_square[i]);
}

__global__ void fast_advance_kernel(FastGroup group) { *group.mini_batch += 1; }

__global__ void fast_end_kernel(FastGroup group) {
  const TrainTask& task = group.tasks[blockIdx.x];
  mean_error(task, task.network.sizes[task.network.layers]);
  const float* weights = group.weights + blockIdx.x * group.parameters;
  for (int64_t i = threadIdx.x; i < group.parameters; i += blockDim.x) task.weights[i] = weights[i];
}

// -------------------------------------------------------------------------------------- launchers

dim3 blocks_of(int64_t items, int per_block, const FastGroup& group) {
  return {static_cast<unsigned>((items + per_block - 1) / per_block),
          static_cast<unsigned>(group.networks)};
}

}  // namespace

cudaError_t launch_fast_begin(const FastGroup& group, cudaStream_t stream) {
  constexpr size_t kShared = kBlockThreads * sizeof(double);  // of mean_of_targets
  return launch(fast_begin_kernel, static_cast<unsigned>(group.networks), kBlockThreads, kShared,
                stream, group);
}

cudaError_t launch_fast_inputs(const FastGroup& group, int inputs, cudaStream_t stream) {
  const int64_t elements = static_cast<int64_t>(inputs) * group.stride;
  return launch(fast_inputs_kernel, blocks_of(elements, kBlockThreads, group), kBlockThreads, 0,
                stream, group, elements);
}

cudaError_t launch_fast_activation(const FastGroup& group, const FastLayer& layer,
                                   cudaStream_t stream) {
  const int64_t elements = static_cast<int64_t>(layer.units) * group.stride;
  return launch(fast_activation_kernel, blocks_of(elements, kBlockThreads, group), kBlockThreads, 0,
                stream, group, layer);
}

cudaError_t launch_fast_output_gradient(const FastGroup& group, const FastLayer& layer,
                                        cudaStream_t stream) {
  return launch(fast_output_gradient_kernel, blocks_of(layer.units, kUnitsPerBlock, group),
                kBlockThreads, 0, stream, group, layer);
}

cudaError_t launch_fast_hidden_gradient(const FastGroup& group, const FastLayer& layer,
                                        float* gradient, cudaStream_t stream) {
  return launch(fast_hidden_gradient_kernel, blocks_of(layer.units, kUnitsPerBlock, group),
                kBlockThreads, 0, stream, group, layer, gradient);
}

cudaError_t launch_fast_update(const FastGroup& group, cudaStream_t stream) {
  const cudaError_t error =
      launch(fast_adam_kernel, blocks_of(group.parameters, kBlockThreads, group), kBlockThreads, 0,
             stream, group);
  return error != cudaSuccess ? error : launch(fast_advance_kernel, 1, 1, 0, stream, group);
}

cudaError_t launch_fast_end(const FastGroup& group, cudaStream_t stream) {
  return launch(fast_end_kernel, static_cast<unsigned>(group.networks), kBlockThreads, 0, stream,
                group);
}

}  // namespace edgesweep
