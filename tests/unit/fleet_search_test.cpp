// The search of `hierarchical` finds what trying every bucket finds, and does less.
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <mutex>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/fleet/search.h"
#include "host/policy/token_bucket.h"
#include "tests/reference/reference_search.h"
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
  EXPECT_LT(found.work.camera_steps, 0.5 * found.work.plain_camera_steps);
  EXPECT_LT(found.work.slots, found.work.plain_camera_steps);
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
  EXPECT_TRUE(search_fleets(problem, simulate_fleet_on_cpu, {[] { return true; }, {}, {}}).stopped);
}

TEST(FleetSearch, EndsEarlyWhenThePolicyOfABucketIsNotToBeHad) {
  SearchProblem problem = testing::small_search(70, 120);
  problem.policy = [](const TokenBucket&) -> RankPolicy { throw Stopped(); };
  EXPECT_TRUE(search_fleets(problem, simulate_fleet_on_cpu).stopped);
}

/// Five rounds: one pass of all, four of the leaders, four of the others.
TEST(FleetSearch, GoesOnFromAnyPassAndFindsTheSame) {
  const SearchProblem problem = testing::small_search(70, 120);
  std::vector<SearchState> states;
  SearchHooks hooks;
  hooks.on_pass = [&](const SearchState& state) { states.push_back(state); };
  const SearchOutcome whole = search_fleets(problem, simulate_fleet_on_cpu, hooks);
  ASSERT_EQ(states.size(), 9u);
  double work_left = whole.work.slots + 1;
  for (const SearchState& state : states) {
    const SearchOutcome rest = search_fleets(problem, simulate_fleet_on_cpu, {}, &state);
    EXPECT_EQ(rest.points, whole.points) << "from pass " << state.passes;
    EXPECT_LT(rest.work.slots, work_left) << "what was done is not done again";
    work_left = std::max(rest.work.slots, 1.0);
  }
  EXPECT_EQ(search_fleets(problem, simulate_fleet_on_cpu, {}, &states.back()).work.slots, 0);
}

/// Never more is done than was left at most, and at the end nothing is left.
TEST(FleetSearch, TellsWhatIsDoneAndLeftAtMost) {
  const SearchProblem problem = testing::small_search(70, 120);
  std::mutex mutex;
  double done_last = 0;
  double least_left = 1e300;
  double most = 1e300;
  SearchHooks hooks;
  hooks.on_work = [&](double done, double left) {
    const std::lock_guard lock(mutex);
    EXPECT_LE(done + left, most * (1 + 1e-12)) << "work is only ever given up";
    most = done + left;
    done_last = done;
    least_left = std::min(least_left, left);
  };
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  const SearchOutcome found = search_fleets(problem, simulate_fleet_on_cpu, hooks);
  EXPECT_EQ(done_last, found.work.camera_steps + found.work.slots);
  EXPECT_EQ(least_left, 0);
}

}  // namespace
}  // namespace edgesweep
