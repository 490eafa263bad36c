#include "block.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "pages.h"
#include "sanitizers.h"
#include "settings.h"
#include "text.h"

thread_local constinit uint3 threadIdx{};
thread_local constinit uint3 blockIdx{};
thread_local constinit dim3 blockDim{};
thread_local constinit dim3 gridDim{};

namespace cuda_emulation {
namespace {

constexpr size_t kStackBytes = 128 * 1024;
constexpr size_t kStackSlot = kStackBytes + kPage;  ///< a page that faults below each stack

thread_local constinit Block* running_block = nullptr;

bool same_place(Place a, Place b) {
  return a.line == b.line && (a.file == b.file || std::strcmp(a.file, b.file) == 0);
}

uint3 thread_index(unsigned number, dim3 block) {
  return {number % block.x, number / block.x % block.y, number / (block.x * block.y)};
}

}  // namespace

Block* Block::running() { return running_block; }

Block::Block()
    : stacks_(reserve_pages(kMostThreads * kStackSlot)), threads_(new Thread[kMostThreads]) {
  for (unsigned number = 0; number < kMostThreads; ++number) {
    threads_[number].block = this;
    threads_[number].number = number;
  }
}

Block::~Block() {
  threads_.reset();
  allow(stacks_, kMostThreads * kStackSlot);
  release_pages(stacks_, kMostThreads * kStackSlot);
}

BlockFailure Block::run(const KernelLaunch& launch, uint3 index, uint64_t seed,
                        SharedMemory& shared) {
  launch_ = &launch;
  shared_ = &shared;
  poison_ = settings().poison;
  count_ = launch.block.x * launch.block.y * launch.block.z;
  failure_ = {};
  fault_ = {};
  exited_ = 0;
  waiting_ = 0;
  make_all_runnable();
  prepare_threads();
  choose_order(seed);
  host_.adopt_host_thread();
  Block* const outer = running_block;
  running_block = this;
  blockIdx = index;
  blockDim = launch.block;
  gridDim = launch.grid;
  release(&start_tag_);
  Thread& first = next_runnable();
  current_ = &first;
  threadIdx = first.index;
  Fiber::change(host_, first.fiber);
  if (exited_ != count_) abandon_threads();
  acquire(&end_tag_);
  running_block = outer;
  return outcome();
}

/// The block has failed: its fibers still hang somewhere in the kernel.
void Block::abandon_threads() {
  for (unsigned number = 0; number < prepared_; ++number)
    Fiber::release_for(threads_[number].fiber, host_, &end_tag_);
  prepared_ = 0;
}

void Block::prepare_threads() {
  for (unsigned number = 0; number < count_; ++number)
    threads_[number].index = thread_index(number, launch_->block);
  for (; prepared_ < count_; ++prepared_) {
    char* const stack = stacks_ + prepared_ * kStackSlot + kPage;
    open_pages(stack, kStackBytes);
    const std::string name = format("CUDA thread %u", prepared_);
    threads_[prepared_].fiber.prepare(name.c_str(), stack, kStackBytes, prepared_,
                                      &Block::enter_thread, &threads_[prepared_]);
  }
}

// A plain loop: ThreadSanitizer would see memset and take it for the CUDA thread's.
void Block::make_all_runnable() {
  for (unsigned number = 0; number < count_; ++number) states_[number] = kRunnable;
  runnable_ = count_;
}

void Block::choose_order(uint64_t seed) {
  permuted_ = seed != 0;
  random_.seed(static_cast<std::minstd_rand::result_type>(seed % 2147483647));
  std::iota(order_.begin(), order_.begin() + count_, uint16_t{0});
  if (permuted_) std::shuffle(order_.begin(), order_.begin() + count_, random_);
  cursor_ = 0;
}

// A fiber outlives its block and waits in run_thread() for the next one.
void Block::enter_thread(void* thread) {
  Thread& self = *static_cast<Thread*>(thread);
  Fiber::arrive(self.fiber);
  for (;;) self.block->run_thread(self);
}

void Block::run_thread(Thread& self) {
  acquire(&start_tag_);
  launch_->run_thread();
  release(&end_tag_);
  states_[self.number] = kExited;
  ++exited_;
  --runnable_;
  suspend(self);
}

/// Lets another thread run, and returns when it is this thread's turn again.
void Block::suspend(Thread& self) {
  if (runnable_ == 0) return leave_for_host(self);
  Thread& next = next_runnable();
  current_ = &next;
  threadIdx = next.index;
  if (&next != &self) Fiber::change(self.fiber, next.fiber);
}

void Block::leave_for_host(Thread& self) { Fiber::change(self.fiber, host_); }

Block::Thread& Block::next_runnable() {
  for (;;) {
    if (cursor_ == count_) cursor_ = 0;
    const unsigned number = order_[cursor_++];
    if (states_[number] == kRunnable) return threads_[number];
  }
}

int Block::barrier(BarrierKind kind, bool predicate, Place place) {
  Thread& self = *current_;
  self.place = place;
  if (waiting_ == 0) {
    barrier_kind_ = kind;
    barrier_place_ = place;
    predicates_ = 0;
  } else if (kind != barrier_kind_ || !same_place(place, barrier_place_)) {
    fail_at_other_barrier(place);
  }
  predicates_ += predicate;
  const unsigned phase = phase_;
  release(&barrier_tags_[phase]);
  states_[self.number] = kAtBarrier;
  --runnable_;
  if (++waiting_ == count_) complete_barrier();
  suspend(self);
  acquire(&barrier_tags_[phase]);
  return barrier_results_[phase];
}

// Apart, so that the barrier itself needs little of the stack.
void Block::fail_at_other_barrier(Place place) {
  fail(cudaErrorLaunchFailure,
       format("waits at the barrier %s:%d while others of its block wait at %s:%d", place.file,
              place.line, barrier_place_.file, barrier_place_.line));
}

void Block::complete_barrier() {
  const auto all = static_cast<int>(predicates_);
  barrier_results_[phase_] = barrier_kind_ == BarrierKind::kAnd  ? predicates_ == count_
                             : barrier_kind_ == BarrierKind::kOr ? predicates_ != 0
                                                                 : all;
  phase_ ^= 1;
  waiting_ = 0;
  ++barriers_;
  make_all_runnable();
  // Another order after every barrier: the same one from another thread on, now and then reversed.
  if (!permuted_) {
    cursor_ = 0;
    return;
  }
  if (random_() % 4 == 0) std::reverse(order_.begin(), order_.begin() + count_);
  cursor_ = static_cast<unsigned>(random_()) % count_;
}

// The running thread's frames are given up, so nothing on its stack may own memory by then.
void Block::fail(cudaError_t error, std::string message) {
  failure_ = {error, "thread " + index_text(current_->index) + " " + message};
  std::string().swap(message);
  leave_for_host(*current_);
  __builtin_unreachable();
}

void* Block::note_fault(const void* address, const void* code, bool is_write) {
  fault_ = {true, address, code, is_write};
  return current_->fiber.top();
}

void Block::give_up_after_fault() {
  Block& block = *running_block;
  block.leave_for_host(*block.current_);
  __builtin_unreachable();
}

}  // namespace cuda_emulation
