// Ordered failures, lost devices, several devices, and machines without one.
#include <cstdlib>
#include <thread>

#include "emulated_test.h"

namespace cuda_emulation {
namespace {

__global__ void add_one(int* value) { *value += 1; }

class EmulatedFault : public EmulatedTest {
 protected:
  static cudaError_t add(const DeviceArray<int>& value) {
    const cudaError_t error = launch(add_one, 1, 1, 0, nullptr, value.data());
    return error != cudaSuccess ? error : cudaDeviceSynchronize();
  }
};

TEST_F(EmulatedFault, OnlyTheOrderedAllocationFails) {
  fail_allocation(0, 2);
  void *first = nullptr, *second = nullptr, *third = nullptr;
  EXPECT_EQ(cudaMalloc(&first, 8), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&second, 8), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaMalloc(&third, 8), cudaSuccess);
  EXPECT_EQ(cudaFree(first), cudaSuccess);
  EXPECT_EQ(cudaFree(third), cudaSuccess);
}

TEST_F(EmulatedFault, AFailedKernelBreaksTheDeviceButMemoryCanBeFreed) {
  const DeviceArray<int> value(std::vector<int>{0});
  fail_launch(0, 2);
  EXPECT_EQ(add(value), cudaSuccess);
  EXPECT_EQ(launch(add_one, 1, 1, 0, nullptr, value.data()), cudaSuccess) << "not yet known";
  expect_failure(cudaErrorLaunchFailure, {"add_one", "ordered by fail_launch()"});
  EXPECT_EQ(add(value), cudaErrorLaunchFailure);
}

TEST_F(EmulatedFault, ALostDeviceRefusesEverything) {
  const DeviceArray<int> value(std::vector<int>{0});
  lose_device(0, 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(add(value), cudaSuccess);
  EXPECT_EQ(add(value), cudaErrorDevicesUnavailable);
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 8), cudaErrorDevicesUnavailable);
  size_t free_bytes = 0, total_bytes = 0;
  EXPECT_EQ(cudaMemGetInfo(&free_bytes, &total_bytes), cudaErrorDevicesUnavailable);
}

TEST_F(EmulatedFault, DevicesFailOneByOne) {
  start({device_profile("h100"), device_profile("a100")});
  int count = 0;
  ASSERT_EQ(cudaGetDeviceCount(&count), cudaSuccess);
  EXPECT_EQ(count, 2);
  const DeviceArray<int> on_first(std::vector<int>{0});
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  const DeviceArray<int> on_second(std::vector<int>{0});
  lose_device(0, 0);
  EXPECT_EQ(add(on_second), cudaSuccess);
  ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
  EXPECT_EQ(add(on_first), cudaErrorDevicesUnavailable);
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  EXPECT_EQ(add(on_second), cudaSuccess);
  EXPECT_EQ(on_second.values()[0], 2);
  EXPECT_EQ(launch(add_one, 1, 1, 0, nullptr, on_first.data()), cudaErrorInvalidValue)
      << "memory of another device";
  EXPECT_EQ(cudaSetDevice(2), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
}

TEST_F(EmulatedFault, DevicesWorkSideBySideForOneHostThreadEach) {
  constexpr int kDevices = 3;
  start(std::vector<VirtualDevice>(kDevices, device_profile("a100")));
  int results[kDevices] = {};
  std::vector<std::thread> threads;
  for (int device = 0; device < kDevices; ++device) {
    threads.emplace_back([device, &results] {
      EXPECT_EQ(cudaSetDevice(device), cudaSuccess);
      const DeviceArray<int> value(std::vector<int>{device});
      for (int i = 0; i < 10; ++i) EXPECT_EQ(add(value), cudaSuccess);
      results[device] = value.values()[0];
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int device = 0; device < kDevices; ++device) EXPECT_EQ(results[device], device + 10);
}

TEST_F(EmulatedFault, ADeviceIsLostAtTheOrderedCall) {
  const DeviceArray<int> value(std::vector<int>{0});
  const size_t before = counters().calls;
  EXPECT_EQ(add(value), cudaSuccess);
  ASSERT_EQ(counters().calls - before, 2u) << "a launch, and a wait";
  lose_device_at_call(0, 4);
  EXPECT_EQ(add(value), cudaSuccess);
  EXPECT_EQ(launch(add_one, 1, 1, 0, nullptr, value.data()), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorDevicesUnavailable);
  EXPECT_EQ(launch(add_one, 1, 1, 0, nullptr, value.data()), cudaErrorDevicesUnavailable);
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 8), cudaErrorDevicesUnavailable);
}

TEST_F(EmulatedFault, WithoutAKernelImageNoKernelIsUsedButMemoryIs) {
  std::vector<VirtualDevice> devices(2, device_profile("t4"));
  devices[1].has_kernel_images = false;
  start(devices);
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  {
    const DeviceArray<int> value(std::vector<int>{0});
    EXPECT_EQ(launch(add_one, 1, 1, 0, nullptr, value.data()), cudaErrorNoKernelImageForDevice);
    EXPECT_NE(last_failure(1).find("add_one"), std::string::npos) << last_failure(1);
    EXPECT_NE(last_failure(1).find("compute capability 7.5"), std::string::npos);
    EXPECT_EQ(cudaFuncSetAttribute(add_one, cudaFuncAttributeMaxDynamicSharedMemorySize, 8),
              cudaErrorNoKernelImageForDevice);
    cudaFuncAttributes attributes;
    EXPECT_EQ(cudaFuncGetAttributes(&attributes, add_one), cudaErrorNoKernelImageForDevice);
    int blocks = 0;
    EXPECT_EQ(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, add_one, 32, 0),
              cudaErrorNoKernelImageForDevice);
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess) << "that breaks nothing";
    EXPECT_EQ(value.values()[0], 0);
  }
  ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
  const DeviceArray<int> value(std::vector<int>{0});
  EXPECT_EQ(add(value), cudaSuccess) << "the other device has the image";
}

