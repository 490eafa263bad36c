#pragma once
#include "host/engine/fleet/fleet_simulation.h"
#include "host/engine/problem/problem.h"
#include "host/engine/run/simulation.h"

namespace edgesweep {
// From what a backend trained and simulated to the RunResult of a run, the same for every backend.

/// What is known of a run before it is executed.
RunResult described_result(const RunProblem& problem);

/// Takes the training's curve and weights out of `state` into the result.
void take_training(const RunProblem& problem, TrainingState& state, RunResult& result);

/// Which of the result's weights are simulated on the test sequences (dqn.keep).
const std::vector<float>& tested_weights(const DqnSettings& dqn, const RunResult& result);
const std::vector<float>& tested_weights(const DqnSettings& dqn, const TrainingState& state);

/// Everything that is simulated on the test sequences; `weights` null without a usable network. The
/// problem and the weights outlive the request.
SimulationRequest test_request(const RunProblem& problem, const std::vector<float>* weights);

/// The policies' losses, the weak loss of the sequences and the traces. outcome: of `request`.
void take_simulation(const RunProblem& problem, const SimulationRequest& request,
                     SimulationOutcome outcome, RunResult& result);

/// Last step: weights that nobody asked to store are dropped.
void drop_unwanted_weights(const RunSettings& settings, RunResult& result);

// Runs of many cameras behind a switch, docs/model.md#fleets.

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
