// Devices, their properties and the attributes of kernels.
#include <algorithm>
#include <cstring>

#include "machine.h"
#include "text.h"

namespace cuda_emulation {
namespace {

constexpr int kVersion = 13000;

cudaError_t find_device(int number, Device** device) {
  if (const cudaError_t error = machine_state()) return error;
  *device = device_at(number);
  return *device == nullptr ? cudaErrorInvalidDevice : cudaSuccess;
}

cudaDeviceProp properties_of(const Device& device) {
  const VirtualDevice& limits = device.limits;
  cudaDeviceProp properties{};
  std::strncpy(properties.name, limits.name.c_str(), sizeof properties.name - 1);
  properties.totalGlobalMem = limits.memory_bytes;
  properties.sharedMemPerBlock = limits.shared_per_block;
  properties.regsPerBlock = 65536;
  properties.warpSize = 32;
  properties.maxThreadsPerBlock = 1024;
  const int most_threads[] = {1024, 1024, 64};
  const int most_blocks[] = {2147483647, 65535, 65535};
  std::copy_n(most_threads, 3, properties.maxThreadsDim);
  std::copy_n(most_blocks, 3, properties.maxGridSize);
  properties.totalConstMem = 65536;
  properties.major = limits.major;
  properties.minor = limits.minor;
  properties.multiProcessorCount = limits.multiprocessors;
  properties.concurrentKernels = 1;
  properties.pciBusID = device.number + 1;
  properties.asyncEngineCount = 2;
  properties.unifiedAddressing = 1;
  properties.memoryBusWidth = limits.memory_bus_bits;
  properties.l2CacheSize = static_cast<int>(limits.l2_bytes);
  properties.maxThreadsPerMultiProcessor = limits.threads_per_multiprocessor;
  properties.sharedMemPerMultiprocessor = limits.shared_per_multiprocessor;
  properties.regsPerMultiprocessor = limits.registers_per_multiprocessor;
  properties.sharedMemPerBlockOptin = limits.shared_per_block_optin;
  properties.maxBlocksPerMultiProcessor = limits.blocks_per_multiprocessor;
  properties.reservedSharedMemPerBlock = limits.shared_reserved_per_block;
  return properties;
}

cudaError_t attribute_of(const VirtualDevice& limits, cudaDeviceAttr attribute, size_t* value) {
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
      return *value = 1024, cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      return *value = limits.shared_per_block, cudaSuccess;
    case cudaDevAttrWarpSize:
      return *value = 32, cudaSuccess;
    case cudaDevAttrMaxRegistersPerBlock:
      return *value = 65536, cudaSuccess;
    case cudaDevAttrClockRate:
      return *value = static_cast<size_t>(limits.clock_kilohertz), cudaSuccess;
    case cudaDevAttrMultiProcessorCount:
      return *value = static_cast<size_t>(limits.multiprocessors), cudaSuccess;
    case cudaDevAttrMemoryClockRate:
      return *value = static_cast<size_t>(limits.memory_clock_kilohertz), cudaSuccess;
    case cudaDevAttrGlobalMemoryBusWidth:
      return *value = static_cast<size_t>(limits.memory_bus_bits), cudaSuccess;
    case cudaDevAttrL2CacheSize:
      return *value = limits.l2_bytes, cudaSuccess;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      return *value = static_cast<size_t>(limits.threads_per_multiprocessor), cudaSuccess;
    case cudaDevAttrComputeCapabilityMajor:
      return *value = static_cast<size_t>(limits.major), cudaSuccess;
    case cudaDevAttrComputeCapabilityMinor:
      return *value = static_cast<size_t>(limits.minor), cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      return *value = limits.shared_per_multiprocessor, cudaSuccess;
    case cudaDevAttrMaxRegistersPerMultiprocessor:
      return *value = static_cast<size_t>(limits.registers_per_multiprocessor), cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      return *value = limits.shared_per_block_optin, cudaSuccess;
    case cudaDevAttrMaxBlocksPerMultiprocessor:
      return *value = static_cast<size_t>(limits.blocks_per_multiprocessor), cudaSuccess;
    case cudaDevAttrReservedSharedMemoryPerBlock:
      return *value = limits.shared_reserved_per_block, cudaSuccess;
  }
  return cudaErrorInvalidValue;
}

/// Blocks of one kernel that a multiprocessor can hold, by each of its resources.
size_t resident_blocks(const VirtualDevice& limits, const KernelState& kernel, size_t threads,
                       size_t dynamic_shared) {
  const size_t warps = (threads + 31) / 32;
  const size_t shared = kernel.static_shared + dynamic_shared + limits.shared_reserved_per_block;
  // Registers are given to warps in units of 256.
  const size_t registers = warps * ((static_cast<size_t>(kernel.registers) * 32 + 255) / 256 * 256);
  return std::min({static_cast<size_t>(limits.blocks_per_multiprocessor),
                   static_cast<size_t>(limits.threads_per_multiprocessor) / (warps * 32),
                   limits.shared_per_multiprocessor / shared,
                   static_cast<size_t>(limits.registers_per_multiprocessor) / registers});
}

}  // namespace
}  // namespace cuda_emulation

