#include "device.h"

#include <cstdio>

#include "emulated/control.h"

namespace cuda_emulation {

Device::Device(int number_of_device, const VirtualDevice& device_limits)
    : number(number_of_device), limits(device_limits) {
  add_stream(true)->is_default = true;
}

Device::~Device() {
  // Operations hold streams that they wait for: break the circle.
  for (const auto& stream : streams_) stream->operations.clear();
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
