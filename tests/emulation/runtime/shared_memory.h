#pragma once
// The shared memory of one block at a time. Every array lies in pages of its own: its end at a page
// that faults, its beginning after a few bytes that are checked when the block has ended.

#include <array>
#include <cstdint>
#include <string>

#include "emulated/device_builtins.h"

namespace cuda_emulation {

class SharedMemory {
 public:
  SharedMemory();
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  /// A new block: dynamic memory of this size, no static array yet, nothing written.
  void start_block(size_t dynamic_bytes, uint32_t poison);

  char* dynamic() const { return dynamic_; }

  /// The array's storage in this block, poisoned at the first request. Called by every thread;
  /// nullptr: this emulation's own space is exhausted.
  void* array(SharedArray& array);

  /// Bytes of the static arrays requested in this block.
  size_t static_bytes() const { return static_bytes_; }

  /// What has been written just outside an array during the block, or "".
  std::string find_overrun() const;
  /// Whose page was hit by an access to `address`, or "" if it is none of this memory's.
  std::string describe(const void* address) const;

 private:
  static constexpr int kMostArrays = 256;

  struct Segment {
    const SharedArray* declaration = nullptr;
    char* data = nullptr;
    char* pages = nullptr;
    uint64_t block = 0;
  };

  void place(Segment& segment, const SharedArray& array);

  char* const space_;
  char* free_pages_;  ///< for further static arrays
  char* dynamic_ = nullptr;
  size_t dynamic_bytes_ = 0;
  size_t dynamic_open_ = 0;  ///< bytes of pages opened in front of the dynamic memory's end
  uint32_t poison_ = 0;
  uint64_t block_ = 0;
  size_t static_bytes_ = 0;
  std::array<Segment, kMostArrays> segments_;
};

}  // namespace cuda_emulation
