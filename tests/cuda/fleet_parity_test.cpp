// The fleet kernel equals the plain simulation, in any order of threads.
#include <gtest/gtest.h>

#include "emulated/control.h"
#include "host/engine/cuda/cuda_simulator.h"
#include "tests/reference/reference_fleet.h"
#include "tests/support/fleet_cases.h"

namespace edgesweep {
namespace {

class EmulatedFleet : public ::testing::TestWithParam<testing::FleetCase> {
 protected:
  void SetUp() override { cuda_emulation::reset(); }
  void TearDown() override {
    EXPECT_EQ(cuda_emulation::live_allocations(), 0u)
        << cuda_emulation::describe_live_allocations();
    EXPECT_EQ(cuda_emulation::last_failure(), "");
  }
};

TEST_P(EmulatedFleet, EqualsTheReferenceInAnyThreadOrder) {
  testing::FleetTestProblem problem(GetParam());
  const FleetOutcome expected = reference_fleet(problem.request());
  for (const uint64_t seed : {0, 1, 2}) {
    cuda_emulation::settings().seed = seed;
    DeviceContext context(0);
    EXPECT_EQ(simulate_fleet_on_cuda(problem.request(), context).sums, expected.sums)
        << "thread order " << seed;
  }
}

TEST_P(EmulatedFleet, EqualsTheReferenceInWhatIsWanted) {
  testing::FleetTestProblem problem(GetParam());
  FleetRequest& request = problem.request();
  request.first_sequence = 5;
  for (size_t pair = 0; pair < request.policies.size() * request.switches.size(); ++pair)
    request.wanted.push_back(pair % 2 == 0 ? 1 : 0);
  DeviceContext context(0);
  EXPECT_EQ(simulate_fleet_on_cuda(request, context).sums, reference_fleet(request).sums);
}

INSTANTIATE_TEST_SUITE_P(Sizes, EmulatedFleet, ::testing::ValuesIn(testing::fleet_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(EmulatedFleetSearch, FindsWhatTheCpuFinds) {
  cuda_emulation::reset();
  const SearchProblem problem = testing::small_search(18, 40);
  DeviceContext context(0);
  const SearchOutcome found = search_fleets(
      problem,
      [&](const FleetRequest& request) { return simulate_fleet_on_cuda(request, context); }, {});
  EXPECT_EQ(found.points, search_fleets(problem, reference_fleet, {}).points);
}

TEST(EmulatedFleetStop, IsAskedBeforeALaunch) {
  cuda_emulation::reset();
  testing::FleetTestProblem problem(testing::fleet_cases()[1]);
  problem.request().stop_requested = [] { return true; };
  DeviceContext context(0);
  EXPECT_TRUE(simulate_fleet_on_cuda(problem.request(), context).stopped);
}

}  // namespace
}  // namespace edgesweep
