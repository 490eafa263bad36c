#pragma once
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "host/engine/cpu/cpu_run.h"

namespace edgesweep {

/// Deals the runs of a sweep to the threads that work on them, longest first. A thread works on a
/// few runs at a time, iteration by iteration, so that windows drawn for one serve the others; when
/// another thread runs dry, it hands one of them over.
class RunQueue {
 public:
  /// workers: threads that will call take. largest_group: runs that one of them holds at most.
  RunQueue(std::deque<std::unique_ptr<CpuRun>> runs, size_t workers, size_t largest_group);

  /// Runs to work on, or none when the sweep is as good as done: no run waits and no thread holds
  /// one to spare. Waits for a run that is handed over.
  std::vector<std::unique_ptr<CpuRun>> take();

  /// To be called between two iterations of a group: hands its last run to a thread that waits.
  void share(std::vector<std::unique_ptr<CpuRun>>& group);

  /// A run of the caller's group has ended; `left` are still in it.
  void ended(size_t left);

  /// Wakes everybody up; take returns nothing from now on.
  void close();

 private:
  /// Takes the first run that waits and others that train on the same windows, `count` at most.
  std::vector<std::unique_ptr<CpuRun>> take_group(size_t count);
  bool nothing_to_come() const { return closed_ || (waiting_.empty() && held_ <= holders_); }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<CpuRun>> waiting_;
  const size_t workers_, largest_group_;
  size_t held_ = 0;     ///< runs in the hands of threads
  size_t holders_ = 0;  ///< threads with a run in their hands
  size_t idle_ = 0;     ///< threads that wait in take
  bool closed_ = false;
};

}  // namespace edgesweep
