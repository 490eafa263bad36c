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

TEST_F(EmulatedFault, ProfilesHaveThePublishedLimits) {
  start({device_profile("h100"), device_profile("a100"), device_profile("rtx4090")});
  const int optin_kibibytes[] = {227, 163, 99};
  const int capability[] = {90, 80, 89};
  for (int device = 0; device < 3; ++device) {
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

}  // namespace
}  // namespace cuda_emulation
