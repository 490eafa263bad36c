// The fleet kernel equals the plain simulation, in any order of threads.
#include <gtest/gtest.h>

#include "host/engine/cuda/cuda_simulator.h"
#include "tests/cuda/device_under_test.h"
#include "tests/reference/reference_fleet.h"
#include "tests/support/fleet_cases.h"

namespace edgesweep {
namespace {

class CudaFleet : public testing::DeviceTest,
                  public ::testing::WithParamInterface<testing::FleetCase> {};

TEST_P(CudaFleet, EqualsTheReferenceInAnyThreadOrder) {
  testing::FleetTestProblem problem(GetParam());
  const FleetOutcome expected = reference_fleet(problem.request());
  for (const uint64_t order : testing::thread_orders(3)) {
    testing::use_thread_order(order);
    DeviceContext context(0);
    EXPECT_EQ(simulate_fleet_on_cuda(problem.request(), context).sums, expected.sums)
        << "thread order " << order;
  }
}

TEST_P(CudaFleet, EqualsTheReferenceInWhatIsWanted) {
  testing::FleetTestProblem problem(GetParam());
  FleetRequest& request = problem.request();
  request.first_sequence = 5;
  for (size_t pair = 0; pair < request.policies.size() * request.switches.size(); ++pair)
    request.wanted.push_back(pair % 2 == 0 ? 1 : 0);
  DeviceContext context(0);
  EXPECT_EQ(simulate_fleet_on_cuda(request, context).sums, reference_fleet(request).sums);
}

INSTANTIATE_TEST_SUITE_P(Sizes, CudaFleet, ::testing::ValuesIn(testing::fleet_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(CudaFleetSearch, FindsWhatTheCpuFinds) {
  testing::reset_device();
  const SearchProblem problem = testing::small_search(18, 40);
  DeviceContext context(0);
  const SearchOutcome found = search_fleets(
      problem,
      [&](const FleetRequest& request) { return simulate_fleet_on_cuda(request, context); }, {});
  EXPECT_EQ(found.points, search_fleets(problem, reference_fleet, {}).points);
}

TEST(CudaFleetStop, IsAskedBeforeALaunch) {
  testing::reset_device();
  testing::FleetTestProblem problem(testing::fleet_cases()[1]);
  problem.request().stop_requested = [] { return true; };
  DeviceContext context(0);
  EXPECT_TRUE(simulate_fleet_on_cuda(problem.request(), context).stopped);
}

}  // namespace
}  // namespace edgesweep
