// Costs in any unit: 2^k times the costs give the same networks and decisions, and exactly 2^k
// times the losses.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <mutex>
#include <random>

#include "host/engine/backends.h"
#include "host/engine/run/backend.h"
#include "host/engine/run/observers.h"
#include "host/results/results_file.h"
#include "tests/support/config_files.h"
#include "tests/support/dataset_files.h"

namespace edgesweep::testing {
namespace {

/// Costs with many digits, rewards of both signs: the strong classifier costs more for images of
/// low metric.
NamedArrays costly_images() {
  std::mt19937_64 generator(23);
  const auto unit = [&] { return static_cast<double>(generator() >> 11) * 0x1p-53; };
  NamedArrays arrays;
  for (const std::string split : {"tr", "ts"}) {
    std::vector<double> metric, weak, strong;
    for (int i = 0; i < 400; ++i) {
      metric.push_back(std::floor(50 * unit()) / 50);  // many images share theirs
      weak.push_back(9 * metric.back() * unit());
      strong.push_back(2 * unit());
    }
    arrays.insert(
        arrays.end(),
        {{"metric_" + split, metric}, {"wcost_" + split, weak}, {"scost_" + split, strong}});
  }
  return arrays;
}

NamedArrays times(NamedArrays arrays, double factor) {
  for (auto& [name, values] : arrays)
    if (name.find("cost") != std::string::npos)
      for (double& value : values) value *= factor;
  return arrays;
}

/// Settings of the default recipe, but for sizes.
constexpr const char* kSmallDqn = R"("dqn": {"history_metrics": 5, "layers": 2, "width": 12,
    "batch": 16, "mini_batches": 4, "schedule": [{"iterations": 9, "learning_rate": 0.003}],
    "evaluate_every": 3, "keep": "best", "training_sequences": {"sequences": 2, "images": 300},
    "validation": {"sequences": 2, "images": 300}})";
constexpr const char* kSizes = R"("test": {"sequences": 3, "images": 400},
    "store": {"weights": true, "statistics": true, "traces": {"sequences": 1, "images": 40}})";

std::string config_of_one() {
  return config_text(R"("rate": 0.1, "depth": 3, "metric_sequence": {"type": "local_reset",
      "spread": 0.1, "reset_probability": 0.1}, "policies": ["weak", "strong", "lower_bound",
      "baseline", "mdp", "dqn", "clairvoyant", "clairvoyant_metric"], )" +
                     std::string(kSmallDqn) + ", " + kSizes);
}

std::string config_of_fleet() {
  return config_text(R"("rate": 0.1, "depth": 2, "devices": {"count": 3,
      "search": {"rates": [0.1, 0.15], "depths": [1, 2, 4], "sequences": 6, "images": 200},
      "training": {"warm_up": 20, "steps": 4, "horizon": 15}}, "policies": ["weak", "strong",
      "lower_bound", "isolated", "hierarchical", "smart", "dqn"], )" +
                     std::string(kSmallDqn) + R"(, "test": {"sequences": 3, "images": 300},
      "store": {"weights": true, "statistics": true})");
}

class Collector : public SilentObserver {
 public:
  void on_finished(size_t, RunResult finished) override { result = std::move(finished); }
  RunResult result;
};

/// The one run of a config, of dataset `images.npz`.
StoredRun executed(const std::string& config, const std::vector<std::string>& changes,
                   const NamedArrays& images) {
  const TemporaryFolder folder;
  write_npz(folder.file("images.npz"), npy_entries(images));
  write_bytes(folder.file("config.json"), config);
  const Sweep sweep = load_sweep(folder.file("config.json"), {changes, std::nullopt});
  InputCache inputs;
  Collector collector;
  const RunSpec& spec = sweep.runs.at(0);
  make_cpu_backend(2)->execute({{0, spec.id, spec.settings(), std::nullopt}}, inputs, collector);
  return stored_run(spec, collector.result);
}

/// What the run must give for costs `factor` times as large.
StoredRun in_another_unit(StoredRun run, double factor) {
  RunResult& result = run.result;
  for (PolicyResult& policy : result.policies) {
    policy.loss *= factor;
    policy.loss_se *= factor;
  }
  result.sequence_weak_loss *= factor;
  result.best_validation_loss *= factor;
  for (CurvePoint& point : result.curve) {
    point.mean_squared_error *= factor * factor;
    point.training_loss *= factor;
    point.validation_loss *= factor;
  }
  for (SearchPoint& point : result.search) point.reward *= factor;
  result.reward_factor /= factor;
  return run;
}

void expect_equal(const StoredRun& run, const StoredRun& expected, const std::string& what) {
  ASSERT_EQ(run.result.policies.size(), expected.result.policies.size());
  for (size_t p = 0; p < run.result.policies.size(); ++p)
    EXPECT_EQ(run.result.policies[p].loss, expected.result.policies[p].loss)
        << what << ": " << policy_name(run.result.policies[p].policy);
  EXPECT_EQ(run.result.reward_factor, expected.result.reward_factor) << what;
  EXPECT_EQ(run.result.weights, expected.result.weights) << what;
  ASSERT_EQ(run.result.curve.size(), expected.result.curve.size()) << what;
  EXPECT_EQ(run.result.curve.back().mean_squared_error,
            expected.result.curve.back().mean_squared_error)
      << what;
  EXPECT_EQ(run.result.search, expected.result.search) << what;
  EXPECT_EQ(run_digest(run, {}), run_digest(expected, {})) << what << ": all that a digest covers";
}

void expect_scales(const std::string& config, const std::vector<std::string>& changes = {}) {
  const StoredRun base = executed(config, changes, costly_images());
  ASSERT_GT(base.result.best_iteration, -1);
  ASSERT_NE(base.result.curve.front().validation_loss, base.result.curve.back().validation_loss);
  for (const int k : {-40, -17, -2, 1, 3, 40}) {
    const double factor = std::ldexp(1.0, k);
    expect_equal(executed(config, changes, times(costly_images(), factor)),
                 in_another_unit(base, factor), "2^" + std::to_string(k));
  }
}

TEST(CostScale, APowerOfTwoOfAllCostsIsThatPowerOfAllLosses) { expect_scales(config_of_one()); }

TEST(CostScale, SoItIsWithGapsInTheHistory) {
  expect_scales(config_of_one(),
                {R"(arrivals={"type": "markov_modulated", "interval_1": 1, "interval_2": 3,
                    "p_12": 0.2, "p_21": 0.1})",
                 "dqn.history_gaps=0"});
}

TEST(CostScale, SoItIsOfManyCamerasThatShareANetwork) { expect_scales(config_of_fleet()); }

TEST(CostScale, ThePublishedRecipeTakesRewardsAsTheyAre) {
  const std::vector<std::string> published = {R"(dqn.recipe="published")"};
  const StoredRun base = executed(config_of_one(), published, costly_images());
  const StoredRun small = executed(config_of_one(), published, times(costly_images(), 0x1p-10));
  EXPECT_EQ(base.result.reward_factor, 1);
  EXPECT_EQ(small.result.reward_factor, 1);
  EXPECT_NE(small.result.weights, base.result.weights);
}

}  // namespace
}  // namespace edgesweep::testing
