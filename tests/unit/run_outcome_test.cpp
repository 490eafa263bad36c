// From simulated sequences to the numbers of a result, on four test images whose every sum is seen
// at once. docs/model.md#loss, docs/model.md#policies.
#include "host/engine/run/run_outcome.h"

#include <gtest/gtest.h>

#include <cmath>

#include "host/engine/cpu/cpu_simulator.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

/// Training and test images differ in every mean. Normalised metrics: training -1, -1, 1, 1.
std::shared_ptr<const Dataset> four_images() {
  return std::make_shared<Dataset>(make_dataset({0, 0, 2, 2}, {8, 8, 8, 8}, {0, 0, 0, 0},
                                                {-1, 1, 3, 5}, {1, 0.5, 0.25, 0.75},
                                                {0.5, 0.5, 0.5, 0.5}));
}

/// Sequences (0, 1, 3) and (3, 3, 2), one time unit between images.
RunProblem small_problem(const std::vector<Policy>& policies) {
  RunProblem problem;
  problem.settings.policies = policies;
  problem.settings.test = {2, 3};
  problem.dataset = four_images();
  problem.bucket = {1, 2, 4};
  problem.test.dataset = problem.dataset;
  problem.test.images = &problem.dataset->test;
  problem.test.index_replay = std::make_shared<ReplayTable>(ReplayTable{2, 3, {0, 1, 3, 3, 3, 2}});
  problem.test.gap_replay = std::make_shared<ReplayTable>(ReplayTable{2, 3, {1, 2, 1, 1, 1, 3}});
  return problem;
}

RunResult result_of(const RunProblem& problem) {
  const SimulationRequest request = test_request(problem, nullptr);
  RunResult result;
  take_simulation(problem, request, simulate_on_cpu(request), result);
  return result;
}

TEST(RunOutcome, LossesAreOfTheTestImages) {
  RunProblem problem =
      small_problem({Policy::weak, Policy::strong, Policy::lower_bound, Policy::baseline});
  problem.baseline_threshold = 1;  // test images 2 and 3 are above, at 2 and 4
  const RunResult result = result_of(problem);
  ASSERT_EQ(result.policies.size(), 4u);
  EXPECT_EQ(result.policies[0].loss, 0.625) << "mean weak cost of the test images";
  EXPECT_EQ(result.policies[0].offload_rate, 0);
  // Rewards 0.5, 0, -0.25, 0.25: sequences earn 0.75 and 0.25.
  EXPECT_EQ(result.policies[1].loss, 0.625 - 1.0 / 6);
  EXPECT_EQ(result.policies[1].offload_rate, 1);
  EXPECT_EQ(result.policies[2].loss, 0.625) << "rewards -0.25 and 0.25";
  EXPECT_EQ(result.policies[2].offload_rate, 0.5);
}

TEST(RunOutcome, TheWeakLossOfTheSequencesIsTheMeanCostOfTheirImages) {
  const RunResult result = result_of(small_problem({Policy::weak}));
  EXPECT_DOUBLE_EQ(result.sequence_weak_loss, (1 + 0.5 + 0.75 + 0.75 + 0.75 + 0.25) / 6);
}

TEST(RunOutcome, TheStandardErrorIsOverSequences) {
  // Rewards per image 1, 2, 6 of three sequences of two images: variance 7 over n - 1.
  const PolicyResult result =
      policy_result(Policy::mdp, {{2, 1}, {4, 2}, {12, 0}}, {3, 2}, /*mean_weak_cost=*/10);
  EXPECT_DOUBLE_EQ(result.loss, 10 - 3);
  EXPECT_DOUBLE_EQ(result.loss_se, std::sqrt(7.0 / 3));
  EXPECT_DOUBLE_EQ(result.offload_rate, 0.5);
  EXPECT_TRUE(std::isnan(policy_result(Policy::mdp, {{2, 1}}, {1, 2}, 10).loss_se));
}

