#include "host/engine/fleet_runs.h"

#include "host/engine/search_runs.h"
#include "host/policy/token_bucket.h"

namespace edgesweep {
namespace {

PolicyResult result_of(Policy policy, const FleetOutcome& outcome, const SimulationSize& slots,
                       double mean_weak_cost) {
  std::vector<SequenceOutcome> sequences;
  for (const FleetSums& sums : outcome.sums) sequences.push_back({sums.reward, sums.passed});
  return policy_result(policy, sequences, slots, mean_weak_cost);
}

}  // namespace

FleetProblem prepare_fleet(const RunSettings& settings, const RunProblem& problem,
                           InputCache& inputs, const StopRequest& stop) {
  FleetProblem fleet;
  fleet.at_switch = switch_of(settings);
  const auto add = [&](Policy policy, FleetMode mode, const TokenBucket& bucket) {
    fleet.strategies.push_back(
        {policy, mode,
         make_rank_policy(problem.dataset->test, bucket,
                          mdp_of(settings, bucket, inputs, stop).threshold)});
  };
  if (settings.has(Policy::isolated)) add(Policy::isolated, FleetMode::devices, problem.bucket);
  if (settings.has(Policy::hierarchical)) {
    fleet.search = inputs.search(switch_key(settings));
    const SearchPoint& best = best_point(fleet.search);
    add(Policy::hierarchical, FleetMode::devices, *make_token_bucket(best.rate, best.depth));
  }
  if (settings.has(Policy::smart)) add(Policy::smart, FleetMode::pooled, fleet.at_switch.bucket);
  return fleet;
}

void simulate_strategies(const RunProblem& problem, const FleetSimulator& simulate,
                         const StopRequest& stop_requested, SimulationOutcome& outcome) {
  const RunSettings& settings = problem.settings;
  const FleetProblem& fleet = *problem.fleet;
  const SimulationSize slots{settings.test.sequences,
                             settings.test.images * fleet.at_switch.devices};
  outcome.statistics.units_per_token = fleet.at_switch.bucket.cost;
  for (const FleetStrategy& strategy : fleet.strategies) {
    FleetRequest request;
    request.source = &problem.test;
    request.size = settings.test;
    request.mode = strategy.mode;
    request.policies = {strategy.rank_policy};
    request.switches = {fleet.at_switch};
    request.stop_requested = stop_requested;
    const FleetOutcome simulated = simulate(request);
    outcome.stopped = outcome.stopped || simulated.stopped;
    if (outcome.stopped) return;
    outcome.strategies.push_back(
        result_of(strategy.policy, simulated, slots, problem.dataset->test.mean_weak_cost));
    if (!settings.store.statistics) continue;
    PolicyStatistics statistics{
        strategy.policy, {}, {}, switch_occupancy(request, 0, fleet.at_switch)};
    outcome.stopped = is_requested(stop_requested);
    if (outcome.stopped) return;
    for (const FleetSums& sums : simulated.sums) statistics.lost += sums.offloads - sums.passed;
    outcome.statistics.policies.push_back(std::move(statistics));
  }
}

}  // namespace edgesweep
