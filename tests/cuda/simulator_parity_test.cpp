// The simulation kernels equal the plain simulation: every sequence's reward and offloads.
#include <gtest/gtest.h>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cuda/cuda_simulator.h"
#include "host/engine/plan/device_plan.h"
#include "host/policy/rewards.h"
#include "tests/cuda/device_under_test.h"
#include "tests/reference/reference_simulator.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

struct Case {
  const char* name;
  int history_metrics, history_gaps, width;
  int64_t sequences, images;
  Outputs outputs = Outputs::action_values;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class CudaSimulator : public testing::DeviceTest, public ::testing::WithParamInterface<Case> {};

void expect_equal(const std::vector<SequenceOutcome>& actual,
                  const std::vector<SequenceOutcome>& expected, const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (size_t s = 0; s < expected.size(); ++s) {
    EXPECT_EQ(actual[s].reward, expected[s].reward) << what << ", sequence " << s;
    EXPECT_EQ(actual[s].offloads, expected[s].offloads) << what << ", sequence " << s;
  }
}

void expect_equal(const SimulationOutcome& actual, const SimulationOutcome& expected) {
  expect_equal(actual.network, expected.network, "dqn");
  ASSERT_EQ(actual.thresholds.size(), expected.thresholds.size());
  for (size_t p = 0; p < expected.thresholds.size(); ++p)
    expect_equal(actual.thresholds[p], expected.thresholds[p], "threshold policy");
  ASSERT_EQ(actual.clairvoyants.size(), expected.clairvoyants.size());
  for (size_t p = 0; p < expected.clairvoyants.size(); ++p)
    expect_equal(actual.clairvoyants[p], expected.clairvoyants[p], "clairvoyant policy");
  expect_equal(actual.strong, expected.strong, "strong");
  EXPECT_EQ(actual.weak_cost, expected.weak_cost);
}

/// A request and what it points to.
struct Simulated {
  Simulated(const RunSettings& settings, int64_t sequences, int64_t images)
      : problem(testing::prepared(settings)),
        weights(initial_weights(problem.training->shape, 11)) {
    request.source = &problem.test;
    request.size = {sequences, images};
    request.bucket = problem.bucket;
    request.thresholds = {
        {Policy::mdp, {problem.mdp_threshold.begin(), problem.mdp_threshold.end()}},
        {Policy::baseline, std::vector<float>(problem.mdp_threshold.size(),
                                              static_cast<float>(problem.baseline_threshold))}};
    const ImageSet& all = problem.dataset->test;
    request.clairvoyants = {{Policy::clairvoyant, fixed_point_values(all.reward)},
                            {Policy::clairvoyant_metric, fixed_point_values(all.raw_metric)}};
    request.shape = &problem.training->shape;
    request.weights = &weights;
    request.outputs = settings.dqn.outputs;
    request.expected_reward = problem.training->test_expected_reward;
    request.history_metrics = settings.dqn.history_metrics;
    request.history_gaps = settings.dqn.history_gaps;
  }
  RunProblem problem;
  std::vector<float> weights;
  SimulationRequest request;
};

RunSettings settings_of(const Case& c) {
  RunSettings settings = testing::small_settings();
  settings.dqn.history_metrics = c.history_metrics;
  settings.dqn.history_gaps = c.history_gaps;
  settings.dqn.width = c.width;
  settings.dqn.outputs = c.outputs;
  settings.dqn.reward_smoothing = 0.1;
  settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
  return settings;
}

TEST_P(CudaSimulator, EqualsTheReferenceInAnyThreadOrder) {
  const Case& c = GetParam();
  const Simulated simulated(settings_of(c), c.sequences, c.images);
  const SimulationOutcome expected = reference_simulation(simulated.request);
  for (const uint64_t order : testing::thread_orders(5)) {
    testing::use_thread_order(order);
    SCOPED_TRACE("thread order " + std::to_string(order));
    DeviceContext context(0);
    for (const bool apart : {true, false}) {
      context.arena().keep_apart(apart);
      expect_equal(simulate_on_cuda({simulated.request}, context).front(), expected);
    }
  }
}

// One image, one sequence, more sequences than blocks of lanes, a history longer than a tile or
// than the sequence, odd widths, a last tile of one image.
INSTANTIATE_TEST_SUITE_P(
    Sizes, CudaSimulator,
    ::testing::Values(Case{"one_image", 3, -1, 5, 1, 1}, Case{"one_sequence", 8, 0, 16, 1, 385},
                      Case{"many", 5, -1, 9, 67, 20},
                      Case{"history_over_a_tile", 300, 150, 6, 2, 400},
                      Case{"history_longer", 50, 30, 17, 4, 40},
                      Case{"after_states", 5, 0, 9, 3, 300, Outputs::after_states}),
    [](const auto& info) { return info.param.name; });

TEST(CudaSimulatorBatch, RequestsSideBySideAreSimulatedLikeAlone) {
  testing::reset_device();
  RunSettings settings = testing::small_settings();
  const Simulated first(settings, 3, 200);
  settings.depth = 9;
  settings.dqn.history_metrics = 20;
  settings.dqn.history_gaps = 2;
  const Simulated second(settings, 2, 150);
  Simulated without(settings, 4, 90);
  without.request.weights = nullptr;
  without.request.shape = nullptr;
  DeviceContext context(0);
  const std::vector<SimulationOutcome> outcomes =
      simulate_on_cuda({first.request, second.request, without.request}, context);
  expect_equal(outcomes[0], reference_simulation(first.request));
  expect_equal(outcomes[1], reference_simulation(second.request));
  expect_equal(outcomes[2], reference_simulation(without.request));
}

TEST(CudaSimulatorReplay, GivenSequencesAreSimulatedAsTheReferenceDoes) {
  for (const auto& [ranks, gaps] : {std::pair{true, false}, {false, true}, {true, true}}) {
    testing::reset_device();
    Simulated simulated(settings_of({"", 9, 2, 7, 2, 290}), 2, 290);
    const auto table = [](int32_t first, int32_t step, int32_t most) {
      auto values = std::make_shared<ReplayTable>();
      values->sequences = 2;
      values->images = 300;
      for (int32_t i = 0; i < 600; ++i) values->values.push_back(first + i * step % most);
      return values;
    };
    if (ranks)
      simulated.problem.test.index_replay =
          table(0, 4999, static_cast<int32_t>(simulated.problem.dataset->test.size()));
    if (gaps) simulated.problem.test.gap_replay = table(1, 7, 5);
    DeviceContext context(0);
    expect_equal(simulate_on_cuda({simulated.request}, context).front(),
                 reference_simulation(simulated.request));
  }
}

TEST(CudaSimulatorStop, EndsBetweenTwoLaunches) {
  testing::reset_device();
  DeviceContext context(0);
  const DqnSettings& dqn = testing::small_settings().dqn;
  const int blocks =
      plan_simulation(dqn.width, dqn.history_metrics + dqn.history_gaps + 2, context.limits())
          .blocks;
  Simulated simulated(testing::small_settings(), blocks + 8, 10);
  simulated.request.clairvoyants.clear();
  for (const int stop_at : {1, 2, 3}) {
    int asked = 0;
    simulated.request.stop_requested = [&] { return ++asked == stop_at; };
    EXPECT_EQ(simulate_on_cuda({simulated.request}, context).front().stopped, stop_at < 3);
  }
}

TEST(CudaSimulatorTraces, AreThoseOfTheCpu) {
  testing::reset_device();
  Simulated simulated(settings_of({"", 6, 1, 7, 3, 300}), 3, 300);
  simulated.request.traces = {2, 170};
  simulated.request.first_traced_sequence = 1;
  const SimulationOutcome expected = simulate_on_cpu(simulated.request);
  DeviceContext context(0);
  context.arena().keep_apart(true);
  const SimulationOutcome actual = simulate_on_cuda({simulated.request}, context).front();
  EXPECT_EQ(actual.traces.first_sequence, 1);
  EXPECT_EQ(actual.traces.sequences, 2);
  EXPECT_EQ(actual.traces.index, expected.traces.index);
  EXPECT_EQ(actual.traces.metric, expected.traces.metric);
  EXPECT_EQ(actual.traces.gap, expected.traces.gap);
  ASSERT_EQ(actual.traces.policies.size(), expected.traces.policies.size());
  for (size_t p = 0; p < expected.traces.policies.size(); ++p) {
    EXPECT_EQ(actual.traces.policies[p].policy, expected.traces.policies[p].policy);
    EXPECT_EQ(actual.traces.policies[p].units, expected.traces.policies[p].units);
    EXPECT_EQ(actual.traces.policies[p].offload, expected.traces.policies[p].offload);
  }
}

}  // namespace
}  // namespace edgesweep
