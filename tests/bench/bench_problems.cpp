#include "tests/bench/bench_problems.h"

#include <stdexcept>
#include <string>

#include "host/engine/run/run_steps.h"

namespace edgesweep::bench {

RunSettings paper_settings() {
  RunSettings settings;
  settings.dataset = std::string(EDGESWEEP_SOURCE_DIR) + "/experiments/datasets/imagenet_top5.h5";
  settings.rate = 0.1;
  settings.depth = 5;
  settings.seed = 1;
  settings.metric_sequence = {MetricSequenceSettings::Type::local_reset, 0.1, 0.1, "", ""};
  settings.policies = {Policy::weak,     Policy::strong, Policy::lower_bound,
                       Policy::baseline, Policy::mdp,    Policy::dqn};
  settings.mdp.discount = 0.9999;
  settings.dqn.history_metrics = 95;
  settings.dqn.layers = 5;
  settings.dqn.width = 64;
  settings.dqn.discount = 0.9999;
  settings.dqn.batch = 128;
  settings.dqn.mini_batches = 128;
  settings.dqn.schedule = {{1000, 1e-3}};
  settings.test = {100, 100'000};
  return settings;
}

RunSettings settings_with_outputs(int outputs) {
  RunSettings settings = paper_settings();
  switch (outputs) {
    case 13:  // (Q, P, M) = (1, 4, 8)
      settings.rate = 0.25;
      settings.depth = 2;
      return settings;
    case 91:  // (1, 10, 50)
      settings.rate = 0.1;
      settings.depth = 5;
      return settings;
    case 781:  // (1, 20, 400)
      settings.rate = 0.05;
      settings.depth = 20;
      return settings;
    default:
      throw std::invalid_argument("no bucket for " + std::to_string(outputs) + " outputs");
  }
}

RunProblem prepared(const RunSettings& settings) {
  static InputCache inputs;
  return resolve_run("bench", settings, inputs);
}

std::vector<float> weights_that_keep(const RunProblem& problem) {
  const NetworkShape& shape = problem.training->shape;
  std::vector<float> weights = initial_weights(shape, 1);
  const TokenBucket& bucket = problem.bucket;
  float* bias = weights.data() + weights.size() - static_cast<size_t>(shape.outputs());
  for (int32_t units = bucket.cost; units <= bucket.capacity; ++units)
    bias[offload_output(bucket, Outputs::action_values, units)] = -1000.0f;
  return weights;
}

}  // namespace edgesweep::bench
