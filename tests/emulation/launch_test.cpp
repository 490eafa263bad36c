// Launches: which threads run, what is refused, and that order does not matter to a right kernel.
#include "emulated_test.h"

namespace cuda_emulation {
namespace {

constexpr unsigned kBlock = 128;

__global__ void number_threads(int* numbers) {
  const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const unsigned threads = blockDim.x * blockDim.y * blockDim.z;
  numbers[block * threads + thread] = static_cast<int>(block * threads + thread);
}

__global__ void sum_blocks(const float* values, float* sums) {
  CUDA_EMULATED_SHARED(float, partial, kBlock);
  partial[threadIdx.x] = values[blockIdx.x * kBlock + threadIdx.x];
  __syncthreads();
  for (unsigned half = kBlock / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) sums[blockIdx.x] = partial[0];
}

__global__ void count_threads(unsigned* count) { atomicAdd(count, 1u); }
__global__ void do_nothing() {}
__global__ void stop_at_seven(int* touched) {
  touched[threadIdx.x] = 1;
  if (threadIdx.x == 7) __trap();
}

class EmulatedLaunch : public EmulatedTest {};

TEST_F(EmulatedLaunch, EveryThreadOfEveryBlockRunsOnce) {
  const size_t threads = 3 * 2 * 2 * (5 * 3 * 2);
  DeviceArray<int> numbers(threads);
  ASSERT_EQ(launch(number_threads, dim3(3, 2, 2), dim3(5, 3, 2), 0, nullptr, numbers.data()),
            cudaSuccess);
  EXPECT_EQ(numbers.values(), ascending<int>(threads));
}

TEST_F(EmulatedLaunch, AnyOrderGivesTheSameBits) {
  constexpr size_t kBlocks = 20;
  std::vector<float> values(kBlocks * kBlock);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 1.0f / static_cast<float>(i + 1);
  std::vector<float> expected;
  for (const uint64_t seed : {0, 1, 2, 3, 4, 5}) {
    for (const int threads : {1, 3}) {
      settings().seed = seed;
      settings().threads = threads;
      const DeviceArray<float> in(values), out(kBlocks);
      ASSERT_EQ(launch(sum_blocks, kBlocks, kBlock, 0, nullptr, in.data(), out.data()),
                cudaSuccess);
      if (expected.empty()) expected = out.values();
      EXPECT_EQ(out.values(), expected) << "seed " << seed << ", " << threads << " threads";
    }
  }
}

TEST_F(EmulatedLaunch, AtomicsOfAllHostThreadsCount) {
  settings().threads = 4;
  const DeviceArray<unsigned> count(std::vector<unsigned>{0});
  ASSERT_EQ(launch(count_threads, 100, 32, 0, nullptr, count.data()), cudaSuccess);
  EXPECT_EQ(count.values()[0], 3200u);
}

TEST_F(EmulatedLaunch, ImpossibleShapesAreRefused) {
  EXPECT_EQ(launch(do_nothing, 1, 1024, 0, nullptr), cudaSuccess);
  EXPECT_EQ(launch(do_nothing, 1, 1025, 0, nullptr), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(do_nothing, 1, dim3(32, 33), 0, nullptr), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(do_nothing, 1, dim3(1, 1, 65), 0, nullptr), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(do_nothing, 0, 32, 0, nullptr), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(do_nothing, 1, 0, 0, nullptr), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(do_nothing, dim3(1, 65536), 32, 0, nullptr), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
}

TEST_F(EmulatedLaunch, DynamicSharedMemoryBeyondTheDefaultMustBeAskedFor) {
  const size_t limit = device_profile("h100").shared_per_block_optin;
  EXPECT_EQ(launch(do_nothing, 1, 32, 49152, nullptr), cudaSuccess);
  EXPECT_EQ(launch(do_nothing, 1, 32, 49153, nullptr), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFuncSetAttribute(do_nothing, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 static_cast<int>(limit) + 1),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaFuncSetAttribute(do_nothing, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 static_cast<int>(limit)),
            cudaSuccess);
  EXPECT_EQ(launch(do_nothing, 1, 32, limit, nullptr), cudaSuccess);
  EXPECT_EQ(launch(do_nothing, 1, 32, limit + 1, nullptr), cudaErrorInvalidValue);
}

TEST_F(EmulatedLaunch, ABlockMustFindEnoughRegisters) {
  set_kernel_registers(reinterpret_cast<const void*>(&do_nothing), 128);
  EXPECT_EQ(launch(do_nothing, 1, 512, 0, nullptr), cudaSuccess);
  EXPECT_EQ(launch(do_nothing, 1, 513, 0, nullptr), cudaErrorLaunchOutOfResources);
}

TEST_F(EmulatedLaunch, TrapBreaksTheDeviceForGood) {
  const DeviceArray<int> touched(32);
  ASSERT_EQ(launch(stop_at_seven, 1, 32, 0, nullptr, touched.data()), cudaSuccess);
  expect_failure(cudaErrorLaunchFailure,
                 {"stop_at_seven", "block (0,0,0)", "thread (7,0,0)", "__trap", "launch_test.cpp"});
  EXPECT_EQ(launch(do_nothing, 1, 1, 0, nullptr), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure) << "a broken device stays broken";
}

TEST_F(EmulatedLaunch, OccupancyIsLimitedByWhicheverRunsOut) {
  int blocks = 0;
  const auto occupancy = [&](int threads, size_t shared) {
    EXPECT_EQ(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, do_nothing, threads, shared),
              cudaSuccess);
    return blocks;
  };
  EXPECT_EQ(occupancy(32, 0), 32) << "blocks of a multiprocessor";
  EXPECT_EQ(occupancy(1024, 0), 2) << "its threads";
  EXPECT_EQ(occupancy(256, 100 * 1024), 2) << "its shared memory";
  EXPECT_EQ(occupancy(256, 227 * 1024), 1);
  set_kernel_registers(reinterpret_cast<const void*>(&do_nothing), 255);
  EXPECT_EQ(occupancy(256, 0), 1) << "its registers";
}

}  // namespace
}  // namespace cuda_emulation
