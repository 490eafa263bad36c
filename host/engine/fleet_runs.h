#pragma once
#include "host/engine/backend.h"
#include "host/engine/fleet_search.h"
#include "host/engine/simulation.h"

namespace edgesweep {

// Runs of many devices behind a switch, SPEC.md section 8.

/// Does a run need the search that `hierarchical` makes?
bool needs_search(const RunSettings& settings);

/// Makes the searches that the jobs' `hierarchical` and `dqn` need, on all threads, and keeps them
/// in `inputs`. Jobs that differ in rate, depth and number of devices alone share one search.
/// Before any of the jobs is prepared. The observer hears of them, and hands out what it kept of
/// them in an earlier session. False when a stop was requested meanwhile.
bool run_searches(const std::vector<RunJob>& jobs, InputCache& inputs,
                  const FleetSimulator& simulate, RunObserver& observer);

/// The searches of a sweep, before they are made.
struct SearchPlan {
  int64_t searches = 0;
  int64_t switches = 0;  ///< of all searches together
  int64_t points = 0;    ///< buckets to try, over all switches
  double work = 0;       ///< at most, in images decided by a device and slots of a switch
};
SearchPlan plan_searches(const std::vector<RunSettings>& runs);

/// Strategies and their policies; problem: dataset, bucket and test source are known.
/// Throws Stopped.
FleetProblem prepare_fleet(const RunSettings& settings, const RunProblem& problem,
                           InputCache& inputs, const StopRequest& stop);

/// What the devices of a run with `dqn` see. Asks for the search as `hierarchical` does.
/// Throws Stopped.
FleetNetwork prepare_fleet_network(const RunSettings& settings, const RunProblem& problem,
                                   InputCache& inputs, const StopRequest& stop);

/// What a policy of a fleet earned on sequences of a source; size: images are time steps.
PolicyResult fleet_result(Policy policy, const RunProblem& problem, const SequenceSource& source,
                          const SimulationSize& size, const FleetOutcome& outcome);

/// Adds a policy's simulation on the test sequences to outcome.strategies, and its statistics if
/// asked for: then `occupancy` is called, switch_occupancy.
void add_strategy(const RunProblem& problem, Policy policy, const FleetOutcome& simulated,
                  const std::function<std::vector<int64_t>()>& occupancy,
                  SimulationOutcome& outcome);

/// Simulates a run's strategies into outcome.strategies, statistics if asked for, and `stopped`.
void simulate_strategies(const RunProblem& problem, const FleetSimulator& simulate,
                         const StopRequest& stop_requested, SimulationOutcome& outcome);

}  // namespace edgesweep
