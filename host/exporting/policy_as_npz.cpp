#include <fmt/format.h>

#include "host/engine/network/decision_table.h"
#include "host/exporting/policy_formats.h"
#include "host/results/npz_file.h"

namespace edgesweep {

std::vector<unsigned char> policy_as_npz(const ExportedPolicy& policy) {
  const TokenBucket& bucket = policy.bucket;
  std::vector<NpzEntry> arrays = {
      {"format", std::string("edgesweep policy 1")},
      {"run", policy.run},
      {"results_digest", policy.digest},
      {"outputs",
       std::string(policy.outputs == Outputs::after_states ? "after_states" : "action_values")},
      {"bucket", std::vector<int32_t>{bucket.refill, bucket.cost, bucket.capacity}},
      {"window", std::vector<int32_t>{policy.metrics, policy.gaps}},
      {"metric_scale", std::vector<double>{policy.metric_mean, policy.metric_deviation}},
  };
  const float* at = policy.weights.data();
  for (int l = 0; l < policy.shape.layers(); ++l) {
    const auto inputs = static_cast<uint64_t>(policy.shape.sizes[static_cast<size_t>(l)]);
    const auto outputs = static_cast<uint64_t>(policy.shape.sizes[static_cast<size_t>(l) + 1]);
    arrays.push_back({fmt::format("weight_{}", l),
                      std::vector<float>(at, at + inputs * outputs),
                      {inputs, outputs}});
    at += inputs * outputs;
    arrays.push_back({fmt::format("bias_{}", l), std::vector<float>(at, at + outputs)});
    at += outputs;
  }
  const DecisionTable table =
      make_decision_table(policy.shape, bucket, policy.outputs, policy.weights);
  std::vector<float> difference;
  for (int32_t state = 0; state <= bucket.capacity - bucket.cost; ++state)
    difference.insert(difference.end(), table.row(state), table.row(state) + table.width);
  arrays.push_back({"difference",
                    difference,
                    {table.bias_difference.size(), static_cast<uint64_t>(table.width)}});
  arrays.push_back({"bias_difference", table.bias_difference});
  arrays.push_back({"reward_low", policy.promised.low});
  arrays.push_back({"reward_high", policy.promised.high});
  arrays.push_back({"reward", policy.promised.reward});
  arrays.push_back({"example_metric", policy.example.metric});
  arrays.push_back({"example_gap", policy.example.gap});
  arrays.push_back({"example_units", policy.example.units});
  arrays.push_back({"example_offload", policy.example.offload});
  return npz_bytes(arrays);
}

}  // namespace edgesweep
