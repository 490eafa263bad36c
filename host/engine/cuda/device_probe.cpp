#include "host/engine/cuda/device_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "host/engine/backends.h"
#include "host/engine/cuda/cuda_check.h"
#include "host/engine/plan/device_plan.h"
#include "host/text.h"
#include "kernels/fleet.h"
#include "kernels/simulate.h"
#include "kernels/train.h"

namespace edgesweep {
namespace {

constexpr int32_t kMostCameras = 64;  ///< configs/schema.json
static_assert(fleet_shared_bytes(kMostCameras) <= kLeastSharedPerBlock);

int attribute(cudaDeviceAttr name, int device) {
  int value = 0;
  check_cuda(cudaDeviceGetAttribute(&value, name, device), "cudaDeviceGetAttribute");
  return value;
}

/// What the runtime says to a device that it has nothing to execute on for.
std::string text_of(cudaError_t error, const DeviceLimits& limits) {
  if (error == cudaErrorNoKernelImageForDevice || error == cudaErrorInvalidDeviceFunction)
    return fmt::format(
        "this program has no kernels for compute capability {}; a build with "
        "-DCMAKE_CUDA_ARCHITECTURES={}{} has them if nvcc knows it",
        limits.compute_capability(), limits.major, limits.minor);
  return cudaGetErrorString(error);
}

/// Free memory of the device, and whether kernels of the program can be loaded there with the
/// least shared memory that they ask for.
cudaError_t probe(int device, int64_t& free_memory) {
  if (const cudaError_t error = cudaSetDevice(device); error != cudaSuccess) return error;
  size_t free_bytes = 0;
  size_t total_bytes = 0;
  if (const cudaError_t error = cudaMemGetInfo(&free_bytes, &total_bytes); error != cudaSuccess)
    return error;
  free_memory = static_cast<int64_t>(free_bytes);
  constexpr size_t kStagingBytes = sizeof(float) * kStagingFloats;
  const cudaError_t error = allow_training_shared(kStagingBytes, kStagingBytes);
  return error != cudaSuccess ? error : allow_simulation_shared(kStagingBytes);
}

CudaDevice found_device(int number) {
  CudaDevice device{number, limits_of(number), 0, ""};
  if (device.limits.shared_per_block < kLeastSharedPerBlock) {
    device.why_left_out =
        fmt::format("a block may have {} of shared memory, and the kernels need {}",
                    with_prefix(static_cast<double>(device.limits.shared_per_block), "B"),
                    with_prefix(static_cast<double>(kLeastSharedPerBlock), "B"));
    return device;
  }
  if (const cudaError_t error = probe(number, device.free_memory); error != cudaSuccess) {
    cudaGetLastError();  // an error that does not stay is not reported a second time
    device.why_left_out = text_of(error, device.limits);
    cudaDeviceReset();  // gives back what the attempt took; of a device that does not work
  }
  return device;
}

}  // namespace

DeviceLimits limits_of(int device) {
  cudaDeviceProp properties;
  check_cuda(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  DeviceLimits limits;
  limits.name = properties.name;
  limits.multiprocessors = properties.multiProcessorCount;
  limits.shared_per_block = static_cast<int64_t>(properties.sharedMemPerBlockOptin);
  limits.shared_per_multiprocessor = static_cast<int64_t>(properties.sharedMemPerMultiprocessor);
  limits.shared_reserved_per_block = static_cast<int64_t>(properties.reservedSharedMemPerBlock);
  limits.registers_per_multiprocessor = properties.regsPerMultiprocessor;
  limits.memory = static_cast<int64_t>(properties.totalGlobalMem);
  limits.l2 = properties.l2CacheSize;
  limits.single_precision_lanes = single_precision_lanes(properties.major, properties.minor);
  limits.clock_hertz = 1e3 * attribute(cudaDevAttrClockRate, device);
  // Two transfers a clock on a bus of so many bits.
  limits.memory_bytes_per_second = 2e3 * attribute(cudaDevAttrMemoryClockRate, device) *
                                   attribute(cudaDevAttrGlobalMemoryBusWidth, device) / 8;
  limits.major = properties.major;
  limits.minor = properties.minor;
  return limits;
}

CudaDevices find_cuda_devices(const std::vector<int>& numbers) {
  CudaDevices found;
  const cudaError_t error = cudaGetDeviceCount(&found.count);  // stays 0 when the call fails
  if (error != cudaSuccess) {
    cudaGetLastError();
    found.why_none = error == cudaErrorInsufficientDriver ? "no NVIDIA driver, or an older one"
                                                          : cudaGetErrorString(error);
    return found;
  }
  std::vector<int> asked = numbers;
  if (asked.empty()) {
    asked.resize(static_cast<size_t>(found.count));
    std::iota(asked.begin(), asked.end(), 0);
  }
  for (const int number : asked)
    if (number < found.count) found.devices.push_back(found_device(number));
  if (found.count == 0) found.why_none = "no CUDA device";
  for (const CudaDevice& device : found.devices)
    if (!device.can_run())
      found.why_none +=
          (found.why_none.empty() ? "" : "; ") +
          fmt::format("GPU {}, {}: {}", device.number, device.limits.name, device.why_left_out);
  if (!found.usable().empty()) found.why_none.clear();
  return found;
}

}  // namespace edgesweep
