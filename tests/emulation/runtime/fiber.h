#pragma once
// One CUDA thread's stack and registers: a fiber of the host thread that executes the block.

#include <cstddef>

namespace cuda_emulation {

class Fiber {
 public:
  using Entry = void (*)(void* argument);

  /// A fiber for the running host thread itself, to switch back to.
  Fiber() = default;
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  /// Makes the next switch to this fiber call entry(argument), which must not return. Whatever ran
  /// on the stack before is abandoned. The name is for ThreadSanitizer's reports. `colour` moves
  /// the stack's top, so that the stacks of a block do not all meet in the same cache sets.
  void prepare(const char* name, char* stack, size_t stack_bytes, size_t colour, Entry entry,
               void* argument);

  /// Takes the identity of the running host thread, before it switches to other fibers.
  void adopt_host_thread();

  /// Suspends `from`, which must be running, and resumes `to`.
  static void change(Fiber& from, Fiber& to);

  /// Must be called first thing by an entry function.
  static void arrive(Fiber& self);

  /// For ThreadSanitizer: release(tag) on behalf of a fiber that will not be resumed.
  static void release_for(Fiber& abandoned, Fiber& running, void* tag);

  /// The highest address a fiber may use after its frames have been given up.
  void* top() const { return top_; }

 private:
  void* context_ = nullptr;  ///< stack pointer, or the ucontext_t of the portable version
  char* stack_ = nullptr;
  size_t stack_bytes_ = 0;
  void* top_ = nullptr;
  void* thread_sanitizer_fiber_ = nullptr;
  void* address_sanitizer_stack_ = nullptr;
  Fiber* came_from_ = nullptr;
};

}  // namespace cuda_emulation
