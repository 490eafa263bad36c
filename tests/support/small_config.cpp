#include "tests/support/small_config.h"

#include <stdexcept>

#include "host/results/results_file.h"
#include "tests/support/paths.h"

namespace edgesweep::testing {

std::string small_config(int iterations, const std::string& extra) {
  return R"({
  "name": "small",
  "base": {
    "dataset": ")" +
         testing::source_dir() + R"(/experiments/datasets/imagenet_top5.h5",
    "depth": 2,
    "metric_sequence": {"type": "local_reset", "spread": 0.1, "reset_probability": 0.1},
    "policies": ["weak", "strong", "lower_bound", "baseline", "mdp", "dqn"],
    "dqn": {
      "history_metrics": 7, "layers": 2, "width": 12, "batch": 16, "mini_batches": 4,
      "schedule": [{"iterations": )" +
         std::to_string(iterations) + R"(, "learning_rate": 0.001}],
      "evaluate_every": 5000,
      "training_sequences": {"sequences": 2, "images": 500},
      "validation": {"sequences": 2, "images": 500}
    },
    "test": {"sequences": 4, "images": 2000},
    "store": {"weights": true, "traces": {"sequences": 1, "images": 50}})" +
         extra + R"(
  },
  "sweep": {"rate": [0.1, 0.25]}
})";
}

std::string digest_of(const std::string& results_path) {
  const std::optional<StoredSweep> sweep = read_results(results_path);
  if (!sweep) throw std::runtime_error("no results file " + results_path);
  return results_digest(*sweep);
}

}  // namespace edgesweep::testing
