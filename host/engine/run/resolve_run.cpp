#include "host/engine/run/resolve_run.h"

#include "host/engine/fleet/search.h"
#include "host/engine/problem/resolve.h"
#include "host/engine/run/searches.h"
#include "host/policy/token_bucket.h"

namespace edgesweep {
namespace {

TokenBucket searched_bucket(const std::vector<SearchPoint>& search) {
  const SearchPoint& best = best_point(search);
  return *make_token_bucket(best.rate, best.depth);
}

/// Strategies and their policies. problem: dataset, bucket and test source are known.
FleetProblem resolve_fleet(const RunSettings& settings, const RunProblem& problem,
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

/// What the cameras of a run with `dqn` see.
FleetNetwork resolve_fleet_network(const RunSettings& settings, const RunProblem& problem,
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

}  // namespace

RunProblem resolve_run(const std::string& id, const RunSettings& settings, InputCache& inputs,
                       const StopRequest& stop) {
  RunProblem problem = resolve_policies(id, settings, inputs, stop);
  if (settings.devices.count == 1) return problem;
  problem.fleet = resolve_fleet(settings, problem, inputs, stop);
  if (problem.training)
    problem.training->fleet = resolve_fleet_network(settings, problem, inputs, stop);
  return problem;
}

}  // namespace edgesweep
