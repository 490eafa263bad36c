#include "host/exporting/exported_policy.h"

#include "host/engine/cpu/network_decision.h"
#include "host/engine/problem/input_cache.h"
#include "host/engine/run/run_outcome.h"
#include "host/error.h"
#include "host/results/stored_inputs.h"
#include "host/results/stored_network.h"
#include "kernels/random.cuh"

namespace edgesweep {
namespace {

PromisedReward promised_reward(const ImageSet& smoothed) {
  PromisedReward promised;
  promised.reward.push_back(static_cast<float>(smoothed.reward.front()));
  for (size_t i = 0; i + 1 < smoothed.metric.size(); ++i) {
    const auto reward = static_cast<float>(smoothed.reward[i + 1]);
    if (reward == promised.reward.back()) continue;
    promised.low.push_back(smoothed.metric[i]);
    promised.high.push_back(smoothed.metric[i + 1]);
    promised.reward.push_back(reward);
  }
  return promised;
}

/// Test images and gaps of 1 to 3, drawn by position.
ExportedPolicy::Example make_example(const ExportedPolicy& policy, const DqnSettings& dqn,
                                     const std::vector<double>& metrics, int64_t images) {
  ExportedPolicy::Example example;
  NetworkDecision network(policy.shape, policy.bucket, dqn, policy.weights);
  int32_t units = policy.bucket.capacity;
  const auto count = static_cast<uint32_t>(metrics.size());
  for (int64_t t = 0; t < images; ++t) {
    const PhiloxBlock word = philox(0, static_cast<uint32_t>(t), 0, 0, Purpose::test);
    const double metric = metrics[uniform_below(word.word[0], count)];
    const auto gap = static_cast<int32_t>(1 + uniform_below(word.word[1], 3));
    const double normalised = (metric - policy.metric_mean) / policy.metric_deviation;
    const bool offload =
        network.decide(static_cast<float>(normalised), t == 0 ? 0.0f : static_cast<float>(gap),
                       units, policy.promised.at(normalised));
    example.metric.push_back(metric);
    example.gap.push_back(gap);
    example.units.push_back(units);
    example.offload.push_back(offload ? 1 : 0);
    const PhiloxBlock next = philox(0, static_cast<uint32_t>(t + 1), 0, 0, Purpose::test);
    units = next_units(policy.bucket, units, offload,
                       static_cast<int32_t>(1 + uniform_below(next.word[1], 3)));
  }
  return example;
}

void check_can_export(const StoredRun& run, const RunSettings& settings, const std::string& file) {
  const auto refuse = [&](const std::string& found, const std::string& allowed) {
    throw InputError(file, "run " + run.result.id, found, allowed);
  };
  if (run.result.status == RunStatus::failed) refuse("a failed run", "a run that is done");
  if (run.result.layer_sizes.empty()) refuse("no dqn among its policies", "a run with a dqn");
  if (settings.fleet.count > 1)
    refuse("a network of many cameras", "a single camera's (devices.count 1)");
  if (run.result.weights.empty())
    refuse("no weights", "a run of a config with store.weights, which keeps them");
}

}  // namespace

float PromisedReward::at(double metric) const {
  size_t first = 0, count = low.size();
  while (count > 0) {  // the steps before the wanted one are a prefix
    const size_t half = count / 2;
    if (high[first + half] - metric < metric - low[first + half]) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return reward[first];
}

ExportedPolicy exported_policy(const StoredSweep& results, const StoredRun& run,
                               const std::string& file, int64_t images) {
  check_can_export(run, stored_settings(run, file, ""), file);
  if (Json::parse(run.config.json()).contains("network"))
    throw InputError(file, "run " + run.result.id, "a network that was trained elsewhere",
                     "the run that trained it, in its own results file");
  const StoredNetwork network = stored_network(run, file);
  RunSettings settings = StoredInputs(results, file).settings_of(run);
  settings.reward_factor = run.result.reward_factor;
  ExportedPolicy policy;
  policy.run = run.result.id;
  policy.digest = results_digest(results);
  policy.bucket = network.bucket;
  policy.metrics = network.dqn.history_metrics + 1;
  policy.gaps = network.dqn.history_gaps < 0 ? 0 : network.dqn.history_gaps + 1;
  policy.outputs = network.dqn.outputs;
  policy.shape = network.shape;
  policy.weights = tested_weights(network.dqn, run.result);
  policy.metric_mean = run.result.metric_mean;
  policy.metric_deviation = run.result.metric_deviation;
  InputCache inputs;
  policy.promised.reward = {0.0f};
  if (policy.outputs == Outputs::after_states)
    policy.promised = promised_reward(inputs.training_dataset(settings)->training);
  policy.example =
      make_example(policy, network.dqn, inputs.dataset(settings)->test.raw_metric, images);
  return policy;
}

}  // namespace edgesweep
