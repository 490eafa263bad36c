#include "device.h"

#include <algorithm>
#include <cstdio>

#include "emulated/control.h"
#include "text.h"

namespace cuda_emulation {

Device::Device(int number_of_device, const VirtualDevice& device_limits)
    : number(number_of_device),
      limits(device_limits),
      memory_taken(std::min(device_limits.memory_taken, device_limits.memory_bytes)) {
  add_stream(true)->is_default = true;
}

Device::~Device() {
  // Operations hold streams that they wait for: break the circle.
  for (const auto& stream : streams_) stream->operations.clear();
}

cudaError_t Device::begin_call() {
  ++counters.calls;
  if (failed == cudaSuccess && calls_until_loss > 0 && --calls_until_loss == 0)
    fail(cudaErrorDevicesUnavailable, "the device is lost, ordered by lose_device_at_call()");
  return failed;
}

cudaError_t Device::find_image(const void* kernel) {
  if (limits.has_kernel_images) return cudaSuccess;
  return refuse(cudaErrorNoKernelImageForDevice,
                format("kernel %s for compute capability %d.%d", function_text(kernel).c_str(),
                       limits.major, limits.minor));
}

void Device::fail(cudaError_t error, const std::string& message) {
  refuse(error, message);
  failed = error;
}

cudaError_t Device::refuse(cudaError_t error, const std::string& message) {
  if (first_failure.empty()) first_failure = message;
  if (settings().print_failures)
    std::fprintf(stderr, "emulated device %d: %s: %s\n", number, cudaGetErrorName(error),
                 message.c_str());
  return error;
}

}  // namespace cuda_emulation
