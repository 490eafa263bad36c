#pragma once
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "host/results/results_file.h"

namespace edgesweep {

/// Keeps the results file up to date while runs finish. A thread of its own rewrites the whole file
/// (written beside it, renamed), so a crash at any moment leaves every recorded run; while runs
/// finish faster than the file is written, several go into one rewrite. A run's checkpoint is
/// removed once the file that holds the run is on disk.
class Recorder {
 public:
  /// sweep: what the file holds so far; it is written at once, so that a path that cannot be
  /// written is found before any work.
  Recorder(std::string path, StoredSweep sweep, const std::vector<RunSpec>& order);
  ~Recorder();

  /// From any thread.
  void add(const RunSpec& spec, RunResult result);
  /// A write failed: there is no use in going on.
  bool failed();
  /// Writes what is left and returns the sweep; throws what a write threw.
  StoredSweep finish();

 private:
  void work();
  void write(const StoredSweep& sweep, const std::vector<std::string>& added);
  void insert(StoredRun run);

  const std::string path_;
  std::vector<std::string> order_;  ///< run ids in the order of the sweep
  std::mutex mutex_;
  std::condition_variable wake_;
  StoredSweep sweep_;
  std::vector<std::string> pending_;  ///< ids not in the file yet
  std::exception_ptr error_;
  bool stop_ = false;
  std::thread writer_;
};

}  // namespace edgesweep
