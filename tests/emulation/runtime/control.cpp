// The part of emulated/control.h that asks and instructs devices.
#include "emulated/control.h"

#include <algorithm>
#include <stdexcept>

#include "device_memory.h"
#include "machine.h"
#include "pages.h"
#include "text.h"

namespace cuda_emulation {
namespace {

Device& existing_device(int number) {
  Device* const device = device_at(number);
  if (device == nullptr) throw std::invalid_argument(format("no emulated device %d", number));
  return *device;
}

}  // namespace

std::string last_failure(int device) {
  std::lock_guard guard(existing_device(device).mutex);
  return existing_device(device).first_failure;
}

size_t live_allocations() { return live_memory().size(); }

std::string describe_live_allocations() {
  std::string lines;
  for (const Allocation& block : live_memory())
    lines += format("allocation %zu: %zu bytes, ", block.number, block.bytes) +
             (block.device == kPinnedHost ? "pinned host memory\n"
                                          : format("device %d\n", block.device));
  return lines;
}

size_t never_written(const void* pointer, size_t bytes) {
  const Allocation block = find_allocation(pointer);
  if (block.bytes == 0) throw std::invalid_argument("not the emulation's memory");
  if (block.device == kPinnedHost)
    return count_poison(static_cast<const char*>(pointer), bytes, settings().poison, nullptr);
  Device& device = existing_device(block.device);
  std::lock_guard guard(device.mutex);
  size_t words = 0;
  device.with_open_memory([&] {
    words = count_poison(static_cast<const char*>(pointer), bytes, settings().poison, nullptr);
  });
  return words;
}

void fail_allocation(int device, int nth) {
  std::lock_guard guard(existing_device(device).mutex);
  existing_device(device).allocations_until_failure = nth;
}

void fail_launch(int device, int nth) {
  std::lock_guard guard(existing_device(device).mutex);
  existing_device(device).kernels_until_failure = nth;
}

void lose_device(int device, int launches) {
  std::lock_guard guard(existing_device(device).mutex);
  existing_device(device).kernels_until_loss = launches;
}

void lose_device_at_call(int device, int nth) {
  std::lock_guard guard(existing_device(device).mutex);
  existing_device(device).calls_until_loss = nth;
}

void take_memory(int device, size_t bytes) {
  Device& taken_from = existing_device(device);
  std::lock_guard guard(taken_from.mutex);
  taken_from.memory_taken = 0;
  taken_from.memory_taken = std::min(bytes, taken_from.free_memory());
}

Counters counters(int device) {
  std::lock_guard guard(existing_device(device).mutex);
  return existing_device(device).counters;
}

void set_kernel_registers(const void* kernel, int registers) {
  for (int number = 0; number < device_count(); ++number) {
    std::lock_guard guard(existing_device(number).mutex);
    existing_device(number).kernels[kernel].registers = registers;
  }
}

}  // namespace cuda_emulation
