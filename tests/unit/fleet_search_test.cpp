// The search of `hierarchical` finds what trying every bucket finds, and does less.
#include "host/engine/fleet_search.h"

#include <gtest/gtest.h>

#include "host/engine/cpu/fleet_simulator.h"
#include "host/policy/token_bucket.h"
#include "tests/support/fleet_cases.h"

namespace edgesweep {
namespace {

double number_of_points(const SearchOutcome& outcome) {
  double points = 0;
  for (const std::vector<SearchPoint>& at_switch : outcome.points)
    points += static_cast<double>(at_switch.size());
  return points;
}

/// Sizes of one round and of several, the last one short.
TEST(FleetSearch, FindsTheWinnerOfBruteForce) {
  for (const auto& [sequences, images] :
       {std::pair<int64_t, int64_t>{1, 1}, {3, 200}, {17, 150}, {70, 120}}) {
    const SearchProblem problem = testing::small_search(sequences, images);
    const SearchOutcome plain = search_fleets_plainly(problem, simulate_fleet_on_cpu);
    const SearchOutcome found = search_fleets(problem, simulate_fleet_on_cpu, {});
    ASSERT_EQ(found.points.size(), plain.points.size());
    for (size_t w = 0; w < plain.points.size(); ++w)
      EXPECT_EQ(best_point(found.points[w]), best_point(plain.points[w]))
          << sequences << " x " << images << ", switch " << w;
  }
}

TEST(FleetSearch, GivesEveryPointThatItKeepsTheRewardOfBruteForce) {
  const SearchProblem problem = testing::small_search(70, 120);
  const SearchOutcome plain = search_fleets_plainly(problem, simulate_fleet_on_cpu);
  const SearchOutcome found = search_fleets(problem, simulate_fleet_on_cpu, {});
  for (size_t w = 0; w < plain.points.size(); ++w) {
    auto at = plain.points[w].begin();
    for (const SearchPoint& point : found.points[w]) {
      at = std::find(at, plain.points[w].end(), point);
      ASSERT_NE(at, plain.points[w].end()) << "switch " << w << ": unknown or out of order";
    }
  }
}

/// Points with equal integers are simulated once, and points that cannot win any more are given up.
TEST(FleetSearch, DoesLess) {
  const SearchProblem problem = testing::small_search(70, 120);
  const SearchOutcome plain = search_fleets_plainly(problem, simulate_fleet_on_cpu);
  const SearchOutcome found = search_fleets(problem, simulate_fleet_on_cpu, {});
  EXPECT_EQ(found.work.grid_points, number_of_points(plain));
  EXPECT_LT(found.work.plain_buckets, found.work.grid_points);
  EXPECT_LT(number_of_points(found), number_of_points(plain)) << "none was given up";
  EXPECT_LT(found.work.device_steps, 0.5 * found.work.plain_device_steps);
  EXPECT_LT(found.work.slots, found.work.plain_device_steps);
}

TEST(FleetSearch, TakesTheFirstOfEqualRewards) {
  EXPECT_EQ(best_point({{0.1, 1, 2.0}, {0.1, 2, 3.0}, {0.2, 1, 3.0}, {0.2, 2, 1.0}}),
            (SearchPoint{0.1, 2, 3.0}));
}

TEST(FleetSearch, LeavesOutBucketsThatHoldLessThanTheShare) {
  EXPECT_TRUE(holds_share(0.1, 2, 0.1, 2));
  EXPECT_TRUE(holds_share(0.05, 3, 0.1, 2));
  EXPECT_TRUE(holds_share(0.2, 1, 0.1, 2));
  EXPECT_FALSE(holds_share(0.1, 1.75, 0.1, 2));
  EXPECT_FALSE(holds_share(0.05, 2, 0.1, 2));
}

TEST(FleetSearch, EndsEarlyWhenAskedTo) {
  const SearchProblem problem = testing::small_search(70, 120);
  EXPECT_TRUE(search_fleets(problem, simulate_fleet_on_cpu, [] { return true; }).stopped);
}

}  // namespace
}  // namespace edgesweep
