// The fast simulation equals the plain one: every sequence's reward and offloads, whatever threads,
// groups and instruction set.
#include <gtest/gtest.h>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/reference/reference_simulator.h"
#include "tests/support/problems.h"
#include "tests/support/threads.h"

namespace edgesweep {
namespace {

struct Case {
  const char* name;
  int history_metrics, history_gaps, width;
  int64_t sequences, images;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class ParitySimulator : public ::testing::TestWithParam<Case> {
 protected:
  void TearDown() override { force_instruction_set(""); }
};

void expect_equal(const std::vector<SequenceOutcome>& actual,
                  const std::vector<SequenceOutcome>& expected, const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (size_t s = 0; s < expected.size(); ++s) {
    EXPECT_EQ(actual[s].reward, expected[s].reward) << what << ", sequence " << s;
    EXPECT_EQ(actual[s].offloads, expected[s].offloads) << what << ", sequence " << s;
  }
}

TEST_P(ParitySimulator, EqualsTheReference) {
  const Case& c = GetParam();
  RunSettings settings = testing::small_settings();
  settings.dqn.history_metrics = c.history_metrics;
  settings.dqn.history_gaps = c.history_gaps;
  settings.dqn.width = c.width;
  settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
  const RunProblem problem = testing::prepared(settings);
  const std::vector<float> weights = initial_weights(problem.training->shape, 11);
  SimulationRequest request;
  request.source = &problem.test;
  request.size = {c.sequences, c.images};
  request.bucket = problem.bucket;
  request.thresholds = {
      {Policy::mdp, {problem.mdp_threshold.begin(), problem.mdp_threshold.end()}}};
  request.shape = &problem.training->shape;
  request.weights = &weights;
  request.history_metrics = c.history_metrics;
  request.history_gaps = c.history_gaps;
  const SimulationOutcome expected = reference_simulation(request);

  for (const std::string& name : instruction_sets())
    for (const int threads : {1, 2, 5}) {
      force_instruction_set(name);
      testing::with_threads(threads, [&] {
        const SimulationOutcome outcome = simulate_on_cpu(request);
        const std::string what = name + ", " + std::to_string(threads) + " threads";
        expect_equal(outcome.network, expected.network, what + ", dqn");
        expect_equal(outcome.thresholds[0], expected.thresholds[0], what + ", mdp");
        expect_equal(outcome.strong, expected.strong, what + ", strong");
        EXPECT_EQ(outcome.weak_cost, expected.weak_cost) << what;
      });
    }
}

// One sequence, many short ones, more than a chunk (4096 images), a history longer than the
// sequence, odd widths.
INSTANTIATE_TEST_SUITE_P(Sizes, ParitySimulator,
                         ::testing::Values(Case{"one_image", 3, -1, 5, 1, 1},
                                           Case{"one_sequence", 8, 0, 16, 1, 700},
                                           Case{"many", 5, -1, 9, 131, 60},
                                           Case{"long", 2, 1, 4, 3, 9001},
                                           Case{"history_longer", 50, 30, 17, 4, 40}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace edgesweep
