#pragma once
// Executes the threads of one block: each runs until it waits at a barrier or a warp collective,
// then the next one does.

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "emulated/device_builtins.h"
#include "emulated/kernel_launch.h"
#include "emulated/warp.h"
#include "fiber.h"
#include "shared_memory.h"

namespace cuda_emulation {

inline constexpr unsigned kMostThreads = 1024;
inline constexpr unsigned kWarp = 32;

/// Why a block was given up.
struct BlockFailure {
  cudaError_t error = cudaSuccess;
  std::string message;  ///< without kernel and block
};

struct Place {
  const char* file = nullptr;
  int line = 0;
};

class Block {
 public:
  Block();
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  /// Runs one block on this host thread. `shared` has been prepared for it. seed 0: threads in
  /// ascending order; any other: in an order of its own.
  BlockFailure run(const KernelLaunch& launch, uint3 index, uint64_t seed, SharedMemory& shared);

  /// The block that runs on this host thread, or nullptr.
  static Block* running();

  // For device code, on a CUDA thread's stack:

  int barrier(BarrierKind kind, bool predicate, Place place);
  uint64_t collective(WarpOperation operation, unsigned mask, uint64_t value, int operand,
                      int width, Place place);
  /// Gives the block up on behalf of the running CUDA thread.
  [[noreturn]] void fail(cudaError_t error, std::string message);
  SharedMemory& shared() { return *shared_; }
  const KernelLaunch& launch() const { return *launch_; }

  // For the handler of memory faults:

  /// Notes a fault of the running CUDA thread. The caller continues it at give_up_after_fault(), on
  /// the stack top returned.
  void* note_fault(const void* address, const void* code, bool is_write);
  [[noreturn]] static void give_up_after_fault();

  size_t barriers() const { return barriers_; }

 private:
  enum State : uint8_t { kRunnable, kAtBarrier, kAtCollective, kExited };

  struct Collective {
    WarpOperation operation;
    unsigned mask;
    uint64_t value;
    int operand;
    int width;
    uint64_t result;
  };

  struct Thread {
    Block* block = nullptr;
    Fiber fiber;
    uint3 index{};
    unsigned number = 0;
    Place place;  ///< where it waits
    Collective collective{};
  };

  struct Fault {
    bool happened = false;
    const void* address = nullptr;
    const void* code = nullptr;
    bool is_write = false;
  };

  static void enter_thread(void* thread);
  void run_thread(Thread& self);
  void prepare_threads();
  void abandon_threads();
  void make_all_runnable();
  void choose_order(uint64_t seed);
  void change_to(Thread& next);
  void suspend(Thread& self);
  void leave_for_host(Thread& self);
  Thread& next_runnable();
  void complete_barrier();
  [[noreturn, gnu::noinline, gnu::cold]] void fail_at_other_barrier(Place place);
  bool collective_is_complete(unsigned warp, const Thread& self) const;
  void complete_collective(unsigned warp, unsigned lanes);
  uint64_t collective_result(const Thread& lane, unsigned lanes) const;
  unsigned existing_lanes(unsigned warp) const;
  Thread& lane_thread(unsigned warp, unsigned lane) { return threads_[warp * kWarp + lane]; }
  const Thread& lane_thread(unsigned warp, unsigned lane) const {
    return threads_[warp * kWarp + lane];
  }

  BlockFailure outcome();
  std::string describe_fault() const;
  std::string describe_deadlock() const;
  std::string describe_missing_lanes(const Thread& waiting) const;
  std::string describe_state(unsigned thread) const;
  std::string thread_text(unsigned thread) const;

  char* const stacks_;
  std::unique_ptr<Thread[]> threads_;
  Fiber host_;
  const KernelLaunch* launch_ = nullptr;
  SharedMemory* shared_ = nullptr;
  uint32_t poison_ = 0;

  unsigned count_ = 0;     ///< threads of the block
  unsigned prepared_ = 0;  ///< threads whose fiber waits for a block
  unsigned runnable_ = 0;
  unsigned exited_ = 0;
  unsigned waiting_ = 0;  ///< at the barrier
  std::array<State, kMostThreads> states_{};
  std::array<uint16_t, kMostThreads> order_{};
  unsigned cursor_ = 0;
  bool permuted_ = false;
  std::minstd_rand random_;
  Thread* current_ = nullptr;

  BarrierKind barrier_kind_{};
  Place barrier_place_;
  unsigned predicates_ = 0;
  unsigned phase_ = 0;  ///< of the barrier: two alternate, a thread can be one behind
  std::array<int, 2> barrier_results_{};
  size_t barriers_ = 0;

  BlockFailure failure_;
  Fault fault_;

  // Addresses for ThreadSanitizer's acquire and release; never accessed.
  std::array<uint64_t, 2> barrier_tags_{};
  uint64_t start_tag_ = 0;
  uint64_t end_tag_ = 0;
  std::array<std::array<uint64_t, 2>, kMostThreads> warp_tags_{};
  std::array<uint8_t, kMostThreads> warp_phases_{};
};

}  // namespace cuda_emulation
