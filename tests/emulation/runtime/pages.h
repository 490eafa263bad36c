#pragma once
// Address space with pages that fault, and the pattern of memory never written.

#include <cstddef>
#include <cstdint>

namespace cuda_emulation {

inline constexpr size_t kPage = 4096;

constexpr size_t round_up(size_t value, size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// Address space of which every access faults until open_pages() is called on a part. Throws
/// std::bad_alloc. bytes: whole pages.
char* reserve_pages(size_t bytes);
void release_pages(char* pages, size_t bytes);
/// Makes pages readable and writable, or faulting again with their contents kept.
void open_pages(char* pages, size_t bytes);
void close_pages(char* pages, size_t bytes);
/// Makes pages faulting and gives their memory back to the machine.
void discard_pages(char* pages, size_t bytes);

/// Fills with the 32-bit pattern, in phase with the address, so that every aligned word is the
/// pattern.
void fill_poison(char* memory, size_t bytes, uint32_t pattern);
/// The first byte of the range that is not the pattern's, or nullptr.
const char* find_change(const char* memory, size_t bytes, uint32_t pattern);
/// Aligned words of the range that hold the pattern; first, if not nullptr, gets the first one.
size_t count_poison(const char* memory, size_t bytes, uint32_t pattern, const char** first);

}  // namespace cuda_emulation
