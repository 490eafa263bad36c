// Device memory: what is found of accesses outside it, before it is written and after it is freed.
#include <cmath>

#include "emulated_test.h"

namespace cuda_emulation {
namespace {

__global__ void write_at(float* values, int place) { values[place] = 1.0f; }
__global__ void read_at(const float* values, int place, float* result) { *result = values[place]; }
__global__ void add_one(const float* values, float* results) {
  results[threadIdx.x] = values[threadIdx.x] + 1.0f;
}

__global__ void is_negative(const int* values, int* results) {
  results[threadIdx.x] = values[threadIdx.x] < 0;
}

struct View {
  long long count;
  float* values;
};
__global__ void write_view(View view) { view.values[0] = 1.0f; }

struct PaddedView {
  int count;
  float* values;
};
__global__ void write_padded_view(PaddedView view) { view.values[0] = 1.0f; }

class EmulatedMemory : public EmulatedTest {};

TEST_F(EmulatedMemory, OverrunOfAWholePageFaultsAtOnce) {
  if (kUnderAddressSanitizer) GTEST_SKIP() << "AddressSanitizer reports the access itself";
  const DeviceArray<float> values(1024);
  ASSERT_EQ(launch(write_at, 1, 1, 0, nullptr, values.data(), 1024), cudaSuccess);
  expect_failure(cudaErrorIllegalAddress,
                 {"write_at",
                  "thread (0,0,0) writes 0 bytes past the end of allocation 1 "
                  "(4096 bytes, device 0)",
                  "device_memory_test.cpp"});
}

TEST_F(EmulatedMemory, OverrunIntoTheGapIsFoundAfterTheKernel) {
  if (kUnderAddressSanitizer) GTEST_SKIP() << "AddressSanitizer reports the access itself";
  const DeviceArray<float> values(10);
  ASSERT_EQ(launch(write_at, 1, 1, 0, nullptr, values.data(), 10), cudaSuccess);
  expect_failure(cudaErrorIllegalAddress,
                 {"write_at", "something wrote past the end of allocation 1 (40 bytes"});
}

TEST_F(EmulatedMemory, FinerAlignmentMovesTheFaultToTheExactByte) {
  if (kUnderAddressSanitizer) GTEST_SKIP() << "AddressSanitizer reports the access itself";
  VirtualDevice device = device_profile("h100");
  device.allocation_alignment = 16;
  start({device});
  const DeviceArray<float> values(12), result(1);
  ASSERT_EQ(launch(read_at, 1, 1, 0, nullptr, values.data(), 12, result.data()), cudaSuccess);
  expect_failure(cudaErrorIllegalAddress, {"reads 0 bytes past the end of allocation 1"});
}

TEST_F(EmulatedMemory, WriteInFrontIsFound) {
  if (kUnderAddressSanitizer) GTEST_SKIP() << "AddressSanitizer reports the access itself";
  const DeviceArray<float> values(10);
  ASSERT_EQ(launch(write_at, 1, 1, 0, nullptr, values.data(), -1), cudaSuccess);
  expect_failure(cudaErrorIllegalAddress, {"something wrote in front of allocation 1"});
}

TEST_F(EmulatedMemory, NullPointerIsNamed) {
  ASSERT_EQ(launch(write_at, 1, 1, 0, nullptr, nullptr, 2), cudaSuccess);
  expect_failure(cudaErrorIllegalAddress, {"writes a null pointer"});
}

TEST_F(EmulatedMemory, UseAfterFreeIsFound) {
  float* freed = nullptr;
  {
    const DeviceArray<float> values(10);
    freed = values.data();
  }
  EXPECT_EQ(launch(write_at, 1, 1, 0, nullptr, freed, 2), cudaErrorInvalidValue);
  EXPECT_NE(last_failure().find("byte 0 of freed allocation 1"), std::string::npos);
  start({device_profile("h100")});
}

TEST_F(EmulatedMemory, UseAfterFreeIsFoundWhereverThePointerComesFrom) {
  if (kUnderAddressSanitizer) GTEST_SKIP() << "AddressSanitizer reports the access itself";
  float* freed = nullptr;
  {
    const DeviceArray<float> values(10);
    freed = values.data();
  }
  settings().check_arguments = false;
  ASSERT_EQ(launch(write_at, 1, 1, 0, nullptr, freed, 2), cudaSuccess);
  expect_failure(cudaErrorIllegalAddress, {"writes byte 8 of freed allocation 1"});
}

TEST_F(EmulatedMemory, MemoryCannotBeFreedTwiceOrInTheMiddle) {
  float* values = nullptr;
  ASSERT_EQ(cudaMalloc(&values, 64), cudaSuccess);
  EXPECT_EQ(cudaFree(values + 1), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(values), cudaSuccess);
  EXPECT_EQ(cudaFree(values), cudaErrorInvalidValue);
  EXPECT_NE(last_failure().find("is not what cudaMalloc gave"), std::string::npos);
  EXPECT_EQ(cudaFree(nullptr), cudaSuccess);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidValue);
}

TEST_F(EmulatedMemory, LeaksAreCounted) {
  void *device = nullptr, *host = nullptr;
  ASSERT_EQ(cudaMalloc(&device, 100), cudaSuccess);
  ASSERT_EQ(cudaMallocHost(&host, 200), cudaSuccess);
  EXPECT_EQ(live_allocations(), 2u);
  EXPECT_NE(describe_live_allocations().find("100 bytes, device 0"), std::string::npos);
  EXPECT_EQ(counters().bytes_in_use, 100u);
  EXPECT_EQ(cudaFree(device), cudaSuccess);
  EXPECT_EQ(cudaFreeHost(host), cudaSuccess);
  EXPECT_EQ(live_allocations(), 0u);
  EXPECT_EQ(counters().most_bytes_in_use, 100u);
}

TEST_F(EmulatedMemory, WhatWasNeverWrittenIsNotANumber) {
  const DeviceArray<float> values(4), results(4);
  EXPECT_EQ(never_written(values.data(), values.bytes()), 4u);
  ASSERT_EQ(cudaMemset(values.data(), 0, 3 * sizeof(float)), cudaSuccess);
  ASSERT_EQ(launch(add_one, 1, 4, 0, nullptr, values.data(), results.data()), cudaSuccess);
  ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(never_written(values.data(), values.bytes()), 1u);
  settings().check_copies = false;
  EXPECT_EQ(results.values()[2], 1.0f);
  EXPECT_TRUE(std::isnan(results.values()[3]));
}

TEST_F(EmulatedMemory, AnotherPoisonGivesAnotherResultWhereItMatters) {
  std::vector<int> results[2];
  const uint32_t poisons[] = {0x7fff7fffu, 0xffffffffu};
  for (int i = 0; i < 2; ++i) {
    settings().poison = poisons[i];
    const DeviceArray<int> values(1), result(1);
    ASSERT_EQ(launch(is_negative, 1, 1, 0, nullptr, values.data(), result.data()), cudaSuccess);
    results[i] = result.values();
  }
  EXPECT_NE(results[0], results[1]) << "an integer has no NaN to show that it was never written";
}

TEST_F(EmulatedMemory, CopyingToTheHostWhatWasNeverWrittenIsAnError) {
  const DeviceArray<float> values(4);
  ASSERT_EQ(cudaMemset(values.data(), 0, 2 * sizeof(float)), cudaSuccess);
  std::vector<float> host(4);
  EXPECT_EQ(cudaMemcpy(host.data(), values.data(), 2 * sizeof(float), cudaMemcpyDeviceToHost),
            cudaSuccess);
  EXPECT_EQ(cudaMemcpy(host.data(), values.data(), values.bytes(), cudaMemcpyDeviceToHost),
            cudaErrorIllegalAddress);
  expect_failure(cudaErrorIllegalAddress,
                 {"reads 2 words never written", "byte 8 of allocation 1"});
}

TEST_F(EmulatedMemory, CopiesMustFitAndGoTheStatedWay) {
  const DeviceArray<float> values(4);
  float host[8] = {};
  EXPECT_EQ(cudaMemcpy(values.data(), host, 17, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(values.data() + 1, host, 16, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(host, host + 4, 16, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(host, values.data(), 16, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(values.data(), host, 16, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(values.data(), host, 16, static_cast<cudaMemcpyKind>(9)),
            cudaErrorInvalidMemcpyDirection);
  EXPECT_EQ(cudaMemset(values.data(), 0, 17), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemset(host, 0, 16), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(values.data(), host, 16, cudaMemcpyDefault), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess) << "a refused copy does not break the device";
}

TEST_F(EmulatedMemory, RowsCanBeCopiedBetweenPitches) {
  const DeviceArray<int> matrix(ascending<int>(12));  // 3 rows of 4
  std::vector<int> host(6);
  EXPECT_EQ(cudaMemcpy2D(host.data(), 2 * sizeof(int), matrix.data() + 1, 4 * sizeof(int),
                         2 * sizeof(int), 3, cudaMemcpyDeviceToHost),
            cudaSuccess);
  EXPECT_EQ(host, (std::vector<int>{1, 2, 5, 6, 9, 10}));
  EXPECT_EQ(cudaMemcpy2D(host.data(), 2 * sizeof(int), matrix.data() + 3, 4 * sizeof(int),
                         2 * sizeof(int), 3, cudaMemcpyDeviceToHost),
            cudaErrorInvalidValue)
      << "the last row is beyond the array";
}

TEST_F(EmulatedMemory, WhatLiesInPaddingIsNoArgument) {
  const DeviceArray<float> values(1);
  PaddedView view{1, values.data()};
  // The four bytes behind `count` complete it to an address of the host.
  float on_stack = 0;
  const auto address = reinterpret_cast<uintptr_t>(&on_stack);
  std::memcpy(reinterpret_cast<char*>(&view), &address, sizeof(address));
  EXPECT_EQ(launch(write_padded_view, 1, 1, 0, nullptr, view), cudaSuccess) << last_failure();
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
}

TEST_F(EmulatedMemory, HostMemoryIsNoKernelArgument) {
  float on_stack[4] = {};
  EXPECT_EQ(launch(write_at, 1, 1, 0, nullptr, on_stack, 0), cudaErrorInvalidValue);
  EXPECT_NE(last_failure().find("argument 0 is or contains the address"), std::string::npos);
  EXPECT_EQ(launch(write_view, 1, 1, 0, nullptr, View{4, on_stack}), cudaErrorInvalidValue)
      << "inside a structure too";
  float* pinned = nullptr;
  ASSERT_EQ(cudaMallocHost(&pinned, sizeof(float)), cudaSuccess);
  EXPECT_EQ(launch(write_view, 1, 1, 0, nullptr, View{4, pinned}), cudaSuccess)
      << "pinned memory can be reached from the device";
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(*pinned, 1.0f);
  EXPECT_EQ(cudaFreeHost(pinned), cudaSuccess);
}

TEST_F(EmulatedMemory, HostCodeCannotTouchDeviceMemory) {
  const DeviceArray<float> values(std::vector<float>{1.0f, 2.0f});
  volatile const float* pointer = values.data();
  EXPECT_DEATH((void)*pointer, "host code touches device memory: byte 0 of allocation 1");
}

TEST_F(EmulatedMemory, TheDeviceHasItsSizeAndNoMore) {
  VirtualDevice device = device_profile("rtx4090");
  device.memory_bytes = 1000;
  start({device});
  const DeviceArray<char> first(600);
  size_t free_bytes = 0, total_bytes = 0;
  ASSERT_EQ(cudaMemGetInfo(&free_bytes, &total_bytes), cudaSuccess);
  EXPECT_EQ(free_bytes, 400u);
  EXPECT_EQ(total_bytes, 1000u);
  void* second = &free_bytes;
  EXPECT_EQ(cudaMalloc(&second, 401), cudaErrorMemoryAllocation);
  EXPECT_EQ(second, nullptr);
  EXPECT_EQ(cudaMalloc(&second, 400), cudaSuccess) << "running out of memory breaks nothing";
  EXPECT_EQ(cudaFree(second), cudaSuccess);
}

}  // namespace
}  // namespace cuda_emulation