TEST(RunOutcome, TheClairvoyantPoliciesEarnRewardsWhateverTheyBelieve) {
  // The bucket has tokens for all images of either sequence. Raw metrics -1, 1, 3, 5 of rewards
  // 0.5, 0, -0.25, 0.25: the one leaves out what earns nothing, the other what has a metric below
  // 0.
  const RunResult result =
      result_of(small_problem({Policy::clairvoyant, Policy::clairvoyant_metric}));
  EXPECT_EQ(result.policies[0].loss, 0.625 - (0.5 + 0.25 + 0.25 + 0.25) / 6);
  EXPECT_EQ(result.policies[0].offload_rate, 4.0 / 6);
  EXPECT_EQ(result.policies[1].loss, 0.625 - (0 + 0.25 + 0.25 + 0.25 - 0.25) / 6);
  EXPECT_EQ(result.policies[1].offload_rate, 5.0 / 6);
}

struct TraceCase {
  const char* name;
  std::vector<Policy> policies;
};
void PrintTo(const TraceCase& c, std::ostream* out) { *out << c.name; }

class RunTrace : public ::testing::TestWithParam<TraceCase> {};

TEST_P(RunTrace, HoldsImagesGapsAndTheDecisionsOfEveryPolicy) {
  RunProblem problem = small_problem(GetParam().policies);
  problem.settings.store.traces = {2, 2};
  problem.baseline_threshold = 2;  // exactly the metric of image 2, which the bound keeps
  const RunTraces traces = result_of(problem).traces;
  EXPECT_EQ(traces.index, (std::vector<int32_t>{0, 1, 3, 3}));
  EXPECT_EQ(traces.metric, (std::vector<float>{-2, 0, 4, 4}));
  EXPECT_EQ(traces.gap, (std::vector<int32_t>{1, 2, 1, 1}));
  ASSERT_EQ(traces.policies.size(), problem.settings.policies.size());
  for (size_t p = 0; p < traces.policies.size(); ++p) {
    const PolicyTrace& trace = traces.policies[p];
    SCOPED_TRACE(policy_name(trace.policy));
    EXPECT_EQ(trace.policy, problem.settings.policies[p]);
    const bool has_bucket = trace.policy == Policy::baseline;
    EXPECT_EQ(trace.units.size(), has_bucket ? 4u : 0u);
    std::vector<uint8_t> expected = {0, 0, 1, 1};  // image 3 is above the threshold
    if (trace.policy == Policy::weak) expected = {0, 0, 0, 0};
    if (trace.policy == Policy::strong) expected = {1, 1, 1, 1};
    EXPECT_EQ(trace.offload, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Policies, RunTrace,
    ::testing::Values(TraceCase{"weak_only", {Policy::weak}},
                      TraceCase{"strong_and_bound", {Policy::strong, Policy::lower_bound}},
                      TraceCase{"bucket_between",
                                {Policy::lower_bound, Policy::baseline, Policy::weak}}),
    [](const auto& info) { return info.param.name; });

TEST(RunTrace, TheBoundDecidesInDoubleAndAboveItsThreshold) {
  RunProblem problem = small_problem({Policy::lower_bound});
  problem.settings.store.traces = {2, 3};
  problem.baseline_threshold = problem.dataset->test.metric[2];
  EXPECT_EQ(result_of(problem).traces.policies.at(0).offload,
            (std::vector<uint8_t>{0, 0, 1, 1, 1, 0}));
  // One step below in double is the same number in single precision.
  problem.baseline_threshold = std::nextafter(problem.dataset->test.metric[2], -1.0);
  EXPECT_EQ(result_of(problem).traces.policies.at(0).offload,
            (std::vector<uint8_t>{0, 0, 1, 1, 1, 1}));
}

TEST(RunTrace, TheTraceOfDrawnSequencesIsWhatTheSourceDraws) {
  RunSettings settings = testing::small_settings();
  settings.policies = {Policy::strong};
  settings.store.traces = {3, 500};
  const RunProblem problem = testing::prepared(settings);
  const RunTraces traces = result_of(problem).traces;
  for (int64_t s = 0; s < 3; ++s) {
    std::vector<uint32_t> index(500);
    std::vector<int32_t> gap(500);
    SequenceStream(problem.test, s).next(500, index.data(), gap.data());
    for (size_t t = 0; t < 500; ++t)
      ASSERT_EQ(traces.index[static_cast<size_t>(s) * 500 + t], static_cast<int32_t>(index[t]))
          << "sequence " << s << ", image " << t;
  }
}

}  // namespace
}  // namespace edgesweep
