// What a launch is checked for before anything executes, as the CUDA runtime does.
#include "emulated/kernel_launch.h"

#include <sys/mman.h>

#include "device_memory.h"
#include "kernel_execution.h"
#include "machine.h"
#include "pages.h"
#include "text.h"

/// Null without AddressSanitizer, which the program may have though this file is built without.
extern "C" __attribute__((weak)) void __asan_get_shadow_mapping(size_t* scale, size_t* offset);

namespace cuda_emulation {
namespace {

constexpr unsigned kMostThreadsPerBlock = 1024;
constexpr unsigned kMostBlockDepth = 64;
constexpr size_t kRegistersPerBlock = 65536;
constexpr unsigned kMostGridWidth = 2147483647;
constexpr unsigned kMostGridHeight = 65535;

bool valid_shape(dim3 grid, dim3 block) {
  const size_t threads = size_t{block.x} * block.y * block.z;
  const size_t blocks = size_t{grid.x} * grid.y * grid.z;
  return threads > 0 && block.x <= kMostThreadsPerBlock && block.y <= kMostThreadsPerBlock &&
         block.z <= kMostBlockDepth && threads <= kMostThreadsPerBlock && blocks > 0 &&
         grid.x <= kMostGridWidth && grid.y <= kMostGridHeight && grid.z <= kMostGridHeight;
}

std::string shape_text(const KernelLaunch& launch) {
  return format("kernel %s with grid ", function_text(launch.kernel).c_str()) +
         index_text(launch.grid) + ", block " + index_text(launch.block) +
         format(" and %zu bytes of dynamic shared memory", launch.dynamic_shared_bytes);
}

size_t most_dynamic_shared(Device& device, const KernelLaunch& launch) {
  const auto allowed = static_cast<size_t>(device.kernels[launch.kernel].most_dynamic_shared);
  return std::max(allowed, device.limits.shared_per_block);
}

bool enough_registers(Device& device, const KernelLaunch& launch) {
  const size_t threads = size_t{launch.block.x} * launch.block.y * launch.block.z;
  const auto registers = static_cast<size_t>(device.kernels[launch.kernel].registers);
  return round_up(threads, 32) * registers <= kRegistersPerBlock;
}

/// AddressSanitizer maps a shadow of all memory at addresses that two small numbers side by side
/// look like. Nothing of the program lies there.
bool is_shadow(uintptr_t address) {
  if (__asan_get_shadow_mapping == nullptr) return false;
  size_t scale = 0, offset = 0;
  __asan_get_shadow_mapping(&scale, &offset);
  return address >= offset && address < offset + (uintptr_t{1} << (47 - scale));
}

bool is_mapped(uintptr_t address) {
  return !is_shadow(address) &&
         msync(reinterpret_cast<void*>(address / kPage * kPage), kPage, MS_ASYNC) == 0;
}

}  // namespace

// Argument bytes that look like an address of this program but belong to no block that the device
// can reach. Numbers are practically never addresses of mapped pages.
std::string find_host_argument(const Device& device, const KernelLaunch& launch) {
  for (size_t argument = 0; argument < launch.arguments.size(); ++argument) {
    for (const uintptr_t word : launch.arguments[argument]) {
      if (word < kPage || !is_mapped(word)) continue;
      const Allocation block = find_allocation(reinterpret_cast<const void*>(word));
      if (block.bytes != 0 && (block.device == device.number || block.device == kPinnedHost))
        continue;
      const std::string near = describe_device_address(reinterpret_cast<const void*>(word));
      if (near.find(" past the end of ") != std::string::npos) continue;  // an end is no access
      return format("argument %zu is or contains the address %p of ", argument,
                    reinterpret_cast<void*>(word)) +
             (near.empty() ? "host memory" : near);
    }
  }
  return "";
}

cudaError_t queue_launch(KernelLaunch launch, cudaStream_t stream) {
  return with_stream(stream, [&](Device& device, CUstream_st& queue) {
    if (const cudaError_t error = device.find_image(launch.kernel)) return error;
    if (!valid_shape(launch.grid, launch.block))
      return device.refuse(cudaErrorInvalidConfiguration, shape_text(launch));
    if (!enough_registers(device, launch))
      return device.refuse(cudaErrorLaunchOutOfResources, shape_text(launch));
    if (launch.dynamic_shared_bytes > most_dynamic_shared(device, launch))
      return device.refuse(cudaErrorInvalidValue,
                           shape_text(launch) + ", more than the limit or than " +
                               "cudaFuncAttributeMaxDynamicSharedMemorySize allows");
    if (settings().check_arguments) {
      const std::string problem = find_host_argument(device, launch);
      if (!problem.empty())
        return device.refuse(cudaErrorInvalidValue, shape_text(launch) + ": " + problem);
    }
    return device.queue(queue,
                        [&device, launch = std::move(launch)] { execute_kernel(device, launch); });
  });
}

}  // namespace cuda_emulation
