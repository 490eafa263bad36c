// Tests on other sequences than trained on: training follows the run's own settings, what is
// simulated and the mean gap of the bounds those of the test.
#include <gtest/gtest.h>

#include "host/results/results_file.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

constexpr const char* kBursts =
    R"({"type": "markov_modulated", "interval_1": 1, "interval_2": 3, "p_12": 0.01, "p_21": 0.005})";

class TestSettings : public ::testing::Test {
 protected:
  TestSettings() { write_bytes(folder_.file("small.json"), small_config(20)); }

  RunResult run(const std::vector<std::string>& changes) {
    std::vector<std::string> arguments = {"run",     "small.json", "-o",      "out.h5",
                                          "--force", "--set",      "rate=0.1"};
    for (const std::string& change : changes) arguments.insert(arguments.end(), {"--set", change});
    const Finished finished = edgesweep_command(arguments, folder_.path());
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return read_results(folder_.file("out.h5"))->runs.at(0).result;
  }

  static double loss(const RunResult& result, Policy policy) {
    for (const PolicyResult& row : result.policies)
      if (row.policy == policy) return row.loss;
    throw std::out_of_range("policy");
  }

 private:
  const TemporaryFolder folder_;
};

TEST_F(TestSettings, OfMetricsLeaveTheTrainingAndChangeTheTest) {
  const std::string iid = R"(metric_sequence={"type": "iid"})";
  const std::string local = R"({"type": "local_reset", "spread": 0.2, "reset_probability": 0.01})";
  const RunResult trained = run({iid});
  const RunResult tested = run({"metric_sequence=" + local});
  const RunResult both = run({iid, "test.metric_sequence=" + local});
  EXPECT_EQ(both.weights, trained.weights);
  EXPECT_EQ(both.curve.back().validation_loss, trained.curve.back().validation_loss);
  EXPECT_EQ(both.traces.index, tested.traces.index);
  for (const Policy policy : {Policy::strong, Policy::baseline, Policy::mdp})
    EXPECT_EQ(loss(both, policy), loss(tested, policy)) << policy_name(policy);
  EXPECT_NE(both.traces.index, trained.traces.index);
  EXPECT_NE(loss(both, Policy::dqn), loss(trained, Policy::dqn));
  EXPECT_NE(both.weights, tested.weights);
}

TEST_F(TestSettings, OfArrivalsGiveTheMeanGapButNotTheTransitionMatrix) {
  const RunResult trained = run({"arrivals={\"type\": \"periodic\"}"});
  const RunResult tested = run({std::string("arrivals=") + kBursts});
  const RunResult both = run({std::string("test.arrivals=") + kBursts});
  EXPECT_EQ(both.weights, trained.weights);
  EXPECT_EQ(both.mdp_threshold, trained.mdp_threshold);
  EXPECT_NE(tested.mdp_threshold, trained.mdp_threshold);
  EXPECT_EQ(both.mean_gap, tested.mean_gap);
  EXPECT_EQ(both.baseline_threshold, tested.baseline_threshold);
  EXPECT_EQ(both.traces.gap, tested.traces.gap);
  EXPECT_EQ(loss(both, Policy::baseline), loss(tested, Policy::baseline));
  EXPECT_EQ(loss(both, Policy::lower_bound), loss(tested, Policy::lower_bound));
  EXPECT_NE(loss(both, Policy::baseline), loss(trained, Policy::baseline));
  EXPECT_NE(loss(both, Policy::mdp), loss(tested, Policy::mdp)) << "its thresholds are others";
}

TEST_F(TestSettings, ThoseOfTheRunWrittenOutAreTheRunItself) {
  const std::string own =
      R"(test.metric_sequence={"type": "local_reset", "spread": 0.1, "reset_probability": 0.1})";
  EXPECT_EQ(run({}).id, run({own}).id);
}

TEST_F(TestSettings, TracesMayStartAtAnySequence) {
  const RunResult all = run({"store.traces.sequences=4"});
  const RunResult one = run({"store.traces.first_sequence=2"});
  EXPECT_EQ(one.traces.first_sequence, 2);
  ASSERT_EQ(one.traces.index.size(), 50u);
  ASSERT_EQ(one.traces.policies.size(), 6u);
  for (size_t t = 0; t < 50; ++t) {
    EXPECT_EQ(one.traces.index[t], all.traces.index[100 + t]);
    EXPECT_EQ(one.traces.gap[t], all.traces.gap[100 + t]);
    EXPECT_EQ(one.traces.metric[t], all.traces.metric[100 + t]);
    for (size_t p = 0; p < 6; ++p) {
      const PolicyTrace& trace = one.traces.policies[p];
      EXPECT_EQ(trace.offload[t], all.traces.policies[p].offload[100 + t]);
      if (!trace.units.empty()) {
        EXPECT_EQ(trace.units[t], all.traces.policies[p].units[100 + t]);
      }
    }
  }
}

}  // namespace
}  // namespace edgesweep::testing
