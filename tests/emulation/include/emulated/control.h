#pragma once
// What tests may ask of the emulation and set in it. Nothing here exists in CUDA.
//
// Settings come from the environment when the program starts and after reset():
//   CUDA_EMULATION_SEED      thread, block and stream order; 0 (default): ascending
//   CUDA_EMULATION_THREADS   host threads that share the blocks of a launch; 1 by default
//   CUDA_EMULATION_DEVICE    profiles: h100 (default), a100, rtx4090, v100, t4
//   CUDA_EMULATION_DEVICES   number of devices; by default as many as profiles; "none": no driver
//   CUDA_EMULATION_MEMORY    bytes of memory, instead of the profile's
//   CUDA_EMULATION_TAKEN     bytes of it that other processes hold, 0 by default
//   CUDA_EMULATION_SHARED    bytes of shared memory that a block may ask for, not the profile's
//   CUDA_EMULATION_IMAGES    0: the program has no kernel image for the device; 1 by default
//   CUDA_EMULATION_POISON    pattern of memory never written, 0x7fff7fff by default
//   CUDA_EMULATION_FAULT     allocation:N, launch:N, lost:N or call:N, with @DEVICE; commas between
// DEVICE, MEMORY, TAKEN, SHARED and IMAGES are lists with commas, one entry a device; with more
// devices they begin again. An empty entry is the default.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "emulated/runtime_api.h"

namespace cuda_emulation {

/// The limits of one device, as published.
struct VirtualDevice {
  std::string name;
  int major = 0;
  int minor = 0;
  int multiprocessors = 0;
  size_t memory_bytes = 0;
  size_t memory_taken = 0;  ///< by other processes, see take_memory()
  size_t l2_bytes = 0;
  size_t shared_per_multiprocessor = 0;
  size_t shared_per_block_optin = 0;
  size_t shared_per_block = 48 * 1024;
  size_t shared_reserved_per_block = 1024;
  int threads_per_multiprocessor = 2048;
  int blocks_per_multiprocessor = 32;
  int registers_per_multiprocessor = 65536;
  int clock_kilohertz = 0;
  int memory_clock_kilohertz = 0;
  int memory_bus_bits = 0;
  /// False: every use of a kernel is refused with cudaErrorNoKernelImageForDevice.
  bool has_kernel_images = true;
  /// cudaMalloc's alignment is 256 bytes; with 16, a guard page follows nearer to the last byte.
  size_t allocation_alignment = 256;
};

/// "h100" (SXM, 80 GB), "a100" (SXM, 80 GB), "rtx4090", "v100" (SXM2, 16 GB) or "t4". Throws
/// std::invalid_argument for others.
VirtualDevice device_profile(const std::string& name);

struct Settings {
  uint64_t seed = 0;
  int threads = 1;
  uint32_t poison = 0x7fff7fffu;
  /// Host code that dereferences device memory faults, as on a machine with a GPU; in blocks up to
  /// 1 MiB.
  bool protect_device_memory = true;
  /// A copy to the host of a word never written is an error.
  bool check_copies = true;
  /// A launch with a host address among its arguments is an error.
  bool check_arguments = true;
  /// Failures are also written to stderr.
  bool print_failures = true;
};

/// Frees everything, mends lost devices and takes settings and devices from the environment again.
void reset();
/// Like reset(), with these devices; empty: no device.
void reset(const std::vector<VirtualDevice>& devices);
/// Like reset(), on a machine without a driver.
void reset_without_driver();

/// To be changed only while no work is queued.
Settings& settings();

/// What went wrong first on `device` since reset(): kernel, block, thread, place. Empty: nothing.
std::string last_failure(int device = 0);

/// cudaMalloc and cudaMallocHost blocks not yet freed, on all devices; for leak checks.
size_t live_allocations();
/// Streams, events, graphs and cuBLAS handles not yet destroyed.
size_t live_handles();
/// One line for each live allocation.
std::string describe_live_allocations();

/// Words of device memory that still hold the poison of memory never written.
size_t never_written(const void* pointer, size_t bytes);

// Faults to come, counted from the call: 1 is the very next.

/// cudaMalloc and cudaMallocAsync number `nth` returns cudaErrorMemoryAllocation.
void fail_allocation(int device, int nth);
/// Kernel number `nth` to execute fails with cudaErrorLaunchFailure, which stays, as on a device.
void fail_launch(int device, int nth);
/// After `launches` more kernels every call returns cudaErrorDevicesUnavailable.
void lose_device(int device, int launches);
/// Call number `nth` that does something on the device, and every call after it, returns
/// cudaErrorDevicesUnavailable. cudaFree still frees.
void lose_device_at_call(int device, int nth);

/// From now on other processes hold so many bytes of the device's memory, or what is free if that
/// is less.
void take_memory(int device, size_t bytes);

/// What a device has done since reset().
struct Counters {
  size_t calls = 0;  ///< as lose_device_at_call() counts them
  size_t kernels = 0;
  size_t blocks = 0;
  size_t barriers = 0;
  size_t allocations = 0;
  size_t bytes_in_use = 0;
  size_t most_bytes_in_use = 0;
  size_t bytes_copied = 0;
};
Counters counters(int device = 0);

/// Registers per thread of a kernel, 32 otherwise: occupancy and the largest block follow from
/// them.
void set_kernel_registers(const void* kernel, int registers);

}  // namespace cuda_emulation
