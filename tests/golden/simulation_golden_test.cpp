// Every decision and every token state of the reference's simulations: a threshold policy, a
// network that sees metrics, and one that sees metrics and gaps. docs/model.md#token-bucket,
// docs/model.md#decision.
#include <gtest/gtest.h>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/simd.h"
#include "tests/reference/reference_simulator.h"
#include "tests/support/golden.h"
#include "tests/support/golden_dataset.h"
#include "tests/support/golden_engine.h"
#include "tests/support/threads.h"

namespace edgesweep {
namespace {

constexpr int kNetworkLayers = 4;

/// One golden group as a request whose traces cover everything. Not copied: the request points into
/// it.
class Simulation {
 public:
  Simulation(const std::string& path, bool has_network)
      : path_(path),
        images_(testing::make_images(testing::read_golden(path + "/metric").values,
                                     testing::read_golden(path + "/reward").values)),
        source_(testing::golden_replay(images_, path + "/dset", path + "/gaps")),
        sent_(testing::read_golden(path + "/sent").values),
        state_(testing::read_golden(path + "/state").values) {
    request_.source = &source_;
    request_.size = {source_.index_replay->sequences, source_.index_replay->images};
    request_.traces = request_.size;
    request_.bucket = testing::golden_bucket(path + "/qpm");
    if (!has_network) {
      request_.thresholds = {{Policy::mdp, testing::golden_single(path + "/policy")}};
      return;
    }
    network_ = testing::golden_network(path, kNetworkLayers);
    request_.shape = &network_.shape;
    request_.weights = &network_.weights;
    request_.history_metrics = static_cast<int>(testing::golden_scalar(path + "/nhist1"));
    request_.history_gaps = static_cast<int>(testing::golden_scalar(path + "/nhist2"));
  }
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  const SimulationRequest& request() const { return request_; }

  void expect_decisions(const RunTraces& traces, const std::string& what) const {
    ASSERT_EQ(traces.policies.size(), 1u) << what;
    ASSERT_EQ(traces.policies[0].offload.size(), sent_.size()) << what;
    for (size_t i = 0; i < sent_.size(); ++i) {
      const size_t sequence = i / static_cast<size_t>(request_.size.images);
      const size_t image = i % static_cast<size_t>(request_.size.images);
      ASSERT_EQ(traces.policies[0].units[i], state_[i])
          << what << ": token state of sequence " << sequence << ", image " << image;
      ASSERT_EQ(traces.policies[0].offload[i], sent_[i])
          << what << ": offload in sequence " << sequence << ", image " << image;
    }
  }

  /// Rewards are added in the order of the images, so each sequence's sum is exact; their mean over
  /// sequences is not.
  void expect_rewards(const SimulationOutcome& outcome, const std::string& what) const {
    const std::vector<SequenceOutcome>& sequences =
        request_.weights ? outcome.network : outcome.thresholds.at(0);
    ASSERT_EQ(static_cast<int64_t>(sequences.size()), request_.size.sequences) << what;
    double total = 0;
    for (int64_t s = 0; s < request_.size.sequences; ++s) {
      double reward = 0;
      int64_t offloads = 0;
      for (int64_t t = 0; t < request_.size.images; ++t) {
        if (sent_[static_cast<size_t>(s * request_.size.images + t)] == 0) continue;
        reward += images_.reward[static_cast<size_t>(source_.index_replay->row(s)[t])];
        ++offloads;
      }
      EXPECT_EQ(sequences[static_cast<size_t>(s)].reward, reward) << what << ", sequence " << s;
      EXPECT_EQ(sequences[static_cast<size_t>(s)].offloads, offloads) << what << ", sequence " << s;
      total += sequences[static_cast<size_t>(s)].reward;
    }
    const double images = static_cast<double>(request_.size.sequences * request_.size.images);
    EXPECT_NEAR(total / images, testing::golden_scalar(path_ + "/mean_gain"), 1e-12) << what;
  }

 private:
  std::string path_;
  ImageSet images_;
  SequenceSource source_;
  testing::GoldenNetwork network_;
  SimulationRequest request_;
  std::vector<double> sent_, state_;
};

class GoldenSimulation : public ::testing::Test {
 protected:
  void TearDown() override { force_instruction_set(""); }

  static void expect_golden(const Simulation& simulation) {
    const SequenceSource& source = *simulation.request().source;
    for (const std::string& name : instruction_sets())
      for (const int threads : {1, 2, 5}) {
        force_instruction_set(name);
        const std::string what = name + ", " + std::to_string(threads) + " threads";
        SimulationOutcome outcome;
        testing::with_threads(threads, [&] { outcome = simulate_on_cpu(simulation.request()); });
        simulation.expect_decisions(outcome.traces, what);
        simulation.expect_rewards(outcome, what);
        EXPECT_EQ(outcome.traces.index, source.index_replay->values) << what;
        EXPECT_EQ(outcome.traces.gap, source.gap_replay->values) << what;
        EXPECT_EQ(outcome.traces.units_per_token, simulation.request().bucket.cost) << what;
      }
    simulation.expect_rewards(reference_simulation(simulation.request()), "image by image");
  }
};

TEST_F(GoldenSimulation, ThresholdPolicy) { expect_golden({"simulation/threshold", false}); }

TEST_F(GoldenSimulation, NetworkThatSeesMetrics) { expect_golden({"simulation/mlp", true}); }

TEST_F(GoldenSimulation, NetworkThatSeesMetricsAndGaps) {
  expect_golden({"simulation/mlp_gaps", true});
}

}  // namespace
}  // namespace edgesweep
