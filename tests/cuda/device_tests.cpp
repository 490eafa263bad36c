// The parity tests on a GPU: `device_tests` is made by nvcc from the sources of cuda_tests. Without
// its sources it reads the dataset that the environment variable EDGESWEEP_DATASET names. Exit code
// 77: there is no GPU, and nothing was tested.
#include <gtest/gtest.h>

#include <cstdio>

#include "host/engine/backends.h"

constexpr int kNothingTested = 77;

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const edgesweep::CudaDevices found = edgesweep::find_cuda_devices({0});
  if (found.usable().empty()) {
    std::fprintf(stderr, "no GPU: %s\n", found.why_none.c_str());
    return kNothingTested;
  }
  std::printf("on %s\n", found.devices.front().limits.name.c_str());
  return RUN_ALL_TESTS();
}
