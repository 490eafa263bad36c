#pragma once
#include <atomic>

namespace cuda_emulation {

/// For a few instructions. Unlike std::mutex it is invisible to ThreadSanitizer, so it hides no
/// race between host threads that use the emulation at the same time.
class SpinLock {
 public:
  void lock() {
    while (locked_.exchange(true, std::memory_order_acquire)) {
      while (locked_.load(std::memory_order_relaxed)) {
      }
    }
  }
  bool try_lock() { return !locked_.exchange(true, std::memory_order_acquire); }
  void unlock() { locked_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> locked_{false};
};

}  // namespace cuda_emulation
