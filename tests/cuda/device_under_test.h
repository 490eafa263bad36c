#pragma once
// The device of the parity tests: the emulation of CUDA in cuda_tests, GPU 0 of the machine in
// device_tests. Only the emulation can be asked for leaks, and has more than one order of threads.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace edgesweep::testing {

/// Makes the device as it is when a program starts, with threads in their plain order.
void reset_device();

/// Fails the test when device memory or a handle is left, or when a kernel failed.
void expect_clean_device();

/// What use_thread_order takes, `most` numbers or fewer. A GPU orders threads itself, not always
/// alike: there are two, which ask for two tries.
std::vector<uint64_t> thread_orders(uint64_t most);

/// Orders the threads of the kernels to come; without effect on a GPU.
void use_thread_order(uint64_t order);

/// Why `math: "fast"` cannot run here (no cuBLAS, which no bundle ships); empty where it can.
std::string why_not_fast();

/// Begins with a fresh device and leaves nothing on it.
class DeviceTest : public ::testing::Test {
 protected:
  void SetUp() override { reset_device(); }
  void TearDown() override { expect_clean_device(); }
};

}  // namespace edgesweep::testing
