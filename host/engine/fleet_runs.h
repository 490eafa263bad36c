#pragma once
#include "host/engine/backend.h"
#include "host/engine/fleet_search.h"
#include "host/engine/simulation.h"

namespace edgesweep {

// Runs of many devices behind a switch, SPEC.md section 8.

/// Makes the searches that the jobs' `hierarchical` needs, on all threads, and keeps them in
/// `inputs`. Jobs that differ in rate, depth and number of devices alone share one pass. Before any
/// of the jobs is prepared. False when a stop was requested meanwhile.
bool run_searches(const std::vector<RunJob>& jobs, InputCache& inputs,
                  const FleetSimulator& simulate, const std::function<bool()>& stop_requested);

/// Strategies and their policies; problem: dataset, bucket and test source are known.
FleetProblem prepare_fleet(const RunSettings& settings, const RunProblem& problem,
                           InputCache& inputs);

/// Simulates a run's strategies into outcome.strategies, statistics if asked for, and `stopped`.
void simulate_strategies(const RunProblem& problem, const FleetSimulator& simulate,
                         const std::function<bool()>& stop_requested, SimulationOutcome& outcome);

}  // namespace edgesweep
