#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

namespace edgesweep {

/// std::vector memory on cache lines, which is what the vector kernels load from. Large blocks lie
/// on large pages where the system grants them: an iteration walks through megabytes column by
/// column, and small pages would miss in the translation caches.
template <typename T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr size_t kCacheLine = 64;
  static constexpr size_t kLargePage = size_t{1} << 21;

  CacheLineAllocator() = default;
  template <typename U>
  CacheLineAllocator(const CacheLineAllocator<U>&) {}  // NOLINT(google-explicit-constructor)

  T* allocate(size_t count) {
    const size_t alignment = count * sizeof(T) >= kLargePage ? kLargePage : kCacheLine;
    const size_t bytes = (count * sizeof(T) + alignment - 1) / alignment * alignment;
    void* data = std::aligned_alloc(alignment, bytes);
    if (!data) throw std::bad_alloc();
    if (alignment == kLargePage) madvise(data, bytes, MADV_HUGEPAGE);  // a wish: may be refused
    return static_cast<T*>(data);
  }
  void deallocate(T* data, size_t) { std::free(data); }
  template <typename U>
  bool operator==(const CacheLineAllocator<U>&) const {
    return true;
  }
};

template <typename T>
using AlignedVector = std::vector<T, CacheLineAllocator<T>>;

}  // namespace edgesweep
