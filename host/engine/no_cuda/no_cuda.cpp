#include "host/engine/cuda_backend.h"
#include "host/engine/device_error.h"

namespace edgesweep {

CudaDevices find_cuda_devices() { return {{}, "this build has no CUDA backend (no nvcc)"}; }

std::unique_ptr<Backend> make_cuda_backend(int, double, Notice, double) {
  throw DeviceError(find_cuda_devices().why_none, false);
}

}  // namespace edgesweep
