#include "pages.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace cuda_emulation {
namespace {

char pattern_byte(const char* address, uint32_t pattern) {
  return static_cast<char>(pattern >> 8 * (reinterpret_cast<uintptr_t>(address) % 4));
}

const char* next_word(const char* address) {
  return address + (4 - reinterpret_cast<uintptr_t>(address) % 4) % 4;
}

void protect(char* pages, size_t bytes, int protection) {
  if (bytes > 0 && mprotect(pages, bytes, protection) != 0) std::abort();
}

}  // namespace

char* reserve_pages(size_t bytes) {
  void* pages = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return static_cast<char*>(pages);
}

void release_pages(char* pages, size_t bytes) { munmap(pages, bytes); }

void open_pages(char* pages, size_t bytes) { protect(pages, bytes, PROT_READ | PROT_WRITE); }

void close_pages(char* pages, size_t bytes) { protect(pages, bytes, PROT_NONE); }

void discard_pages(char* pages, size_t bytes) {
  madvise(pages, bytes, MADV_DONTNEED);
  protect(pages, bytes, PROT_NONE);
}

// Not memset: ThreadSanitizer would see it and take it for the kernel's.
void fill_poison(char* memory, size_t bytes, uint32_t pattern) {
  char* const end = memory + bytes;
  for (; memory < end && reinterpret_cast<uintptr_t>(memory) % 4 != 0; ++memory)
    *memory = pattern_byte(memory, pattern);
  for (; memory + 4 <= end; memory += 4) *reinterpret_cast<uint32_t*>(memory) = pattern;
  for (; memory < end; ++memory) *memory = pattern_byte(memory, pattern);
}

const char* find_change(const char* memory, size_t bytes, uint32_t pattern) {
  for (const char* end = memory + bytes; memory < end; ++memory)
    if (*memory != pattern_byte(memory, pattern)) return memory;
  return nullptr;
}

size_t count_poison(const char* memory, size_t bytes, uint32_t pattern, const char** first) {
  const char* const end = memory + bytes;
  size_t count = 0;
  for (const char* word = next_word(memory); word + 4 <= end; word += 4) {
    if (*reinterpret_cast<const uint32_t*>(word) != pattern) continue;
    if (count++ == 0 && first != nullptr) *first = word;
  }
  return count;
}

}  // namespace cuda_emulation
