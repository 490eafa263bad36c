#pragma once
// The sanitizers' interfaces, present only in programs built with them. The emulation itself is
// compiled without: what it does between threads is not the kernels' business.

#include <cstddef>

#define CUDA_EMULATION_WEAK extern "C" __attribute__((weak))

CUDA_EMULATION_WEAK void* __tsan_get_current_fiber();
CUDA_EMULATION_WEAK void* __tsan_create_fiber(unsigned flags);
CUDA_EMULATION_WEAK void __tsan_destroy_fiber(void* fiber);
CUDA_EMULATION_WEAK void __tsan_switch_to_fiber(void* fiber, unsigned flags);
CUDA_EMULATION_WEAK void __tsan_set_fiber_name(void* fiber, const char* name);
CUDA_EMULATION_WEAK void __tsan_acquire(void* address);
CUDA_EMULATION_WEAK void __tsan_release(void* address);
CUDA_EMULATION_WEAK void __sanitizer_start_switch_fiber(void** save, const void* bottom,
                                                        size_t size);
CUDA_EMULATION_WEAK void __sanitizer_finish_switch_fiber(void* saved, const void** bottom,
                                                         size_t* size);
CUDA_EMULATION_WEAK void __asan_poison_memory_region(const volatile void* address, size_t size);
CUDA_EMULATION_WEAK void __asan_unpoison_memory_region(const volatile void* address, size_t size);

#undef CUDA_EMULATION_WEAK

namespace cuda_emulation {

inline bool under_thread_sanitizer() { return __tsan_create_fiber != nullptr; }
inline bool under_address_sanitizer() { return __asan_poison_memory_region != nullptr; }

/// Everything before release(tag) happens before what follows a later acquire(tag).
inline void release(void* tag) {
  if (under_thread_sanitizer()) __tsan_release(tag);
}
inline void acquire(void* tag) {
  if (under_thread_sanitizer()) __tsan_acquire(tag);
}

/// Makes AddressSanitizer report every access to these bytes, or none.
inline void forbid(const void* address, size_t bytes) {
  if (under_address_sanitizer()) __asan_poison_memory_region(address, bytes);
}
inline void allow(const void* address, size_t bytes) {
  if (under_address_sanitizer()) __asan_unpoison_memory_region(address, bytes);
}

}  // namespace cuda_emulation
