#pragma once
#include <atomic>
#include <cstdint>

namespace edgesweep {

/// A thread that has work (part 0) and one that helps it if it comes (part 1), and where they wait
/// for each other: spinning for at most 50 microseconds, then asleep.
class ThreadPair {
 public:
  /// Of the helper, before anything else.
  void join() { joined_.store(true, std::memory_order_release); }
  /// Whether the helper has come.
  bool joined() const { return joined_.load(std::memory_order_acquire); }

  /// Part 0: opens the next piece of work to the helper; what was written before is seen by it.
  void open() { advance(opened_); }
  /// Part 0: there will be no more.
  void close();
  /// Helper: waits for the next piece. False: there is no more.
  bool next();

  /// Both: goes on when the other part has called it as often.
  void meet(int part);

  /// Part 0 has done one more step of what the helper must wait for within a piece ...
  void pass() { advance(passed_); }
  /// ... and the helper waits for the next one.
  void follow() { wait_for(passed_, ++followed_); }

 private:
  using Count = std::atomic<uint32_t>;
  static void advance(Count& count);
  /// Until count has come to `least`; counts may wrap around.
  static void wait_for(const Count& count, uint32_t least);

  std::atomic<bool> joined_{false}, closed_{false};
  alignas(64) Count opened_{0};
  alignas(64) Count passed_{0};
  alignas(64) Count met_[2]{};
  alignas(64) uint32_t begun_ = 0;  ///< pieces that the helper has begun
  uint32_t followed_ = 0;           ///< by the helper
};

}  // namespace edgesweep
