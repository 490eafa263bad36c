#include "host/engine/fleet_runs.h"

#include "host/engine/search_runs.h"
#include "host/policy/token_bucket.h"

namespace edgesweep {
namespace {

TokenBucket searched_bucket(const std::vector<SearchPoint>& search) {
  const SearchPoint& best = best_point(search);
  return *make_token_bucket(best.rate, best.depth);
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
    add(Policy::hierarchical, FleetMode::devices, searched_bucket(fleet.search));
  }
  if (settings.has(Policy::smart)) add(Policy::smart, FleetMode::pooled, fleet.at_switch.bucket);
  return fleet;
}

FleetNetwork prepare_fleet_network(const RunSettings& settings, const RunProblem& problem,
                                   InputCache& inputs, const StopRequest& stop) {
  FleetNetwork network;
  network.at_switch = problem.fleet->at_switch;
  network.own = searched_bucket(inputs.search(switch_key(settings)));
  network.training = settings.devices.training;
  const float above_all = problem.dataset->training.metric_single.back() + 1;
  network.threshold.assign(static_cast<size_t>(network.own.cost), above_all);
  for (const double threshold : mdp_of(settings, network.own, inputs, stop).threshold)
    network.threshold.push_back(static_cast<float>(threshold));
  return network;
}

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
