#pragma once
#include "kernels/launch.cuh"
#include "kernels/network_task.cuh"

namespace edgesweep {

// Sums over a whole Q iteration, by all threads of one block in the reference's order.

/// Mean of all targets, the rows added ascending in double by one thread. Every thread returns it.
EDGESWEEP_DEVICE float mean_of_targets(const TrainTask& task, int32_t outputs) {
  EDGESWEEP_DYNAMIC_SHARED(double, staged);  // [kBlockThreads]: the launcher gives so much
  EDGESWEEP_SHARED(float, mean, 1);
  const int64_t rows = static_cast<int64_t>(task.batch) * task.mini_batches;
  double total = 0;
  for (int64_t first = 0; first < rows; first += kBlockThreads) {
    const int64_t row = first + threadIdx.x;
    if (row < rows) staged[threadIdx.x] = task.row_sum[row];
    __syncthreads();
    const int64_t left = rows - first;
    const int count = static_cast<int>(left < kBlockThreads ? left : kBlockThreads);
    if (threadIdx.x == 0)
      for (int i = 0; i < count; ++i) total += staged[i];
    __syncthreads();
  }
  if (threadIdx.x == 0) mean[0] = target_mean(total, rows * outputs);
  __syncthreads();
  return mean[0];
}

/// Per mini-batch the outputs ascending, then the mini-batches ascending, all in double.
EDGESWEEP_DEVICE void mean_error(const TrainTask& task, int32_t outputs) {
  __syncthreads();
  for (int32_t m = static_cast<int32_t>(threadIdx.x); m < task.mini_batches; m += kBlockThreads) {
    const float* loss = task.column_loss + static_cast<int64_t>(m) * outputs;
    double squares = 0;
    for (int32_t o = 0; o < outputs; ++o) squares += loss[o];
    task.batch_error[m] = squares / (static_cast<double>(task.batch) * outputs);
  }
  __syncthreads();
  if (threadIdx.x != 0) return;
  double error = 0;
  for (int32_t m = 0; m < task.mini_batches; ++m) error += task.batch_error[m];
  *task.error = error / task.mini_batches;
}

}  // namespace edgesweep
