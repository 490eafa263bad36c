#pragma once
#include "host/engine/fleet/fleet_simulation.h"
#include "host/engine/run/simulation.h"

namespace edgesweep {

// Runs of many devices behind a switch, docs/model.md#fleets.

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
