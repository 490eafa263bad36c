#include "host/results/merge_results.h"

#include <algorithm>
#include <stdexcept>

#include "host/error.h"
#include "host/results/results_file.h"

namespace edgesweep {
namespace {

bool any_traces(const SimulationSize& size) { return size.sequences > 0 && size.images > 0; }

bool any_traces(const RunTraces& traces) { return traces.sequences > 0 && traces.images > 0; }

template <typename Items>
const typename Items::value_type* of_policy(const Items& items, Policy policy) {
  for (const auto& item : items)
    if (item.policy == policy) return &item;
  return nullptr;
}

bool has_statistics(const RunSettings& settings, Policy policy) {
  if (settings.fleet.count > 1) return is_strategy(policy) || policy == Policy::dqn;
  return policy == Policy::baseline || policy == Policy::mdp;
}

bool has_wanted_traces(const RunSettings& wanted, const RunResult& part, Policy policy) {
  const RunTraces& traces = part.traces;
  if (traces.first_sequence != wanted.store.first_traced_sequence ||
      traces.sequences != wanted.store.traces.sequences ||
      traces.images != wanted.store.traces.images)
    return false;
  // No network, or one that many cameras share, leaves no trace.
  const bool untraced =
      policy == Policy::dqn && (part.status == RunStatus::failed || wanted.fleet.count > 1);
  return untraced || of_policy(traces.policies, policy) != nullptr;
}

/// Does the part have all that is to be stored of the policy?
bool serves(const RunSettings& wanted, const RunResult& part, Policy policy) {
  if (find_policy(part, policy) == nullptr) return false;
  const bool diverged = policy == Policy::dqn && part.status == RunStatus::failed;
  if (any_traces(wanted.store.traces) && !has_wanted_traces(wanted, part, policy)) return false;
  if (wanted.store.statistics && has_statistics(wanted, policy) && !diverged &&
      of_policy(part.statistics.policies, policy) == nullptr)
    return false;
  return policy != Policy::dqn || !wanted.store.weights || !part.weights.empty();
}

const RunResult* find_part(const RunSettings& wanted, const RunParts& parts, Policy policy) {
  for (const RunResult* part : parts)
    if (serves(wanted, *part, policy)) return part;
  return nullptr;
}

const RunResult& part_of(const RunSettings& wanted, const RunParts& parts, Policy policy) {
  const RunResult* part = find_part(wanted, parts, policy);
  if (part == nullptr)
    throw std::logic_error(std::string("no part of the run has ") + policy_name(policy));
  return *part;
}

void take_mdp(const RunResult& from, RunResult& to) {
  to.mdp_sweeps = from.mdp_sweeps;
  to.mdp_converged = from.mdp_converged;
  to.mdp_threshold = from.mdp_threshold;
}

void take_dqn(const RunResult& from, bool weights, RunResult& to) {
  to.status = from.status;
  to.failure = from.failure;
  to.iterations = from.iterations;
  to.training_seconds = from.training_seconds;
  to.best_iteration = from.best_iteration;
  to.best_validation_loss = from.best_validation_loss;
  to.curve = from.curve;
  to.reward_factor = from.reward_factor;
  to.layer_sizes = from.layer_sizes;
  if (!weights) return;
  to.weights = from.weights;
  to.best_weights = from.best_weights;
}

/// What a run has whatever its policies.
void take_common(const RunResult& from, RunResult& to) {
  to.sequence_weak_loss = from.sequence_weak_loss;
  to.bucket_refill = from.bucket_refill;
  to.bucket_cost = from.bucket_cost;
  to.bucket_capacity = from.bucket_capacity;
  to.metric_mean = from.metric_mean;
  to.metric_deviation = from.metric_deviation;
  to.mean_gap = from.mean_gap;
  to.baseline_threshold = from.baseline_threshold;
}

void check_common(const RunResult& a, const RunResult& b, const std::string& id) {
  const auto check = [&](const char* name, double first, double second) {
    if (first == second) return;
    throw SystemError("run " + id + ": the policies of the results file and those computed now " +
                      "cannot be put together: " + name + " differs; --force computes all of it " +
                      "again");
  };
  check("sequence_weak_loss", a.sequence_weak_loss, b.sequence_weak_loss);
  check("bucket_refill", a.bucket_refill, b.bucket_refill);
  check("bucket_cost", a.bucket_cost, b.bucket_cost);
  check("bucket_capacity", a.bucket_capacity, b.bucket_capacity);
  check("metric_mean", a.metric_mean, b.metric_mean);
  check("metric_deviation", a.metric_deviation, b.metric_deviation);
  check("mean_gap", a.mean_gap, b.mean_gap);
  check("baseline_threshold", a.baseline_threshold, b.baseline_threshold);
}

void add_traces(const RunResult& part, Policy policy, RunTraces& traces) {
  if (traces.sequences == 0) {
    const std::vector<PolicyTrace> before = std::move(traces.policies);
    traces = part.traces;
    traces.policies = before;
  }
  if (const PolicyTrace* trace = of_policy(part.traces.policies, policy))
    traces.policies.push_back(*trace);
}

void add_statistics(const RunResult& part, Policy policy, RunStatistics& statistics) {
  const PolicyStatistics* counted = of_policy(part.statistics.policies, policy);
  if (counted == nullptr) return;
  statistics.units_per_token = part.statistics.units_per_token;
  statistics.draws_by_rank = part.statistics.draws_by_rank;
  statistics.policies.push_back(*counted);
}

/// Strategies are counted before the network of many cameras.
void order_statistics(RunStatistics& statistics) {
  std::stable_partition(statistics.policies.begin(), statistics.policies.end(),
                        [](const PolicyStatistics& of) { return of.policy != Policy::dqn; });
}

}  // namespace

std::vector<Policy> missing_policies(const RunSettings& wanted, const RunParts& parts) {
  std::vector<Policy> missing;
  for (const Policy policy : wanted.policies)
    if (find_part(wanted, parts, policy) == nullptr) missing.push_back(policy);
  return missing;
}

RunResult merge_results(const RunSettings& wanted, const std::string& id, const RunParts& parts) {
  RunResult result;
  result.id = id;
  std::vector<const RunResult*> used;
  for (const Policy policy : wanted.policies) {
    const RunResult& part = part_of(wanted, parts, policy);
    if (std::find(used.begin(), used.end(), &part) == used.end()) {
      if (!used.empty()) check_common(*used.front(), part, id);
      used.push_back(&part);
      result.simulation_seconds += part.simulation_seconds;
    }
    result.policies.push_back(*find_policy(part, policy));
    if (policy == Policy::mdp) take_mdp(part, result);
    if (policy == Policy::dqn) take_dqn(part, wanted.store.weights, result);
    if (policy == Policy::hierarchical) result.search = part.search;
    if (any_traces(wanted.store.traces)) add_traces(part, policy, result.traces);
    if (wanted.store.statistics) add_statistics(part, policy, result.statistics);
  }
  take_common(*used.front(), result);
  order_statistics(result.statistics);
  return result;
}

std::string lost_parts(const RunSettings& wanted, const RunResult& result) {
  std::string lost;
  const auto add = [&](const std::string& what) { lost += (lost.empty() ? "" : ", ") + what; };
  for (const PolicyResult& row : result.policies)
    if (!wanted.has(row.policy)) add(policy_name(row.policy));
  if (wanted.has(Policy::dqn) && !wanted.store.weights && !result.weights.empty()) add("weights");
  if (!result.statistics.policies.empty() && !wanted.store.statistics) add("statistics");
  const RunTraces& traces = result.traces;
  const int64_t first = wanted.store.first_traced_sequence;
  const SimulationSize& size = wanted.store.traces;
  if (any_traces(traces) &&
      (!any_traces(size) || traces.first_sequence < first || traces.images > size.images ||
       traces.first_sequence + traces.sequences > first + size.sequences))
    add("traces");
  return lost;
}

std::optional<TrainingState> finished_training(const RunParts& parts) {
  for (const RunResult* part : parts) {
    if (part->weights.empty() || part->status != RunStatus::done) continue;
    TrainingState state;
    state.iteration = part->iterations;
    state.seconds = part->training_seconds;
    state.reward_factor = part->reward_factor;
    state.weights = part->weights;
    state.adam_mean.assign(part->weights.size(), 0.0f);
    state.adam_square.assign(part->weights.size(), 0.0f);
    state.best_iteration = part->best_iteration;
    state.best_validation_loss = part->best_validation_loss;
    state.best_weights = part->best_weights;
    state.curve = part->curve;
    return state;
  }
  return std::nullopt;
}

}  // namespace edgesweep
