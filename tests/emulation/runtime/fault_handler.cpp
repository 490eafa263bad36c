#include "fault_handler.h"

#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "block.h"
#include "device_memory.h"
#include "pages.h"

namespace cuda_emulation {
namespace {

constexpr size_t kSignalStackBytes = 256 * 1024;

struct sigaction previous_handler;

#if defined(__x86_64__)
void* code_address(const ucontext_t& context) {
  return reinterpret_cast<void*>(context.uc_mcontext.gregs[REG_RIP]);
}
bool was_write(const ucontext_t& context) { return (context.uc_mcontext.gregs[REG_ERR] & 2) != 0; }
void continue_at(ucontext_t& context, void (*function)(), void* stack_top) {
  context.uc_mcontext.gregs[REG_RIP] = reinterpret_cast<greg_t>(function);
  // As after a call: 8 bytes below a multiple of 16.
  context.uc_mcontext.gregs[REG_RSP] = reinterpret_cast<greg_t>(stack_top) / 16 * 16 - 8;
}
#elif defined(__aarch64__)
void* code_address(const ucontext_t& context) {
  return reinterpret_cast<void*>(context.uc_mcontext.pc);
}
bool was_write(const ucontext_t&) { return false; }
void continue_at(ucontext_t& context, void (*function)(), void* stack_top) {
  context.uc_mcontext.pc = reinterpret_cast<uintptr_t>(function);
  context.uc_mcontext.sp = reinterpret_cast<uintptr_t>(stack_top) / 16 * 16;
}
#else
#error "the fault handler knows x86-64 and arm64"
#endif

/// Ends in the handler that was there before: the access is tried again without ours.
void pass_on(const void* address) {
  const std::string where = describe_device_address(address);
  if (!where.empty())
    std::fprintf(stderr, "emulation: host code touches device memory: %s\n", where.c_str());
  sigaction(SIGSEGV, &previous_handler, nullptr);
}

void handle_fault(int, siginfo_t* information, void* raw_context) {
  auto& context = *static_cast<ucontext_t*>(raw_context);
  Block* const block = Block::running();
  if (block == nullptr) return pass_on(information->si_addr);
  void* const top =
      block->note_fault(information->si_addr, code_address(context), was_write(context));
  continue_at(context, &Block::give_up_after_fault, top);
}

}  // namespace

void install_fault_handler() {
  static const bool installed = [] {
    struct sigaction action {};
    action.sa_sigaction = &handle_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &previous_handler);
    return true;
  }();
  (void)installed;
}

AlternateSignalStack::AlternateSignalStack() {
  stack_t current{};
  sigaltstack(nullptr, &current);
  if ((current.ss_flags & SS_DISABLE) == 0) return;
  stack_ = reserve_pages(kSignalStackBytes);
  open_pages(stack_, kSignalStackBytes);
  stack_t mine{};
  mine.ss_sp = stack_;
  mine.ss_size = kSignalStackBytes;
  sigaltstack(&mine, nullptr);
}

AlternateSignalStack::~AlternateSignalStack() {
  if (stack_ == nullptr) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  sigaltstack(&none, nullptr);
  release_pages(stack_, kSignalStackBytes);
}

}  // namespace cuda_emulation
