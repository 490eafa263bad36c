// Fleets simulated with vectors equal fleets simulated slot by slot, whatever threads and
// instruction set.
#include <gtest/gtest.h>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/simd.h"
#include "tests/reference/reference_fleet.h"
#include "tests/support/fleet_cases.h"
#include "tests/support/threads.h"

namespace edgesweep {
namespace {

class ParityFleet : public ::testing::TestWithParam<testing::FleetCase> {
 protected:
  void TearDown() override { force_instruction_set(""); }
};

void expect_equal(const FleetOutcome& actual, const FleetOutcome& expected,
                  const std::string& what) {
  ASSERT_EQ(actual.sums.size(), expected.sums.size()) << what;
  for (size_t i = 0; i < expected.sums.size(); ++i) {
    EXPECT_EQ(actual.sums[i].reward, expected.sums[i].reward) << what << ", " << i;
    EXPECT_EQ(actual.sums[i].passed, expected.sums[i].passed) << what << ", " << i;
    EXPECT_EQ(actual.sums[i].offloads, expected.sums[i].offloads) << what << ", " << i;
  }
}

TEST_P(ParityFleet, EqualsTheReference) {
  testing::FleetTestProblem problem(GetParam());
  const FleetOutcome expected = reference_fleet(problem.request());
  for (const std::string& name : instruction_sets())
    for (const int threads : {1, 2, 5}) {
      force_instruction_set(name);
      testing::with_threads(threads, [&] {
        expect_equal(simulate_fleet_on_cpu(problem.request()), expected,
                     name + ", " + std::to_string(threads) + " threads");
      });
    }
}

/// Every second pair of policy and switch, of later sequences.
TEST_P(ParityFleet, EqualsTheReferenceInWhatIsWanted) {
  testing::FleetTestProblem problem(GetParam());
  FleetRequest& request = problem.request();
  request.first_sequence = 5;
  for (size_t pair = 0; pair < request.policies.size() * request.switches.size(); ++pair)
    request.wanted.push_back(pair % 2 == 0 ? 1 : 0);
  expect_equal(simulate_fleet_on_cpu(request), reference_fleet(request), "every second pair");
}

INSTANTIATE_TEST_SUITE_P(Sizes, ParityFleet, ::testing::ValuesIn(testing::fleet_cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace edgesweep
