// Why a block was given up, in words.
#include "block.h"
#include "device_memory.h"
#include "pages.h"
#include "text.h"

namespace cuda_emulation {

std::string Block::thread_text(unsigned thread) const {
  return "thread " + index_text(threads_[thread].index);
}

BlockFailure Block::outcome() {
  if (failure_.error == cudaSuccess && fault_.happened)
    failure_ = {cudaErrorIllegalAddress, describe_fault()};
  if (failure_.error == cudaSuccess && exited_ != count_)
    failure_ = {cudaErrorLaunchFailure, describe_deadlock()};
  if (failure_.error != cudaSuccess) return failure_;
  const std::string overrun = shared_->find_overrun();
  if (!overrun.empty()) return {cudaErrorIllegalAddress, overrun};
  return {};
}

std::string Block::describe_fault() const {
  std::string where = shared_->describe(fault_.address);
  if (where.empty()) where = describe_device_address(fault_.address);
  const auto address = reinterpret_cast<uintptr_t>(fault_.address);
  const char* const stack_end = static_cast<const char*>(current_->fiber.top());
  const char* const at = static_cast<const char*>(fault_.address);
  if (where.empty() && address < kPage) where = "a null pointer";
  if (where.empty() && at < stack_end && stack_end - at < 256 * 1024)
    where = "past the end of its stack of 128 KiB";
  if (where.empty())
    where = format("%p, which is no memory (a pointer that was never written?)", fault_.address);
  return thread_text(current_->number) + (fault_.is_write ? " writes " : " reads ") + where +
         ", in " + place_text(fault_.code);
}

std::string Block::describe_state(unsigned thread) const {
  switch (states_[thread]) {
    case kExited:
      return thread_text(thread) + " has returned";
    case kAtBarrier:
      return thread_text(thread) + format(" waits at the barrier %s:%d",
                                          threads_[thread].place.file, threads_[thread].place.line);
    case kAtCollective:
      return thread_text(thread) + format(" waits at the warp collective %s:%d with mask 0x%08x",
                                          threads_[thread].place.file, threads_[thread].place.line,
                                          threads_[thread].collective.mask);
    case kRunnable:
      break;
  }
  return thread_text(thread) + " runs";
}

std::string Block::describe_missing_lanes(const Thread& waiting) const {
  const unsigned warp = waiting.number / kWarp;
  for (unsigned lane = 0; lane < kWarp; ++lane) {
    const unsigned other = warp * kWarp + lane;
    const bool awaited = (waiting.collective.mask & existing_lanes(warp)) >> lane & 1;
    if (awaited && (states_[other] != kAtCollective ||
                    threads_[other].collective.mask != waiting.collective.mask ||
                    threads_[other].collective.operation != waiting.collective.operation ||
                    threads_[other].place.line != waiting.place.line))
      return describe_state(waiting.number) + ", but " + describe_state(other);
  }
  return describe_state(waiting.number);
}

/// Every thread has returned or waits, and nothing can go on.
std::string Block::describe_deadlock() const {
  for (unsigned thread = 0; thread < count_; ++thread)
    if (states_[thread] == kAtCollective) return describe_missing_lanes(threads_[thread]);
  unsigned waiting = 0, gone = 0;
  for (unsigned thread = 0; thread < count_; ++thread)
    (states_[thread] == kAtBarrier ? waiting : gone) = thread;
  return describe_state(waiting) + ", but " + describe_state(gone);
}

}  // namespace cuda_emulation
