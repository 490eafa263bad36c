#include "context_switch.h"

#include <cstdint>

#if defined(CUDA_EMULATION_HAND_WRITTEN_SWITCH)

// Saves the registers that a call preserves; the rest the caller has saved already. Returns, rather
// than jumps: most switches are from and to the same depth of the same functions, so that the
// processor's prediction of returns stays right.
asm(R"(
  .text
  .p2align 4
  .type cuda_emulation_switch, @function
cuda_emulation_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size cuda_emulation_switch, .-cuda_emulation_switch

  .p2align 4
  .type cuda_emulation_start, @function
cuda_emulation_start:
  movq %r12, %rdi
  call *%r13
  ud2
  .size cuda_emulation_start, .-cuda_emulation_start
)");

extern "C" {
void cuda_emulation_switch(void** save, void* load);
void cuda_emulation_start();
}

namespace cuda_emulation {

void* make_context(char*, void* top, void (*entry)(void*), void* argument) {
  auto* words = static_cast<uintptr_t*>(top);
  *--words = 0;  // keeps the stack aligned to 16 bytes at the call
  *--words = 0;
  *--words = reinterpret_cast<uintptr_t>(&cuda_emulation_start);
  *--words = 0;                                      // rbp: the end of the chain of frames
  *--words = 0;                                      // rbx
  *--words = reinterpret_cast<uintptr_t>(argument);  // r12
  *--words = reinterpret_cast<uintptr_t>(entry);     // r13
  *--words = 0;                                      // r14
  *--words = 0;                                      // r15
  return words;
}

void destroy_context(void*) {}

void switch_context(void** save, void* load) { cuda_emulation_switch(save, load); }

}  // namespace cuda_emulation

#else

#include <ucontext.h>

namespace cuda_emulation {
namespace {

// makecontext passes ints only.
void start(unsigned int entry_high, unsigned int entry_low, unsigned int argument_high,
           unsigned int argument_low) {
  const auto join = [](unsigned int high, unsigned int low) {
    return static_cast<uintptr_t>(static_cast<uint64_t>(high) << 32 | low);
  };
  reinterpret_cast<void (*)(void*)>(join(entry_high, entry_low))(
      reinterpret_cast<void*>(join(argument_high, argument_low)));
}

}  // namespace

void* make_context(char* stack, void* top, void (*entry)(void*), void* argument) {
  auto* context = new ucontext_t;
  getcontext(context);
  context->uc_stack.ss_sp = stack;
  context->uc_stack.ss_size = static_cast<size_t>(static_cast<char*>(top) - stack);
  context->uc_link = nullptr;
  const auto entry_bits = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(entry));
  const auto argument_bits = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(argument));
  makecontext(context, reinterpret_cast<void (*)()>(&start), 4,
              static_cast<unsigned int>(entry_bits >> 32), static_cast<unsigned int>(entry_bits),
              static_cast<unsigned int>(argument_bits >> 32),
              static_cast<unsigned int>(argument_bits));
  return context;
}

void destroy_context(void* context) { delete static_cast<ucontext_t*>(context); }

void switch_context(void** save, void* load) {
  if (*save == nullptr) *save = new ucontext_t;
  swapcontext(static_cast<ucontext_t*>(*save), static_cast<ucontext_t*>(load));
}

}  // namespace cuda_emulation

#endif
