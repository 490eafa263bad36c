#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/engine/fleet/search.h"
#include "host/engine/problem/input_cache.h"
#include "host/engine/problem/run_result.h"

namespace edgesweep {

/// One run to execute: from the beginning, or from a checkpoint.
struct RunJob {
  size_t run = 0;  ///< number in the sweep, what the observer is told
  std::string id;
  RunSettings settings;
  std::optional<TrainingState> resume;  ///< with no iterations left: its network as it is
};

/// A search for `hierarchical`, of all that a backend makes before the runs that need them begin.
struct SearchProgress {
  size_t search = 0;  ///< number, from 0
  size_t searches = 0;
  double done = 0;  ///< since it began, see SearchHooks
  double left = 0;  ///< at most
};

/// What a backend reports while it works, from any thread, several at a time. Implementations must
/// be quick.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// A run has begun; `iterations` in all, `done` of them in the checkpoint it goes on from.
  virtual void on_start(size_t run, int64_t iterations, int64_t done) = 0;
  /// One Q iteration is done.
  virtual void on_iteration(size_t run, int64_t iteration) = 0;
  virtual void on_evaluation(size_t run, const CurvePoint& point) = 0;
  /// Asked after every Q iteration: true makes the backend call on_checkpoint.
  virtual bool wants_checkpoint(size_t run) = 0;
  virtual void on_checkpoint(size_t run, const TrainingState& state) = 0;
  virtual void on_finished(size_t run, RunResult result) = 0;
  /// A piece of a search is done.
  virtual void on_search(const SearchProgress&) {}
  /// What was kept of the search whose key this is, a text of any length that names all it depends
  /// on but the switches.
  virtual std::optional<SavedSearch> saved_search(const std::string&) { return std::nullopt; }
  /// To be kept: it takes the place of what was kept before.
  virtual void on_search_pass(const std::string&, const SavedSearch&) {}
  /// True: every run writes a checkpoint and ends without a result. A Q iteration that is under way
  /// is given up: the checkpoint holds the state before it, and who goes on gets the same bits.
  virtual bool stop_requested() = 0;
};

/// Trains and simulates runs. Results do not depend on the backend, its threads or the order of the
/// jobs.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string name() const = 0;    ///< "cpu"
  virtual std::string device() const = 0;  ///< for people: processor, instruction set, threads
  /// Executes the jobs in the given order as far as it can choose; returns when all have ended.
  /// Exceptions of the observer stop all runs and are thrown on.
  virtual void execute(const std::vector<RunJob>& jobs, InputCache& inputs,
                       RunObserver& observer) = 0;
};

}  // namespace edgesweep
