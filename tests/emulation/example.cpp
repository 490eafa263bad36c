// A program of CUDA, compiled by nvcc or for the emulation: each block sums its values, in static
// and in dynamic shared memory. Prints "ended: no error" if both sums are right.
#include <cstdio>
#include <vector>

#include "portable.h"

namespace {

constexpr unsigned kBlocks = 3;
constexpr unsigned kBlock = 64;

__global__ void sum_blocks(const float* values, float* sums) {
  PORTABLE_SHARED(float, fixed, kBlock);
  PORTABLE_DYNAMIC_SHARED(float, dynamic);
  fixed[threadIdx.x] = dynamic[threadIdx.x] = values[blockIdx.x * kBlock + threadIdx.x];
  __syncthreads();
  for (unsigned half = kBlock / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      fixed[threadIdx.x] += fixed[threadIdx.x + half];
      dynamic[threadIdx.x] += dynamic[threadIdx.x + half];
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) sums[blockIdx.x] = fixed[0] + dynamic[0];
}

const char* sum_on_device() {
  const std::vector<float> values(kBlocks * kBlock, 0.5f);
  std::vector<float> sums(kBlocks);
  float *device_values = nullptr, *device_sums = nullptr;
  const size_t value_bytes = values.size() * sizeof(float);
  const size_t sum_bytes = sums.size() * sizeof(float);
  cudaError_t error = cudaMalloc(&device_values, value_bytes);
  if (error == cudaSuccess) error = cudaMalloc(&device_sums, sum_bytes);
  if (error == cudaSuccess)
    error = cudaMemcpy(device_values, values.data(), value_bytes, cudaMemcpyHostToDevice);
  if (error == cudaSuccess)
    error = portable::launch(sum_blocks, kBlocks, kBlock, kBlock * sizeof(float), nullptr,
                             device_values, device_sums);
  if (error == cudaSuccess)
    error = cudaMemcpy(sums.data(), device_sums, sum_bytes, cudaMemcpyDeviceToHost);
  (void)cudaFree(device_values);
  (void)cudaFree(device_sums);
  const std::vector<float> expected(kBlocks, kBlock);
  return error == cudaSuccess && sums != expected ? "wrong sums" : cudaGetErrorString(error);
}

}  // namespace

int main() {
  std::printf("ended: %s\n", sum_on_device());
  return 0;
}