TEST_F(EmulatedFault, OtherProcessesHoldMemoryOfADevice) {
  VirtualDevice device = device_profile("t4");
  device.memory_bytes = 1000;
  device.memory_taken = 700;
  start({device});
  size_t free_bytes = 0, total_bytes = 0;
  ASSERT_EQ(cudaMemGetInfo(&free_bytes, &total_bytes), cudaSuccess);
  EXPECT_EQ(free_bytes, 300u);
  EXPECT_EQ(total_bytes, 1000u);
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 301), cudaErrorMemoryAllocation);
  take_memory(0, 600);
  EXPECT_EQ(cudaMalloc(&memory, 301), cudaSuccess);
  take_memory(0, 100'000);
  ASSERT_EQ(cudaMemGetInfo(&free_bytes, &total_bytes), cudaSuccess);
  EXPECT_EQ(free_bytes, 0u) << "what this process has stays its own";
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
}

TEST_F(EmulatedFault, AResetFreesTheMemoryOfItsDeviceAlone) {
  start(std::vector<VirtualDevice>(2, device_profile("t4")));
  const DeviceArray<int> kept(std::vector<int>{7});
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  void* memory = nullptr;
  ASSERT_EQ(cudaMalloc(&memory, 8), cudaSuccess);
  EXPECT_EQ(cudaDeviceReset(), cudaSuccess);
  EXPECT_EQ(live_allocations(), 1u);
  EXPECT_EQ(counters(1).bytes_in_use, 0u);
  ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
  EXPECT_EQ(kept.values()[0], 7);
}

TEST_F(EmulatedFault, ProfilesHaveThePublishedLimits) {
  start({device_profile("h100"), device_profile("a100"), device_profile("rtx4090"),
         device_profile("v100"), device_profile("t4")});
  const int optin_kibibytes[] = {227, 163, 99, 96, 64};
  const int capability[] = {90, 80, 89, 70, 75};
  for (int device = 0; device < 5; ++device) {
    cudaDeviceProp properties;
    ASSERT_EQ(cudaGetDeviceProperties(&properties, device), cudaSuccess);
    EXPECT_EQ(properties.sharedMemPerBlockOptin, size_t{1024} * optin_kibibytes[device]);
    EXPECT_EQ(properties.major * 10 + properties.minor, capability[device]);
    int optin = 0;
    ASSERT_EQ(cudaDeviceGetAttribute(&optin, cudaDevAttrMaxSharedMemoryPerBlockOptin, device),
              cudaSuccess);
    EXPECT_EQ(optin, 1024 * optin_kibibytes[device]);
  }
  EXPECT_THROW(device_profile("abacus"), std::invalid_argument);
}