using namespace cuda_emulation;

cudaError_t cudaGetDeviceCount(int* count) {
  const cudaError_t error = machine_state();
  if (error == cudaSuccess) *count = device_count();
  return note(error);
}

cudaError_t cudaSetDevice(int device) {
  Device* found = nullptr;
  const cudaError_t error = find_device(device, &found);
  if (error == cudaSuccess) set_current_device_number(device);
  return note(error);
}

cudaError_t cudaGetDevice(int* device) {
  *device = current_device_number();
  return note(machine_state());
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  Device* found = nullptr;
  const cudaError_t error = find_device(device, &found);
  if (error == cudaSuccess) *properties = properties_of(*found);
  return note(error);
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  Device* found = nullptr;
  if (const cudaError_t error = find_device(device, &found)) return note(error);
  size_t number = 0;
  const cudaError_t error = attribute_of(found->limits, attribute, &number);
  if (error == cudaSuccess) *value = static_cast<int>(number);
  return note(error);
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = machine_state() == cudaErrorInsufficientDriver ? 0 : kVersion;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = kVersion;
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  return with_device([](Device& device) {
    if (const cudaError_t error = forbidden_while_capturing(device)) return error;
    device.wait_for_everything();
    return device.failed;
  });
}

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  return with_device([&](Device& device) {
    if (const cudaError_t error = device.find_image(kernel)) return error;
    if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return cudaSuccess;
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return cudaErrorInvalidValue;
    KernelState& state = device.kernels[kernel];
    const size_t limit = device.limits.shared_per_block_optin;
    if (value < 0 || static_cast<size_t>(value) + state.static_shared > limit)
      return device.refuse(cudaErrorInvalidValue,
                           format("%d bytes of dynamic shared memory for kernel %s; the limit is "
                                  "%zu",
                                  value, function_text(kernel).c_str(), limit));
    state.most_dynamic_shared = value;
    return cudaSuccess;
  });
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* kernel) {
  return with_device([&](Device& device) {
    if (const cudaError_t error = device.find_image(kernel)) return error;
    const KernelState& state = device.kernels[kernel];
    *attributes = {};
    attributes->sharedSizeBytes = state.static_shared;
    attributes->maxThreadsPerBlock = std::min(1024, 65536 / state.registers / 32 * 32);
    attributes->numRegs = state.registers;
    attributes->ptxVersion = device.limits.major * 10 + device.limits.minor;
    attributes->binaryVersion = attributes->ptxVersion;
    attributes->maxDynamicSharedSizeBytes =
        std::max(state.most_dynamic_shared,
                 static_cast<int>(device.limits.shared_per_block - state.static_shared));
    return cudaSuccess;
  });
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void* kernel,
                                                          int block_size,
                                                          size_t dynamic_shared_bytes) {
  return with_device([&](Device& device) {
    if (block_size < 1) return cudaErrorInvalidValue;
    if (const cudaError_t error = device.find_image(kernel)) return error;
    const bool too_large = block_size > 1024;
    *blocks = too_large ? 0
                        : static_cast<int>(resident_blocks(device.limits, device.kernels[kernel],
                                                           static_cast<size_t>(block_size),
                                                           dynamic_shared_bytes));
    return cudaSuccess;
  });
}
