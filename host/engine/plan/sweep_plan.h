#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "host/engine/network/network_shape.h"
#include "host/engine/run/searches.h"

namespace edgesweep {

/// What one run costs. Work in floating-point operations, a fused multiply-add counting two.
struct RunPlan {
  TokenBucket bucket;
  std::optional<NetworkShape> shape;  ///< nothing without `dqn`
  double iteration_work = 0;          ///< of one Q iteration
  int64_t evaluations = 0;            ///< while it trains
  double evaluation_work = 0;         ///< of one
  double training_work = 0;           ///< all Q iterations and evaluations
  double simulation_work =
      0;  ///< hidden layers of every test image: an upper bound, images without a token are skipped
  double network_bytes = 0;     ///< of a network with its state
  double scratch_bytes = 0;     ///< of the room for one Q iteration, which networks share
  double simulation_bytes = 0;  ///< of a thread that simulates clairvoyant policies; 0 without them
  double result_bytes = 0;      ///< of its result's arrays, kept until the results are written
  double memory_bytes() const { return network_bytes + scratch_bytes; }  ///< while it trains
  int cohort = -1;  ///< number of its cohort; -1 without `dqn`
};

/// Runs whose networks have the same shape but for the output width.
struct CohortPlan {
  std::vector<int32_t> sizes;  ///< inputs and hidden layers
  int batch = 0;
  std::vector<size_t> runs;
};

/// True for runs whose networks train on the same windows: settings that differ in rate, depth or
/// network alone. One draw serves all of them that a thread trains side by side.
bool share_windows(const RunSettings& a, const RunSettings& b);

/// Runs that one thread trains side by side at most.
constexpr int kLargestGroup = 4;

struct SweepPlan {
  std::vector<RunPlan> runs;  ///< in the order of the sweep
  std::vector<CohortPlan> cohorts;
  std::vector<size_t> order;  ///< runs, longest first
  double work = 0;
  int workers = 1;              ///< threads that train a group of runs each; the others help them
  double memory_bytes = 0;      ///< of the process at its largest
  double simulation_bytes = 0;  ///< part of it: of each thread, for the largest run
  // What is spent once rather than run by run.
  int64_t window_networks = 0;  ///< networks that train on windows: those of one camera
  int64_t window_sets = 0;      ///< different series of windows that these train on
  int64_t mdp_solutions = 0;    ///< different MDPs to solve
  double mdp_bytes = 0;         ///< of their solutions
  SearchPlan search;            ///< for `hierarchical`
};

/// The settings of a run of a sweep; valid until the next call.
using SettingsOfRun = std::function<const RunSettings&(size_t run)>;

/// Pure arithmetic: nothing is read or run. Asks for the settings once, in order. memory_limit:
/// bytes that the process may take, 0: any; fewer threads train at once to keep it, but one always
/// does. Throws InputError for a rate and depth without a valid bucket.
SweepPlan make_plan(size_t count, const SettingsOfRun& settings_of, int threads,
                    double memory_limit = 0);
SweepPlan make_plan(const std::vector<RunSettings>& runs, int threads, double memory_limit = 0);

}  // namespace edgesweep
