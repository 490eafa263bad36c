#include "host/engine/run/fleet_runs.h"

namespace edgesweep {

PolicyResult fleet_result(Policy policy, const RunProblem& problem, const SequenceSource& source,
                          const SimulationSize& size, const FleetOutcome& outcome) {
  std::vector<SequenceOutcome> sequences;
  for (const FleetSums& sums : outcome.sums) sequences.push_back({sums.reward, sums.passed});
  return policy_result(policy, sequences,
                       {size.sequences, size.images * problem.fleet->at_switch.devices},
                       source.images->mean_weak_cost);
}

void add_strategy(const RunProblem& problem, Policy policy, const FleetOutcome& simulated,
                  const std::function<std::vector<int64_t>()>& occupancy,
                  SimulationOutcome& outcome) {
  if (outcome.stopped) return;
  const RunSettings& settings = problem.settings;
  outcome.strategies.push_back(
      fleet_result(policy, problem, problem.test, settings.test, simulated));
  if (!settings.store.statistics) return;
  PolicyStatistics statistics{policy, {}, {}, occupancy()};
  for (const FleetSums& sums : simulated.sums) statistics.lost += sums.offloads - sums.passed;
  outcome.statistics.policies.push_back(std::move(statistics));
}

void simulate_strategies(const RunProblem& problem, const FleetSimulator& simulate,
                         const StopRequest& stop_requested, SimulationOutcome& outcome) {
  const FleetProblem& fleet = *problem.fleet;
  outcome.statistics.units_per_token = fleet.at_switch.bucket.cost;
  for (const FleetStrategy& strategy : fleet.strategies) {
    FleetRequest request;
    request.source = &problem.test;
    request.size = problem.settings.test;
    request.mode = strategy.mode;
    request.policies = {strategy.rank_policy};
    request.switches = {fleet.at_switch};
    request.stop_requested = stop_requested;
    const FleetOutcome simulated = simulate(request);
    outcome.stopped = outcome.stopped || simulated.stopped;
    if (outcome.stopped) return;
    add_strategy(
        problem, strategy.policy, simulated,
        [&] { return switch_occupancy(request, 0, fleet.at_switch); }, outcome);
    outcome.stopped = outcome.stopped || is_requested(stop_requested);
    if (outcome.stopped) return;
  }
}

}  // namespace edgesweep
