// cudaMalloc and its relatives.
#include <new>

#include "device_memory.h"
#include "fault_handler.h"
#include "machine.h"
#include "text.h"

namespace cuda_emulation {
namespace {

constexpr size_t kPinnedAlignment = 256;

cudaError_t allocate(Device& device, void** pointer, size_t bytes) {
  if (pointer == nullptr) return cudaErrorInvalidValue;
  install_fault_handler();
  if (device.allocations_until_failure > 0 && --device.allocations_until_failure == 0)
    return device.refuse(cudaErrorMemoryAllocation, "failure ordered by fail_allocation()");
  *pointer = nullptr;
  if (bytes == 0) return cudaSuccess;
  const size_t free_bytes = device.free_memory();
  if (bytes > free_bytes)
    return device.refuse(cudaErrorMemoryAllocation,
                         format("%zu bytes wanted, %zu free", bytes, free_bytes));
  try {
    *pointer = allocate_memory(bytes, device.number, device.limits.allocation_alignment,
                               settings().poison);
  } catch (const std::bad_alloc&) {
    return device.refuse(cudaErrorMemoryAllocation, "the emulating machine is out of memory");
  }
  if (settings().protect_device_memory) close_new_block(*pointer);
  Counters& counters = device.counters;
  ++counters.allocations;
  counters.bytes_in_use += bytes;
  counters.most_bytes_in_use = std::max(counters.most_bytes_in_use, counters.bytes_in_use);
  return cudaSuccess;
}

cudaError_t free_device(Device& device, void* pointer) {
  size_t bytes = 0;
  switch (release_memory(pointer, device.number, &bytes)) {
    case Release::kDone:
      device.counters.bytes_in_use -= bytes;
      return cudaSuccess;
    case Release::kAlreadyFreed:
      return device.refuse(cudaErrorInvalidValue,
                           "freed twice: " + describe_device_address(pointer));
    case Release::kUnknown:
      break;
  }
  return device.refuse(cudaErrorInvalidValue, format("%p is not what cudaMalloc gave", pointer));
}

/// The device whose memory the pointer is; nullptr: none.
Device* owner_of(const void* pointer) {
  const Allocation block = find_allocation(pointer);
  return block.bytes == 0 || block.device == kPinnedHost ? nullptr : device_at(block.device);
}

}  // namespace
}  // namespace cuda_emulation

using namespace cuda_emulation;

cudaError_t cudaMalloc(void** pointer, size_t bytes) {
  return with_device([&](Device& device) {
    if (const cudaError_t error = forbidden_while_capturing(device)) return error;
    return allocate(device, pointer, bytes);
  });
}

// A lost device still gives its memory back, so that leak checks mean something after a failure.
cudaError_t cudaFree(void* pointer) {
  if (pointer == nullptr) return with_device([](Device&) { return cudaSuccess; });
  if (Device* const owner = owner_of(pointer)) {
    std::lock_guard guard(owner->mutex);
    if (const cudaError_t error = forbidden_while_capturing(*owner)) return note(error);
    owner->wait_for_everything();
    const cudaError_t error = free_device(*owner, pointer);
    return note(owner->failed != cudaSuccess ? owner->failed : error);
  }
  return with_device([&](Device& device) { return free_device(device, pointer); });
}

cudaError_t cudaMallocAsync(void** pointer, size_t bytes, cudaStream_t stream) {
  return with_stream(stream, [&](Device& device, CUstream_st& queue) {
    if (queue.capture != nullptr)
      return device.refuse(cudaErrorNotSupported, "cudaMallocAsync in a graph is not emulated");
    return allocate(device, pointer, bytes);
  });
}

cudaError_t cudaFreeAsync(void* pointer, cudaStream_t stream) {
  return with_stream(stream, [&](Device& device, CUstream_st& queue) {
    if (queue.capture != nullptr)
      return device.refuse(cudaErrorNotSupported, "cudaFreeAsync in a graph is not emulated");
    if (owner_of(pointer) != &device) return free_device(device, pointer);
    return device.queue(queue, [&device, pointer] { free_device(device, pointer); });
  });
}

cudaError_t cudaMallocHost(void** pointer, size_t bytes, unsigned int) {
  return with_device([&](Device& device) {
    if (pointer == nullptr) return cudaErrorInvalidValue;
    if (const cudaError_t error = forbidden_while_capturing(device)) return error;
    install_fault_handler();
    *pointer = nullptr;
    if (bytes == 0) return cudaSuccess;
    try {
      *pointer = allocate_memory(bytes, kPinnedHost, kPinnedAlignment, settings().poison);
    } catch (const std::bad_alloc&) {
      return cudaErrorMemoryAllocation;
    }
    return cudaSuccess;
  });
}

cudaError_t cudaFreeHost(void* pointer) {
  if (pointer == nullptr) return cudaSuccess;
  for (int number = 0; number < device_count(); ++number) {
    std::lock_guard guard(device_at(number)->mutex);
    device_at(number)->wait_for_everything();
  }
  size_t bytes = 0;
  if (release_memory(pointer, kPinnedHost, &bytes) == Release::kDone) return cudaSuccess;
  return with_device([&](Device& device) {
    return device.refuse(cudaErrorInvalidValue,
                         format("%p is not what cudaMallocHost gave, or freed twice", pointer));
  });
}

cudaError_t cudaMemGetInfo(size_t* free_bytes, size_t* total_bytes) {
  return with_device([&](Device& device) {
    *total_bytes = device.limits.memory_bytes;
    *free_bytes = device.free_memory();
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceReset() {
  return with_device([](Device& device) {
    if (const cudaError_t error = forbidden_while_capturing(device)) return error;
    device.wait_for_everything();
    for (const Allocation& block : live_memory())
      if (block.device == device.number) free_device(device, block.data);
    return device.failed;
  });
}
