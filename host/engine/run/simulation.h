#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "host/engine/problem/problem.h"
#include "host/engine/problem/run_result.h"

namespace edgesweep {

/// What one policy earned on one sequence. Rewards are added in double in the order of the images.
struct SequenceOutcome {
  double reward = 0;
  int64_t offloads = 0;
};

/// A threshold policy with a bucket: offload if n >= P and metric >= threshold[n - P], both single
/// precision (docs/model.md#dataset).
struct ThresholdPolicy {
  Policy policy = Policy::baseline;
  std::vector<float> threshold;
};

/// A policy that knows all images and gaps of a sequence and makes the most of them: of all ways to
/// offload that the bucket allows, one whose sum of `value` is largest (kernels/clairvoyant.cuh).
/// Where keeping an image is as good as offloading it, it is kept.
struct ClairvoyantPolicy {
  Policy policy = Policy::clairvoyant;
  std::vector<int32_t> value;  ///< by rank: host/policy/rewards
};

/// One simulation: policies that all see the same sequences.
struct SimulationRequest {
  const SequenceSource* source = nullptr;
  SimulationSize size;
  TokenBucket bucket;
  std::vector<ThresholdPolicy> thresholds;
  std::vector<ClairvoyantPolicy> clairvoyants;
  const NetworkShape* shape = nullptr;          ///< with a network
  const std::vector<float>* weights = nullptr;  ///< null: no network
  Outputs outputs = Outputs::action_values;     ///< of the network
  /// By rank of the source's images, with after_states: a decision adds the image's.
  std::shared_ptr<const std::vector<float>> expected_reward;
  int history_metrics = 0;            ///< H1 of the network
  int history_gaps = -1;              ///< H2
  SimulationSize traces;              ///< recorded from the first images on
  int64_t first_traced_sequence = 0;  ///< of them
  bool statistics = false;            ///< of the threshold policies are wanted
  bool whole_sequence_sums = true;    ///< `strong` and `weak_cost` are wanted
  /// Asked now and then, from any thread: true ends the simulation early. Null: never.
  std::function<bool()> stop_requested;
};

struct SimulationOutcome {
  std::vector<std::vector<SequenceOutcome>> thresholds;    ///< [policy][sequence]
  std::vector<std::vector<SequenceOutcome>> clairvoyants;  ///< [policy][sequence]
  std::vector<SequenceOutcome> network;                    ///< [sequence]; empty without a network
  std::vector<SequenceOutcome> strong;  ///< every image offloaded; empty unless wanted
  std::vector<double> weak_cost;        ///< sum per sequence; empty unless wanted
  RunTraces traces;
  std::vector<PolicyResult> strategies;  ///< of many cameras behind a switch
  RunStatistics statistics;              ///< empty unless wanted
  bool stopped = false;                  ///< ended early: the numbers are not to be used
};

/// mean(w) - rewards / images, its standard error over sequences, and the offload rate.
/// docs/model.md#loss.
PolicyResult policy_result(Policy policy, const std::vector<SequenceOutcome>& outcomes,
                           const SimulationSize& size, double mean_weak_cost);

}  // namespace edgesweep
