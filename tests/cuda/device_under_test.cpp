#include "tests/cuda/device_under_test.h"

#include <cuda_runtime.h>

#include "host/engine/cuda/fast_iteration.h"
#include "host/error.h"
#if defined(CUDA_EMULATED)
#include "emulated/control.h"
#endif

namespace edgesweep::testing {

std::string why_not_fast() {
  try {
    cublas_library();
    return "";
  } catch (const SystemError& error) {
    return error.what();
  }
}

#if defined(CUDA_EMULATED)

void reset_device() { cuda_emulation::reset(); }

void expect_clean_device() {
  EXPECT_EQ(cuda_emulation::live_allocations(), 0u) << cuda_emulation::describe_live_allocations();
  EXPECT_EQ(cuda_emulation::live_handles(), 0u);
  EXPECT_EQ(cuda_emulation::last_failure(), "");
}

std::vector<uint64_t> thread_orders(uint64_t most) {
  std::vector<uint64_t> orders;
  for (uint64_t order = 0; order < most; ++order) orders.push_back(order);
  return orders;
}

void use_thread_order(uint64_t order) { cuda_emulation::settings().seed = order; }

#else

void reset_device() {}

void expect_clean_device() {
  const cudaError_t error = cudaDeviceSynchronize();
  EXPECT_EQ(error, cudaSuccess) << cudaGetErrorString(error);
}

std::vector<uint64_t> thread_orders(uint64_t most) {
  return most < 2 ? std::vector<uint64_t>{0} : std::vector<uint64_t>{0, 1};
}

void use_thread_order(uint64_t) {}

#endif

}  // namespace edgesweep::testing
