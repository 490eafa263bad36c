#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/engine/plan/sweep_plan.h"
#include "host/engine/run/backend.h"
#include "host/results/results_file.h"
#include "host/sweep/run_spec.h"

namespace edgesweep {

/// How a sweep is run into its results file.
struct SessionOptions {
  std::string output;              ///< results file; its folder is made if it is missing
  double checkpoint_seconds = 60;  ///< between two checkpoints of a run
  uint64_t memory = 0;             ///< bytes that the process may take; 0: no limit
  bool force = false;              ///< begin again, also over a file of another config
  bool drop = false;               ///< give up what the file has and the sweep does not ask for
  bool take_over = false;          ///< also from a process that writes the file, or may
};

/// What a session has found and is about to do. Valid during SessionObserver::on_begin.
struct SessionStart {
  const SweepPlan& plan;
  const std::vector<bool>& finished;      ///< [run]: its results are there already
  const std::vector<RunJob>& jobs;        ///< what is left, in the order of the plan
  const std::vector<std::string>& notes;  ///< for people: what is unusual about the training
};

/// What a session tells and asks. The functions for runs are called from any thread, several at a
/// time, and must be quick; the others from the thread of run_sweep. run: number in the sweep.
class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  /// True: running jobs write checkpoints, and the session ends. Who has said so says so from then
  /// on. Asked from any thread, from on_checked on.
  virtual bool stop_requested() { return false; }
  /// Sweep and input files are in order, and nothing has been written. A stop is asked for from
  /// here on.
  virtual void on_checked() {}
  /// Another process owns the results file, and it is not known yet whether it lives.
  virtual void on_waiting(const std::string& /*text*/) {}
  /// What is taken over of a file of another config.
  virtual void on_earlier_results(const std::string& /*text*/) {}
  /// Work begins; not called where all of it is done already.
  virtual void on_begin(const SessionStart&) {}
  virtual void on_search(const SearchProgress&) {}
  virtual void on_start(size_t /*run*/, int64_t /*iterations_done*/) {}
  virtual void on_iteration(size_t /*run*/, int64_t /*iteration*/) {}
  virtual void on_evaluation(size_t /*run*/, const CurvePoint&) {}
  /// The run has a result; it may still be lost.
  virtual void on_result(size_t /*run*/, const RunResult&) {}
  /// The run's result is on disk.
  virtual void on_saved(size_t /*run*/, const RunResult&) {}
  /// All work has ended, and writing the results takes more than a moment.
  virtual void on_long_write() {}
};

/// Runs a sweep into its results file, or resumes one: takes over what earlier sessions left in and
/// beside the file, executes the rest on the backend with checkpoints, and writes the file
/// (docs/results.md). Finished results are never lost: the file is replaced whole, and runs that
/// finished are on disk soon after. Returns what the file holds then: fewer runs than total_runs
/// where a stop was asked for; nothing where that ended the waiting for another owner.
///
/// network: null, or the weights of every run's dqn, whose settings then leave nothing to train
/// (given_network.h). Throws InputError for settings or files that do not fit each other, this
/// machine or what the results file holds, BusyError where another process owns the file,
/// SystemError where the machine refuses. Prints nothing, and knows no signals.
std::optional<StoredSweep> run_sweep(const Sweep& sweep, Backend& backend,
                                     const SessionOptions& options, SessionObserver& observer,
                                     const TrainingState* network = nullptr);

}  // namespace edgesweep
