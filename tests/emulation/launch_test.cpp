// Kernels that are right: blocks, barriers, shared memory, atomics.
#include "kernels/launch.cuh"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "emulated/control.h"

namespace edgesweep {
namespace {

__global__ void number_threads(int* numbers) {
  const unsigned block = blockIdx.x + gridDim.x * blockIdx.y;
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const unsigned threads = blockDim.x * blockDim.y * blockDim.z;
  numbers[block * threads + thread] = static_cast<int>(block * threads + thread);
}

TEST(EmulatedLaunch, EveryThreadOfEveryBlockRunsOnce) {
  emulation::reset();
  constexpr int kThreads = 3 * 2 * (5 * 3 * 2);
  int* numbers = nullptr;
  ASSERT_EQ(cudaMalloc(&numbers, kThreads * sizeof(int)), cudaSuccess);
  ASSERT_EQ(launch(number_threads, dim3(3, 2), dim3(5, 3, 2), 0, nullptr, numbers), cudaSuccess);
  std::vector<int> host(kThreads);
  ASSERT_EQ(cudaMemcpy(host.data(), numbers, kThreads * sizeof(int), cudaMemcpyDeviceToHost),
            cudaSuccess);
  std::vector<int> expected(kThreads);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(host, expected);
  EXPECT_EQ(cudaFree(numbers), cudaSuccess);
  EXPECT_EQ(emulation::live_allocations(), 0u);
}

}  // namespace
}  // namespace edgesweep
