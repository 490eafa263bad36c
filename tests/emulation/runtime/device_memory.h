#pragma once
// Every block of device memory and of pinned host memory, with pages that fault around it, and
// freed ones for a while, so that late accesses fault too.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cuda_emulation {

inline constexpr int kPinnedHost = -1;  ///< in place of a device number

/// One block, as a copy: blocks come and go.
struct Allocation {
  char* data = nullptr;
  size_t bytes = 0;
  int device = 0;     ///< or kPinnedHost
  size_t number = 0;  ///< counted from 1 since the last reset
  bool freed = false;
  char* pages = nullptr;  ///< first open page
  size_t open_bytes = 0;
};

/// A poisoned block, aligned to `alignment` (a power of two up to a page). bytes > 0. Throws
/// std::bad_alloc when the machine itself has no memory left.
void* allocate_memory(size_t bytes, int device, size_t alignment, uint32_t poison);

enum class Release { kDone, kUnknown, kAlreadyFreed };
/// Frees the block that begins at `pointer`. freed_bytes gets its size.
Release release_memory(void* pointer, int device, size_t* freed_bytes);
/// Frees everything and forgets the blocks freed earlier.
void release_all_memory();

/// The live block that contains `address`; bytes = 0 if there is none.
Allocation find_allocation(const void* address);
std::vector<Allocation> live_memory();

/// "4 bytes past the end of allocation 3 (1024 bytes, device 0)", or "" if no block, live or freed,
/// is near the address. Safe in a signal handler.
std::string describe_device_address(const void* address);
/// What has been written just outside a block of the device, or "".
std::string find_memory_overrun(int device, uint32_t poison);

/// Closes a block that allocate_memory() has just returned to every access, if it is as small.
void close_new_block(const void* pointer);
/// Opens or closes the live blocks of a device, up to 1 MiB each, to every access.
void open_device_memory(int device);
void close_device_memory(int device);

}  // namespace cuda_emulation
