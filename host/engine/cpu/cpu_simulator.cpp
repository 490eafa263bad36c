#include "host/engine/cpu/cpu_simulator.h"

#include "host/engine/run/threshold_walk.h"

namespace edgesweep {
namespace {

SimulationOutcome empty_outcome(const SimulationRequest& request) {
  SimulationOutcome outcome;
  const size_t sequences = static_cast<size_t>(request.size.sequences);
  outcome.thresholds.assign(request.thresholds.size(), std::vector<SequenceOutcome>(sequences));
  outcome.clairvoyants.assign(request.clairvoyants.size(), std::vector<SequenceOutcome>(sequences));
  if (request.weights) outcome.network.resize(sequences);
  if (request.whole_sequence_sums) {
    outcome.strong.resize(sequences);
    outcome.weak_cost.assign(sequences, 0.0);
  }
  const size_t traced = static_cast<size_t>(request.traces.sequences * request.traces.images);
  if (traced == 0) return outcome;
  RunTraces& traces = outcome.traces;
  traces.first_sequence = request.first_traced_sequence;
  traces.sequences = request.traces.sequences;
  traces.images = request.traces.images;
  traces.units_per_token = request.bucket.cost;
  traces.index.resize(traced);
  traces.metric.resize(traced);
  traces.gap.resize(traced);
  const auto add_policy = [&](Policy policy) {
    traces.policies.push_back({policy, std::vector<int32_t>(traced), std::vector<uint8_t>(traced)});
  };
  for (const ThresholdPolicy& policy : request.thresholds) add_policy(policy.policy);
  if (request.weights) add_policy(Policy::dqn);
  for (const ClairvoyantPolicy& policy : request.clairvoyants) add_policy(policy.policy);
  return outcome;
}

}  // namespace

SimulationOutcome simulate_on_cpu(const SimulationRequest& request) {
  SimulationOutcome outcome = empty_outcome(request);
  simulate_thresholds(request, outcome);
  if (request.weights) simulate_network(request, outcome);
  if (!request.clairvoyants.empty()) simulate_clairvoyants(request, outcome);
  if (request.statistics) outcome.statistics = policy_statistics(request);
  outcome.stopped = request.stop_requested && request.stop_requested();
  return outcome;
}

}  // namespace edgesweep
