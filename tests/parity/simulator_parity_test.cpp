// The fast simulation equals the plain one: every sequence's reward and offloads, whatever threads,
// groups and instruction set.
#include <gtest/gtest.h>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/simd.h"
#include "tests/reference/reference_simulator.h"
#include "tests/support/parity_cases.h"
#include "tests/support/threads.h"

namespace edgesweep {
namespace {

class ParitySimulator : public ::testing::TestWithParam<testing::SimulationCase> {
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
  const testing::SimulationProblem problem(GetParam());
  const SimulationRequest& request = problem.request();
  const SimulationOutcome expected = reference_simulation(request);

  for (const std::string& name : instruction_sets())
    for (const int threads : {1, 2, 5}) {
      force_instruction_set(name);
      testing::with_threads(threads, [&] {
        const SimulationOutcome outcome = simulate_on_cpu(request);
        const std::string what = name + ", " + std::to_string(threads) + " threads";
        expect_equal(outcome.network, expected.network, what + ", dqn");
        expect_equal(outcome.thresholds[0], expected.thresholds[0], what + ", mdp");
        expect_equal(outcome.clairvoyants[0], expected.clairvoyants[0], what + ", clairvoyant");
        expect_equal(outcome.clairvoyants[1], expected.clairvoyants[1],
                     what + ", clairvoyant_metric");
        expect_equal(outcome.strong, expected.strong, what + ", strong");
        EXPECT_EQ(outcome.weak_cost, expected.weak_cost) << what;
      });
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes, ParitySimulator, ::testing::ValuesIn(testing::simulation_cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace edgesweep
