#pragma once
// What the tests of the emulation share: a fresh virtual machine for each test, and arrays on it.

#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "emulated/control.h"

namespace cuda_emulation {

// Tests of faults that a sanitizer reports itself, and then ends the program, are left to
// EmulatedSanitizers in such builds.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kUnderAddressSanitizer = true;
#else
inline constexpr bool kUnderAddressSanitizer = false;
#endif
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kUnderThreadSanitizer = true;
#else
inline constexpr bool kUnderThreadSanitizer = false;
#endif

/// Every test starts on one new H100 and leaves nothing allocated behind.
class EmulatedTest : public ::testing::Test {
 protected:
  void SetUp() override { start({device_profile("h100")}); }

  void TearDown() override {
    EXPECT_EQ(live_allocations(), 0u) << describe_live_allocations();
    reset();
  }

  /// Begins again on these devices. Failures are expected here and need not be printed.
  static void start(const std::vector<VirtualDevice>& devices, uint64_t seed = 0) {
    reset(devices);
    settings().print_failures = false;
    settings().seed = seed;
    settings().threads = 1;
  }

  /// Waits for the device and expects `error` with a message that has all these parts.
  static void expect_failure(cudaError_t error, const std::vector<std::string>& parts) {
    EXPECT_EQ(cudaDeviceSynchronize(), error) << last_failure();
    for (const std::string& part : parts)
      EXPECT_NE(last_failure().find(part), std::string::npos)
          << "no \"" << part << "\" in: " << last_failure();
  }
};

/// An array in device memory, never written unless it is given values.
template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(size_t count) : count_(count) {
    EXPECT_EQ(cudaMalloc(&data_, count * sizeof(T)), cudaSuccess);
  }
  explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) {
    EXPECT_EQ(cudaMemcpy(data_, values.data(), count_ * sizeof(T), cudaMemcpyHostToDevice),
              cudaSuccess);
  }
  ~DeviceArray() { (void)cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* data() const { return data_; }
  size_t bytes() const { return count_ * sizeof(T); }

  std::vector<T> values() const {
    std::vector<T> host(count_);
    EXPECT_EQ(cudaMemcpy(host.data(), data_, bytes(), cudaMemcpyDeviceToHost), cudaSuccess)
        << last_failure();
    return host;
  }

 private:
  size_t count_;
  T* data_ = nullptr;
};

/// first, first + 1, ...
template <typename T>
std::vector<T> ascending(size_t count, T first = T{0}) {
  std::vector<T> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = first + static_cast<T>(i);
  return values;
}

}  // namespace cuda_emulation
