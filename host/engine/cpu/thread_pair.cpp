#include "host/engine/cpu/thread_pair.h"

#include <chrono>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace edgesweep {
namespace {

constexpr std::chrono::microseconds kLongestSpin{50};
constexpr int kLooksAtTheClock = 64;  ///< looks at the count between two at the clock

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void ThreadPair::advance(Count& count) {
  count.fetch_add(1, std::memory_order_release);
  count.notify_one();
}

void ThreadPair::wait_for(const Count& count, uint32_t least) {
  const auto reached = [&](uint32_t now) { return static_cast<int32_t>(now - least) >= 0; };
  const auto start = std::chrono::steady_clock::now();
  do {
    for (int look = 0; look < kLooksAtTheClock; ++look) {
      if (reached(count.load(std::memory_order_acquire))) return;
      relax();
    }
  } while (std::chrono::steady_clock::now() - start < kLongestSpin);
  for (uint32_t now = count.load(std::memory_order_acquire); !reached(now);
       now = count.load(std::memory_order_acquire))
    count.wait(now, std::memory_order_acquire);
}

void ThreadPair::close() {
  closed_.store(true, std::memory_order_release);
  advance(opened_);
}

bool ThreadPair::next() {
  wait_for(opened_, ++begun_);
  return !closed_.load(std::memory_order_acquire);
}

void ThreadPair::meet(int part) {
  const uint32_t own = met_[part].load(std::memory_order_relaxed) + 1;
  advance(met_[part]);
  wait_for(met_[1 - part], own);
}

}  // namespace edgesweep
