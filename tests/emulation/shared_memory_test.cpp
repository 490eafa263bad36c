// Shared memory: overruns of static and dynamic arrays, and values read before they are written.
#include <cmath>

#include "emulated_test.h"

namespace cuda_emulation {
namespace {

constexpr unsigned kBlock = 32;

constexpr int kTile = __LINE__ + 3;
__global__ void write_static(int place) {
  CUDA_EMULATED_SHARED(float, before, kBlock);
  CUDA_EMULATED_SHARED(float, tile, kBlock);
  before[threadIdx.x] = 0.0f;
  float* const values = tile;  // UndefinedBehaviorSanitizer knows the size of the array itself
  if (threadIdx.x == 3) values[place] = 1.0f;
}

__global__ void write_dynamic(int place) {
  CUDA_EMULATED_DYNAMIC_SHARED(float, scratch);
  if (threadIdx.x == 3) scratch[place] = 1.0f;
}

__global__ void read_dynamic(int place, float* result) {
  CUDA_EMULATED_DYNAMIC_SHARED(float, scratch);
  *result = scratch[place];
}

/// Block 0 writes the tile, and block 1 finds nothing of it.
__global__ void hand_over_to_next_block(float* result) {
  CUDA_EMULATED_SHARED(float, tile, 1);
  if (blockIdx.x == 0) tile[0] = 1.0f;
  result[blockIdx.x] = tile[0] + 1.0f;
}

__global__ void use_two_views(float* result) {
  CUDA_EMULATED_DYNAMIC_SHARED(float, values);
  CUDA_EMULATED_DYNAMIC_SHARED(unsigned, bits);
  values[0] = 1.0f;
  *result = __uint_as_float(bits[0]);
}

__global__ void use_too_much() {
  CUDA_EMULATED_SHARED(float, large, 48 * 1024 / 4 + 1);
  large[threadIdx.x] = 0.0f;
}

class EmulatedSharedMemory : public EmulatedTest {};

TEST_F(EmulatedSharedMemory, ArraysEndWhereTheyEnd) {
  ASSERT_EQ(launch(write_static, 2, kBlock, 0, nullptr, 31), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess) << last_failure();
  ASSERT_EQ(launch(write_static, 2, kBlock, 0, nullptr, 32), cudaSuccess);
  expect_failure(cudaErrorIllegalAddress,
                 {"write_static",
                  "thread (3,0,0) writes 0 bytes past the end of shared array "
                  "'tile' (128 bytes",
                  "shared_memory_test.cpp:" + std::to_string(kTile)});
}

TEST_F(EmulatedSharedMemory, WritesInFrontOfAnArrayAreFound) {
  ASSERT_EQ(launch(write_static, 2, kBlock, 0, nullptr, -1), cudaSuccess);
  expect_failure(cudaErrorIllegalAddress, {"in front of shared array 'tile'"});
}

TEST_F(EmulatedSharedMemory, DynamicMemoryEndsWhereItEnds) {
  ASSERT_EQ(launch(write_dynamic, 1, kBlock, 64, nullptr, 15), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess) << last_failure();
  ASSERT_EQ(launch(write_dynamic, 1, kBlock, 64, nullptr, 16), cudaSuccess);
  expect_failure(
      cudaErrorIllegalAddress,
      {"thread (3,0,0) writes 0 bytes past the end of dynamic shared memory (64 bytes)"});
}

TEST_F(EmulatedSharedMemory, DynamicMemoryOfOddSizeIsCheckedAfterTheBlock) {
  ASSERT_EQ(launch(write_dynamic, 1, kBlock, 60, nullptr, 15), cudaSuccess);
  expect_failure(cudaErrorIllegalAddress, {"past the end of dynamic shared memory (60 bytes)"});
}

TEST_F(EmulatedSharedMemory, ReadingPastTheEndIsFoundToo) {
  const DeviceArray<float> result(1);
  ASSERT_EQ(launch(read_dynamic, 1, 1, 64, nullptr, 16, result.data()), cudaSuccess);
  expect_failure(cudaErrorIllegalAddress, {"reads 0 bytes past the end of dynamic"});
}

TEST_F(EmulatedSharedMemory, WhatWasNeverWrittenIsNotANumber) {
  const DeviceArray<float> result(2);
  ASSERT_EQ(launch(hand_over_to_next_block, 2, 1, 0, nullptr, result.data()), cudaSuccess);
  settings().check_copies = false;
  EXPECT_EQ(result.values()[0], 2.0f);
  EXPECT_TRUE(std::isnan(result.values()[1])) << "a block found what another block left";
}

TEST_F(EmulatedSharedMemory, EveryViewOfDynamicMemoryIsTheSameMemory) {
  const DeviceArray<float> result(1);
  ASSERT_EQ(launch(use_two_views, 1, 1, 4, nullptr, result.data()), cudaSuccess);
  EXPECT_EQ(result.values()[0], 1.0f);
}

TEST_F(EmulatedSharedMemory, StaticArraysHaveALimit) {
  ASSERT_EQ(launch(use_too_much, 1, 1, 0, nullptr), cudaSuccess);
  expect_failure(cudaErrorLaunchFailure, {"49156 bytes of static", "more than the device has"});
}

}  // namespace
}  // namespace cuda_emulation
