#include "host/engine/run/run_outcome.h"

#include <algorithm>
#include <limits>

#include "host/policy/bounds.h"
#include "host/policy/rewards.h"

namespace edgesweep {
namespace {

/// One policy's row; NaN for a DQN without a usable network.
PolicyResult policy_row(Policy policy, const RunProblem& problem, const SimulationRequest& request,
                        const SimulationOutcome& outcome) {
  const ImageSet& images = problem.dataset->test;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto simulated = [&](const std::vector<SequenceOutcome>& outcomes) {
    return policy_result(policy, outcomes, request.size, images.mean_weak_cost);
  };
  PolicyResult row;
  row.policy = policy;
  if (policy == Policy::weak) {
    row.loss = images.mean_weak_cost;
  } else if (policy == Policy::strong) {
    row = simulated(outcome.strong);
  } else if (policy == Policy::lower_bound) {
    const auto bound_of =
        problem.settings.rules == Rules::edgeml_mdp ? inclusive_lower_bound : lower_bound;
    const LowerBound bound = bound_of(images, problem.baseline_threshold);
    row.loss = images.mean_weak_cost - bound.mean_reward;
    row.offload_rate = bound.offload_rate;
  } else if (policy == Policy::dqn) {
    if (request.weights)
      row = simulated(outcome.network);
    else
      row.loss = row.loss_se = row.offload_rate = nan;
  }
  for (const PolicyResult& strategy : outcome.strategies)
    if (strategy.policy == policy) row = strategy;
  for (size_t i = 0; i < request.thresholds.size(); ++i)
    if (request.thresholds[i].policy == policy) row = simulated(outcome.thresholds[i]);
  for (size_t i = 0; i < request.clairvoyants.size(); ++i)
    if (request.clairvoyants[i].policy == policy) row = simulated(outcome.clairvoyants[i]);
  return row;
}

/// docs/model.md#dataset: thresholds are rounded to single precision. Under the rules of EdgeML-MDP
/// they part the test images as they do in double: the single-precision metric of the first image
/// that is offloaded.
float single_threshold(const RunProblem& problem, double threshold) {
  if (problem.settings.rules == Rules::edgeml_dqn) return static_cast<float>(threshold);
  const ImageSet& images = problem.dataset->test;
  const auto first = std::lower_bound(images.metric.begin(), images.metric.end(), threshold);
  if (first == images.metric.end()) return std::numeric_limits<float>::infinity();
  return images.metric_single[static_cast<size_t>(first - images.metric.begin())];
}

std::vector<float> single_thresholds(const RunProblem& problem,
                                     const std::vector<double>& thresholds) {
  std::vector<float> singles;
  for (const double threshold : thresholds) singles.push_back(single_threshold(problem, threshold));
  return singles;
}

/// Does the bound, which has no bucket, offload an image of this metric?
bool bound_offloads(const RunProblem& problem, double metric) {
  return metric > problem.baseline_threshold ||
         (problem.settings.rules == Rules::edgeml_mdp && metric == problem.baseline_threshold);
}

/// Adds what the policies without a bucket did: they see the image alone, and the bound in double,
/// as it is defined. All policies are then in the order of the settings.
void trace_without_bucket(const RunProblem& problem, RunTraces& traces) {
  const std::vector<double>& metric = problem.dataset->test.metric;
  std::vector<PolicyTrace> ordered;
  for (const Policy policy : problem.settings.policies) {
    const auto simulated =
        std::find_if(traces.policies.begin(), traces.policies.end(),
                     [&](const PolicyTrace& trace) { return trace.policy == policy; });
    if (simulated != traces.policies.end()) {
      ordered.push_back(std::move(*simulated));
      continue;
    }
    if (policy == Policy::dqn) continue;  // failed: there is no network to decide
    PolicyTrace trace{policy, {}, std::vector<uint8_t>(traces.index.size(), 0)};
    if (policy == Policy::strong) std::fill(trace.offload.begin(), trace.offload.end(), 1);
    if (policy == Policy::lower_bound)
      for (size_t i = 0; i < trace.offload.size(); ++i)
        trace.offload[i] =
            bound_offloads(problem, metric[static_cast<size_t>(traces.index[i])]) ? 1 : 0;
    ordered.push_back(std::move(trace));
  }
  traces.policies = std::move(ordered);
}

}  // namespace

RunResult described_result(const RunProblem& problem) {
  RunResult result;
  result.id = problem.id;
  result.bucket_refill = problem.bucket.refill;
  result.bucket_cost = problem.bucket.cost;
  result.bucket_capacity = problem.bucket.capacity;
  result.metric_mean = problem.dataset->metric_mean;
  result.metric_deviation = problem.dataset->metric_sd;
  result.mean_gap = problem.mean_gap;
  result.mdp_sweeps = problem.mdp_sweeps;
  result.mdp_converged = problem.mdp_converged;
  result.baseline_threshold = problem.baseline_threshold;
  result.mdp_threshold = problem.mdp_threshold;
  return result;
}

void take_training(const RunProblem& problem, TrainingState& state, RunResult& result) {
  result.iterations = state.iteration;
  result.training_seconds = state.seconds;
  result.simulation_seconds += state.evaluation_seconds;
  result.best_iteration = state.best_iteration;
  result.best_validation_loss = state.best_validation_loss;
  result.curve = std::move(state.curve);
  result.reward_factor = problem.training->reward_factor;
  result.layer_sizes = problem.training->shape.sizes;
  result.weights = std::move(state.weights);
  result.best_weights = std::move(state.best_weights);
}

const std::vector<float>& tested_weights(const DqnSettings& dqn, const RunResult& result) {
  const bool use_best = dqn.keep == DqnSettings::Keep::best && !result.best_weights.empty();
  return use_best ? result.best_weights : result.weights;
}

const std::vector<float>& tested_weights(const DqnSettings& dqn, const TrainingState& state) {
  const bool use_best = dqn.keep == DqnSettings::Keep::best && !state.best_weights.empty();
  return use_best ? state.best_weights : state.weights;
}

SimulationRequest test_request(const RunProblem& problem, const std::vector<float>* weights) {
  SimulationRequest request;
  const RunSettings& settings = problem.settings;
  request.source = &problem.test;
  request.size = settings.test;
  request.bucket = problem.bucket;
  request.traces = settings.store.traces;
  request.first_traced_sequence = settings.store.first_traced_sequence;
  request.statistics = settings.store.statistics && !problem.fleet;
  const size_t states = static_cast<size_t>(problem.bucket.capacity - problem.bucket.cost) + 1;
  if (settings.has(Policy::baseline))
    request.thresholds.push_back(
        {Policy::baseline,
         std::vector<float>(states, single_threshold(problem, problem.baseline_threshold))});
  if (settings.has(Policy::mdp))
    request.thresholds.push_back({Policy::mdp, single_thresholds(problem, problem.mdp_threshold)});
  const ImageSet& images = *problem.test.images;
  if (settings.has(Policy::clairvoyant))
    request.clairvoyants.push_back({Policy::clairvoyant, fixed_point_values(images.reward)});
  if (settings.has(Policy::clairvoyant_metric))
    request.clairvoyants.push_back(
        {Policy::clairvoyant_metric, fixed_point_values(images.raw_metric)});
  if (weights) {
    request.shape = &problem.training->shape;
    request.weights = weights;
    request.outputs = problem.training->dqn.outputs;
    request.expected_reward = problem.training->test_expected_reward;
    request.history_metrics = settings.dqn.history_metrics;
    request.history_gaps = settings.dqn.history_gaps;
  }
  return request;
}

void take_simulation(const RunProblem& problem, const SimulationRequest& request,
                     SimulationOutcome outcome, RunResult& result) {
  for (const Policy policy : problem.settings.policies)
    result.policies.push_back(policy_row(policy, problem, request, outcome));
  double weak = 0;
  for (const double sum : outcome.weak_cost) weak += sum;
  result.sequence_weak_loss = weak / (static_cast<double>(request.size.sequences) *
                                      static_cast<double>(request.size.images));
  result.statistics = std::move(outcome.statistics);
  if (problem.fleet) result.search = problem.fleet->search;
  result.traces = std::move(outcome.traces);
  if (result.traces.sequences > 0) trace_without_bucket(problem, result.traces);
}

void drop_unwanted_weights(const RunSettings& settings, RunResult& result) {
  if (settings.store.weights) return;
  result.weights.clear();
  result.best_weights.clear();
}

PolicyResult fleet_result(Policy policy, const RunProblem& problem, const SequenceSource& source,
                          const SimulationSize& size, const FleetOutcome& outcome) {
  std::vector<SequenceOutcome> sequences;
  for (const FleetSums& sums : outcome.sums) sequences.push_back({sums.reward, sums.passed});
  return policy_result(policy, sequences,
                       {size.sequences, size.images * problem.fleet->at_switch.cameras},
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
