#include "host/engine/fleet_runs.h"

#include <map>
#include <sstream>

#include "host/policy/token_bucket.h"

namespace edgesweep {
namespace {

FleetSwitch switch_of(const RunSettings& settings) {
  const int32_t count = settings.devices.count;
  return {count, *make_token_bucket(settings.rate, settings.depth * count)};
}

/// Values one after another, each to its last bit.
class KeyText {
 public:
  KeyText() { text_.precision(17); }
  template <typename Value>
  KeyText& operator<<(const Value& value) {
    text_ << value << ' ';
    return *this;
  }
  std::string str() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

/// All that a search depends on besides the switch.
std::string search_key(const RunSettings& settings) {
  const MetricSequenceSettings& sequence = settings.metric_sequence;
  const DeviceSettings& devices = settings.devices;
  KeyText key;
  key << settings.dataset << static_cast<int>(settings.rules) << settings.training_deviation
      << static_cast<int>(settings.mdp.stop) << settings.mdp.discount
      << static_cast<int>(sequence.type) << sequence.spread << sequence.reset_probability
      << settings.seed << devices.search.sequences << devices.search.images;
  if (settings.metric_scale)
    key << "scale" << settings.metric_scale->mean << settings.metric_scale->deviation;
  for (const double rate : devices.search_rates) key << "rate" << rate;
  for (const double depth : devices.search_depths) key << "depth" << depth;
  return key.str();
}

std::string switch_key(const RunSettings& settings) {
  KeyText key;
  key << search_key(settings) << settings.devices.count << settings.rate << settings.depth;
  return key.str();
}

/// One search for runs whose settings have the same search_key.
bool search_together(const std::vector<const RunSettings*>& runs, InputCache& inputs,
                     const FleetSimulator& simulate, const std::function<bool()>& stop_requested) {
  const RunSettings& first = *runs.front();
  SearchProblem problem;
  problem.source = training_source(first, Purpose::fleet_search, inputs);
  problem.size = first.devices.search;
  problem.rates = first.devices.search_rates;
  problem.depths = first.devices.search_depths;
  for (const RunSettings* run : runs)
    problem.switches.push_back({switch_of(*run), run->rate, run->depth});
  problem.policy = [&](const TokenBucket& bucket) {
    return make_rank_policy(*problem.source.images, bucket,
                            mdp_of(first, bucket, inputs).threshold);
  };
  SearchOutcome found = search_fleets(problem, simulate, stop_requested);
  if (found.stopped) return false;
  for (size_t i = 0; i < runs.size(); ++i)
    inputs.keep_search(switch_key(*runs[i]), std::move(found.points[i]));
  return true;
}

TokenBucket searched_bucket(const std::vector<SearchPoint>& search) {
  const SearchPoint& best = best_point(search);
  return *make_token_bucket(best.rate, best.depth);
}

}  // namespace

bool needs_search(const RunSettings& settings) {
  return settings.has(Policy::hierarchical) || is_learned_fleet(settings);
}

bool run_searches(const std::vector<RunJob>& jobs, InputCache& inputs,
                  const FleetSimulator& simulate, const std::function<bool()>& stop_requested) {
  std::map<std::string, std::map<std::string, const RunSettings*>> searches;
  for (const RunJob& job : jobs)
    if (needs_search(job.settings) && !inputs.has_search(switch_key(job.settings)))
      searches[search_key(job.settings)][switch_key(job.settings)] = &job.settings;
  for (const auto& [key, by_switch] : searches) {
    std::vector<const RunSettings*> runs;
    for (const auto& [switch_text, run] : by_switch) runs.push_back(run);
    if (!search_together(runs, inputs, simulate, stop_requested)) return false;
  }
  return true;
}

FleetProblem prepare_fleet(const RunSettings& settings, const RunProblem& problem,
                           InputCache& inputs) {
  FleetProblem fleet;
  fleet.at_switch = switch_of(settings);
  const auto add = [&](Policy policy, FleetMode mode, const TokenBucket& bucket) {
    fleet.strategies.push_back({policy, mode,
                                make_rank_policy(problem.dataset->test, bucket,
                                                 mdp_of(settings, bucket, inputs).threshold)});
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
                                   InputCache& inputs) {
  FleetNetwork network;
  network.at_switch = problem.fleet->at_switch;
  network.own = searched_bucket(inputs.search(switch_key(settings)));
  network.training = settings.devices.training;
  const float above_all = problem.dataset->training.metric_single.back() + 1;
  network.threshold.assign(static_cast<size_t>(network.own.cost), above_all);
  for (const double threshold : mdp_of(settings, network.own, inputs).threshold)
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
                         const std::function<bool()>& stop_requested, SimulationOutcome& outcome) {
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
  }
}

}  // namespace edgesweep
