#pragma once
// The switch between two stacks. x86-64 has a hand-written one of a few nanoseconds; any other
// processor takes the C library's ucontext (CUDA_EMULATION_UCONTEXT forces that one).

#include <cstddef>

namespace cuda_emulation {

#if defined(__x86_64__) && !defined(CUDA_EMULATION_UCONTEXT)
#define CUDA_EMULATION_HAND_WRITTEN_SWITCH 1
#endif

/// A context whose first activation calls entry(argument) at the top of a stack that ends at `top`,
/// aligned to 16 bytes.
void* make_context(char* stack, void* top, void (*entry)(void*), void* argument);
/// Frees what make_context() took; not the stack. nullptr is allowed.
void destroy_context(void* context);
/// Saves the running context in `save` and activates `load`.
void switch_context(void** save, void* load);

}  // namespace cuda_emulation