TEST_F(EmulatedFault, MachinesWithoutDeviceOrDriverSaySo) {
  int count = 77;
  start({});
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorNoDevice);
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 8), cudaErrorNoDevice);
  reset_without_driver();
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorInsufficientDriver);
  EXPECT_EQ(count, 77) << "left untouched";
}

TEST_F(EmulatedFault, TheEnvironmentSetsUpWholePrograms) {
  const std::pair<const char*, const char*> variables[] = {
      {"SEED", "7"}, {"DEVICE", "rtx4090"}, {"DEVICES", "3"}, {"FAULT", "allocation:1@2,lost:0"}};
  const auto name = [](const char* variable) { return std::string("CUDA_EMULATION_") + variable; };
  for (const auto& [variable, value] : variables) setenv(name(variable).c_str(), value, 1);
  reset();
  settings().print_failures = false;
  for (const auto& [variable, value] : variables) unsetenv(name(variable).c_str());
  EXPECT_EQ(settings().seed, 7u);
  cudaDeviceProp properties;
  ASSERT_EQ(cudaGetDeviceProperties(&properties, 2), cudaSuccess);
  EXPECT_STREQ(properties.name, "Emulated NVIDIA GeForce RTX 4090");
  const DeviceArray<int> value(std::vector<int>{0});
  EXPECT_EQ(add(value), cudaErrorDevicesUnavailable);
  ASSERT_EQ(cudaSetDevice(2), cudaSuccess);
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 8), cudaErrorMemoryAllocation);
  ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
}

TEST_F(EmulatedFault, TheEnvironmentSetsUpUnequalDevices) {
  const std::pair<const char*, const char*> variables[] = {
      {"DEVICE", "h100,t4"}, {"DEVICES", "3"},    {"MEMORY", "7000,5000,"}, {"TAKEN", "0,1000"},
      {"SHARED", ",4096"},   {"IMAGES", "1,0,1"}, {"FAULT", "call:1@2"}};
  const auto name = [](const char* variable) { return std::string("CUDA_EMULATION_") + variable; };
  for (const auto& [variable, value] : variables) setenv(name(variable).c_str(), value, 1);
  reset();
  settings().print_failures = false;
  for (const auto& [variable, value] : variables) unsetenv(name(variable).c_str());
  int count = 0;
  ASSERT_EQ(cudaGetDeviceCount(&count), cudaSuccess);
  EXPECT_EQ(count, 3);
  const char* const names[] = {"Emulated NVIDIA H100 80GB HBM3", "Emulated Tesla T4",
                               "Emulated NVIDIA H100 80GB HBM3"};
  const size_t memory[] = {7000, 5000, size_t{81559} << 20};
  const size_t shared[] = {227 << 10, 4096, 227 << 10};
  for (int device = 0; device < 3; ++device) {
    cudaDeviceProp properties;
    ASSERT_EQ(cudaGetDeviceProperties(&properties, device), cudaSuccess);
    EXPECT_STREQ(properties.name, names[device]);
    EXPECT_EQ(properties.totalGlobalMem, memory[device]);
    EXPECT_EQ(properties.sharedMemPerBlockOptin, shared[device]);
  }
  size_t free_bytes = 0, total_bytes = 0;
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  ASSERT_EQ(cudaMemGetInfo(&free_bytes, &total_bytes), cudaSuccess);
  EXPECT_EQ(free_bytes, 4000u);
  EXPECT_EQ(launch(add_one, 1, 1, 0, nullptr, nullptr), cudaErrorNoKernelImageForDevice);
  ASSERT_EQ(cudaSetDevice(2), cudaSuccess);
  EXPECT_EQ(cudaMemGetInfo(&free_bytes, &total_bytes), cudaErrorDevicesUnavailable);
  ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
}

}  // namespace
}  // namespace cuda_emulation
