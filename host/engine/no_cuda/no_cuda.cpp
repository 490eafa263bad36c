#include "host/engine/backends.h"
#include "host/engine/run/fallback_backend.h"

namespace edgesweep {

CudaDevices find_cuda_devices(const std::vector<int>&) {
  return {0, {}, "this build has no CUDA backend (no nvcc)"};
}

// NOLINTNEXTLINE(performance-unnecessary-value-param)
std::unique_ptr<Backend> make_cuda_backend(int, Notice, double, const std::vector<int>&) {
  throw DeviceError(find_cuda_devices().why_none, false);
}

}  // namespace edgesweep
