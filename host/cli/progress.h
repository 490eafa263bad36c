#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "host/engine/run_result.h"

namespace edgesweep {

/// What a long sweep tells meanwhile, on standard error: runs done, Q iterations per second, time
/// left, the latest losses. One line rewritten in place on a terminal, a plain line every half
/// minute elsewhere. Time left is by floating-point work, not by runs. All functions may be called
/// from any thread.
class Progress {
 public:
  struct Run {
    std::string label;          ///< "rate 0.1, depth 4"
    double iteration_work = 0;  ///< floating-point work of one Q iteration
    double other_work = 0;      ///< done when the run finishes
    int64_t iterations = 0;
  };

  /// runs: all of the sweep; finished[i]: done in an earlier session. quiet: prints messages only.
  Progress(std::vector<Run> runs, const std::vector<bool>& finished, bool quiet);
  ~Progress();

  void start(size_t run, int64_t done);
  void iteration(size_t run, int64_t iteration);
  void evaluation(size_t run, const CurvePoint& point);
  void finish(size_t run, const RunResult& result);
  /// A line of its own, above the progress line.
  void message(const std::string& text);

 private:
  struct State {
    bool active = false;
    int64_t done = 0;
    double validation_loss = 0;
    bool evaluated = false;
  };
  void draw_until_stopped();
  std::string line() const;
  std::string losses() const;
  void print(const std::string& text, bool keep);

  const std::vector<Run> runs_;
  const bool quiet_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  std::vector<State> state_;
  size_t finished_ = 0;
  int64_t iterations_ = 0;  ///< in this session
  double work_done_ = 0;    ///< in this session
  double work_left_ = 0;
  bool stop_ = false;
  std::condition_variable wake_;
  std::thread drawer_;
};

}  // namespace edgesweep
