#include "tests/support/problems.h"

#include <cstdlib>

#include "host/engine/run/run_steps.h"
#include "tests/support/paths.h"

namespace edgesweep::testing {

std::string dataset_path() {
  // Where the program runs without its sources (tests/cuda/bundle.sh).
  if (const char* path = std::getenv("EDGESWEEP_DATASET")) return path;
  return testing::source_dir() + "/experiments/datasets/imagenet_top5.h5";
}

RunSettings small_settings() {
  RunSettings settings;
  settings.dataset = dataset_path();
  settings.rate = 0.1;
  settings.depth = 4;
  settings.seed = 1;
  settings.metric_sequence.type = MetricSequenceSettings::Type::local_reset;
  settings.metric_sequence.spread = 0.1;
  settings.metric_sequence.reset_probability = 0.1;
  settings.policies = {Policy::weak,     Policy::strong, Policy::lower_bound,
                       Policy::baseline, Policy::mdp,    Policy::dqn};
  settings.mdp.discount = 0.9999;
  settings.dqn.history_metrics = 4;
  settings.dqn.layers = 2;
  settings.dqn.width = 8;
  settings.dqn.discount = 0.9999;
  settings.dqn.batch = 6;
  settings.dqn.mini_batches = 3;
  settings.dqn.schedule = {{3, 1e-3}, {2, 1e-4}};
  settings.dqn.evaluate_every = 2;
  settings.dqn.training_sequences = {2, 300};
  settings.dqn.validation = {2, 300};
  settings.test = {3, 500};
  settings.store.weights = true;
  return settings;
}

RunProblem prepared(const RunSettings& settings) {
  static InputCache cache;
  return resolve_run("test", settings, cache);
}

std::vector<float> metrics_of(const Windows& windows) {
  std::vector<float> result;
  for (int64_t row = 0; row < windows.count; ++row)
    for (int position = 0; position < windows.metrics; ++position)
      result.push_back(windows.metric(row, position));
  return result;
}

std::vector<float> gaps_of(const Windows& windows) {
  std::vector<float> result;
  for (int64_t row = 0; row < windows.count; ++row)
    for (int position = 0; position < windows.gaps; ++position)
      result.push_back(windows.gap(row, position));
  return result;
}

}  // namespace edgesweep::testing
