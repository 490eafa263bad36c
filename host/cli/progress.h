#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host/cli/time_left.h"
#include "host/engine/run/backend.h"

namespace edgesweep {

/// What a long sweep tells meanwhile, on standard error: how far a search is, runs done, Q
/// iterations per second (runs per second where nothing is trained), time left, the latest losses.
/// One line rewritten in place on a terminal, a plain line every half minute elsewhere, events
/// where messages are JSON (docs/python.md#events). All functions may be called from any thread.
class Progress {
 public:
  /// Floating-point work of one run; none without a network.
  struct Run {
    std::string id;
    std::string label;           ///< "rate 0.1, depth 4"
    int64_t iterations = 0;      ///< Q iterations
    double iteration_work = 0;   ///< of one
    int64_t evaluations = 0;     ///< during training
    double evaluation_work = 0;  ///< of one
    double simulation_work = 0;  ///< of the test sequences
  };

  /// runs: all of the sweep; finished[i]: done in an earlier session. quiet: prints messages only.
  Progress(std::vector<Run> runs, const std::vector<bool>& finished, bool quiet);
  ~Progress();

  /// A search that goes before the runs has come so far.
  void search(const SearchProgress& search);
  void start(size_t run, int64_t done);
  void iteration(size_t run, int64_t iteration);
  void evaluation(size_t run, const CurvePoint& point);
  /// The run has a result.
  void end(size_t run, const RunResult& result);
  /// The run's result is on disk: only now it counts as done.
  void saved(size_t run, const RunResult& result);
  /// A line of its own, above the progress line.
  void message(const std::string& text);
  /// The last line; no more after it.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct State {
    bool active = false;
    int64_t done = 0;  ///< Q iterations
    int64_t evaluations = 0;
    bool evaluated = false;
    double validation_loss = 0;
  };
  /// A thread may work on several runs in turn, and reports each piece of work when it is done.
  struct Worker {
    bool busy = false;
    Clock::time_point since;  ///< when its last piece of work was done
  };
  /// Of the searches that go before the runs, in this session.
  struct Searches {
    SearchProgress latest;
    Clock::time_point since;  ///< when the latest began
    Clock::time_point ended;  ///< when one was last heard of
  };
  std::string search_text() const;
  /// Since the runs could begin.
  double seconds_of_runs() const;
  double seconds_of_work(bool goes_on);
  void skip_rest(const Run& run, const State& state, bool simulated);
  void draw_until_stopped();
  std::optional<double> seconds_left(double seconds) const;
  std::string line() const;
  std::string losses() const;
  nlohmann::ordered_json event() const;
  /// The state, as a line or an event. keep: the line stays.
  void show(bool keep) const;
  void print(const std::string& text, bool keep) const;

  const std::vector<Run> runs_;
  const bool quiet_;
  const bool terminal_;
  const Clock::time_point start_ = Clock::now();
  mutable std::mutex mutex_;
  std::vector<State> state_;
  std::map<std::thread::id, Worker> workers_;
  std::optional<Searches> searches_;
  bool searching_ = true;  ///< no run has begun
  size_t finished_ = 0;
  size_t finished_before_ = 0;  ///< in earlier sessions
  int64_t iterations_ = 0;      ///< in this session
  TimeLeft time_left_;
  bool stop_ = false;
  std::condition_variable wake_;
  std::thread drawer_;
};

}  // namespace edgesweep
