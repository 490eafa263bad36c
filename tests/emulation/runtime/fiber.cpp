#include "fiber.h"

#include "context_switch.h"
#include "sanitizers.h"

namespace cuda_emulation {
namespace {

// A switch as such orders nothing between CUDA threads; barriers do.
constexpr unsigned kNoSynchronisation = 1;
constexpr size_t kCacheLine = 64;
constexpr size_t kColours = 48;

}  // namespace

Fiber::~Fiber() {
  destroy_context(context_);
  if (stack_ != nullptr && thread_sanitizer_fiber_ != nullptr)
    __tsan_destroy_fiber(thread_sanitizer_fiber_);
}

void Fiber::prepare(const char* name, char* stack, size_t stack_bytes, size_t colour, Entry entry,
                    void* argument) {
  allow(stack, stack_bytes);  // frames given up left their red zones behind
  if (stack_ != nullptr) destroy_context(context_);
  stack_ = stack;
  stack_bytes_ = stack_bytes;
  top_ = stack + stack_bytes - (colour % kColours) * kCacheLine;
  context_ = make_context(stack, top_, entry, argument);
  address_sanitizer_stack_ = nullptr;
  if (under_thread_sanitizer()) {
    if (thread_sanitizer_fiber_ != nullptr) __tsan_destroy_fiber(thread_sanitizer_fiber_);
    thread_sanitizer_fiber_ = __tsan_create_fiber(0);
    __tsan_set_fiber_name(thread_sanitizer_fiber_, name);
  }
}

void Fiber::adopt_host_thread() {
  stack_ = nullptr;
  stack_bytes_ = 0;
  if (under_thread_sanitizer()) thread_sanitizer_fiber_ = __tsan_get_current_fiber();
}

void Fiber::change(Fiber& from, Fiber& to) {
  to.came_from_ = &from;
  if (under_address_sanitizer())
    __sanitizer_start_switch_fiber(&from.address_sanitizer_stack_, to.stack_, to.stack_bytes_);
  if (under_thread_sanitizer())
    __tsan_switch_to_fiber(to.thread_sanitizer_fiber_, kNoSynchronisation);
  switch_context(&from.context_, to.context_);
  arrive(from);
}

void Fiber::arrive(Fiber& self) {
  if (!under_address_sanitizer()) return;
  const void* bottom = nullptr;
  size_t bytes = 0;
  __sanitizer_finish_switch_fiber(self.address_sanitizer_stack_, &bottom, &bytes);
  Fiber* from = self.came_from_;
  if (from == nullptr || from->stack_ != nullptr) return;
  // The host thread's own stack is known only now.
  from->stack_ = static_cast<char*>(const_cast<void*>(bottom));
  from->stack_bytes_ = bytes;
}

void Fiber::release_for(Fiber& abandoned, Fiber& running, void* tag) {
  if (!under_thread_sanitizer()) return;
  __tsan_switch_to_fiber(abandoned.thread_sanitizer_fiber_, kNoSynchronisation);
  release(tag);
  __tsan_switch_to_fiber(running.thread_sanitizer_fiber_, kNoSynchronisation);
}

}  // namespace cuda_emulation
