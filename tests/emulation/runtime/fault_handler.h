#pragma once
// Turns memory faults of CUDA threads into failures of their block. Faults of other code go to the
// handler that was there before, after a line on stderr if device memory was touched.

namespace cuda_emulation {

/// Does nothing after the first call.
void install_fault_handler();

/// Gives the running host thread a stack for signal handlers while it lives, unless it has one: a
/// CUDA thread whose own stack overflowed has none to spare.
class AlternateSignalStack {
 public:
  AlternateSignalStack();
  ~AlternateSignalStack();
  AlternateSignalStack(const AlternateSignalStack&) = delete;
  AlternateSignalStack& operator=(const AlternateSignalStack&) = delete;

 private:
  char* stack_ = nullptr;
};

}  // namespace cuda_emulation
