#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "host/results/results_file.h"

namespace edgesweep {

/// Keeps finished runs on disk. A thread of its own writes, and spends at most a tenth of its time
/// on each of two things: small files of the runs that finished last (see finished_runs.h), and the
/// whole results file, which takes those in. A run counts as saved, and its checkpoint goes, once
/// one of the two is on disk.
class Recorder {
 public:
  /// A run's result is on disk. Called from the writing thread.
  using OnSaved = std::function<void(size_t run, const RunResult& result)>;

  /// sweep: what is known so far; it is written at once, so that a path that cannot be written is
  /// found before any work, and what earlier sessions left beside it for these runs is removed.
  /// runs: all of the sweep, in its order.
  Recorder(std::string path, StoredSweep sweep, const std::vector<RunSpec>& runs, OnSaved on_saved);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// What executes the runs, for whatever is written from now on: a fallback changes it.
  void set_backend(const std::string& name, const std::string& device);
  /// From any thread. run: number in the sweep.
  void add(size_t run, StoredRun result);
  /// A write failed: there is no use in going on.
  bool failed() const { return failed_.load(); }
  /// Writes what is left and returns the sweep; throws what a write threw. on_long_write is called
  /// once if that takes more than a moment.
  StoredSweep finish(const std::function<void()>& on_long_write);

 private:
  using Clock = std::chrono::steady_clock;
  using Runs = std::vector<const StoredRun*>;
  /// When something may be written again, and how long it took the last time.
  struct Pace {
    Clock::time_point due = Clock::now();
    Clock::duration last{};
    void took(Clock::time_point start);
  };

  void work();
  bool wait_for_work(std::unique_lock<std::mutex>& lock);
  bool rewrite_next() const;
  StoredSweep header() const;
  Runs finished() const;
  void write_whole(const Runs& runs);
  void write_part(const Runs& runs);
  void stop();

  const std::string path_;
  const std::string checkpoints_;
  const OnSaved on_saved_;
  std::mutex mutex_;
  std::condition_variable wake_, ended_;
  const StoredSweep header_;  ///< without runs
  mutable std::mutex backend_mutex_;
  std::string backend_, device_;
  /// By number in the sweep, null until finished: the file does not tell which run was quicker.
  /// A run that is here stays as it is until the end, so it is written without the lock.
  std::vector<std::unique_ptr<StoredRun>> runs_;
  std::vector<size_t> pending_;  ///< not on disk yet
  bool unmerged_ = false;        ///< some runs are on disk, but not in the results file
  size_t next_part_ = 0;
  Pace part_, whole_;
  std::exception_ptr error_;
  std::atomic<bool> failed_{false};  ///< error_ is set; asked often and from many threads
  bool stop_ = false;
  bool done_ = false;
  std::thread writer_;
};

}  // namespace edgesweep
