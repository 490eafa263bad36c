// What is the same for fleets of all sizes, and how they relate to a camera alone.
#include <gtest/gtest.h>

#include <numeric>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/fleet/fleet_simulation.h"
#include "host/engine/run/run_outcome.h"
#include "host/engine/run/threshold_walk.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

/// A run without a network, its policy by rank, and a switch that never lacks a token.
struct Alone {
  Alone() : problem(testing::prepared(settings())) {
    policy = make_rank_policy(problem.dataset->test, problem.bucket, problem.mdp_threshold);
    request.source = &problem.test;
    request.size = problem.settings.test;
    request.policies = {policy};
  }
  static RunSettings settings() {
    RunSettings settings = testing::small_settings();
    settings.policies = {Policy::mdp};
    settings.test = {5, 700};
    settings.rules = Rules::edgeml_mdp;
    return settings;
  }
  RunProblem problem;
  RankPolicy policy;
  FleetRequest request;
};

constexpr TokenBucket kNeverLacks{1, 1, 1};

TEST(Fleet, ACameraBehindAnOpenSwitchIsACameraAlone) {
  Alone alone;
  alone.request.switches = {{1, kNeverLacks}};
  const FleetOutcome fleet = simulate_fleet_on_cpu(alone.request);
  const SimulationOutcome expected = simulate_on_cpu(test_request(alone.problem, nullptr));
  for (size_t s = 0; s < 5; ++s) {
    EXPECT_EQ(fleet.sums[s].reward, expected.thresholds[0][s].reward);
    EXPECT_EQ(fleet.sums[s].passed, expected.thresholds[0][s].offloads);
    EXPECT_EQ(fleet.sums[s].offloads, expected.thresholds[0][s].offloads);
  }
}

TEST(Fleet, ASwitchThatDecidesForOneCameraIsACameraAlone) {
  Alone alone;
  alone.request.mode = FleetMode::pooled;
  alone.request.switches = {{1, alone.problem.bucket}};
  const FleetOutcome fleet = simulate_fleet_on_cpu(alone.request);
  const SimulationOutcome expected = simulate_on_cpu(test_request(alone.problem, nullptr));
  for (size_t s = 0; s < 5; ++s) EXPECT_EQ(fleet.sums[s].reward, expected.thresholds[0][s].reward);
}

TEST(Fleet, CamerasSeeTheSameImagesWhoeverIsBesideThem) {
  Alone alone;
  alone.request.switches = {{2, kNeverLacks}, {3, {1, 9, 30}}};
  const FleetOutcome two = simulate_fleet_on_cpu(alone.request);
  alone.request.switches = {{2, kNeverLacks}, {3, {1, 9, 30}}, {6, kNeverLacks}};
  const FleetOutcome six = simulate_fleet_on_cpu(alone.request);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(two.sums[i], six.sums[i]) << i;
}

/// Cameras that offload everything drain the bucket once; then every token passes as it comes.
TEST(Fleet, TheSwitchPassesWhatItsTokensPayForAndLosesTheRest) {
  Alone alone;
  alone.request.policies = {{kNeverLacks, {INT32_MAX, -1}}};
  const TokenBucket bucket{1, 20, 60};
  alone.request.switches = {{4, bucket}};
  constexpr int64_t kSlots = 4 * 700;
  for (const FleetSums& sums : simulate_fleet_on_cpu(alone.request).sums) {
    EXPECT_EQ(sums.offloads, kSlots);
    EXPECT_EQ(sums.passed, (bucket.capacity + bucket.refill * (kSlots - 1)) / bucket.cost);
  }
}

TEST(Fleet, OccupancyCountsEverySlotAndBeginsFull) {
  Alone alone;
  alone.request.size.images = 1;
  const FleetSwitch at_switch{3, {2, 9, 30}};
  alone.request.switches = {at_switch};
  std::vector<int64_t> occupancy = switch_occupancy(alone.request, 0, at_switch);
  ASSERT_EQ(occupancy.size(), 29u);  // n = Q..M
  EXPECT_EQ(std::accumulate(occupancy.begin(), occupancy.end(), int64_t{0}), 5 * 3);
  EXPECT_GE(occupancy.back(), 5);  // the first slot of every sequence
}

TEST(PolicyStatistics, CountsAgreeWithTheSimulation) {
  RunSettings settings = Alone::settings();
  settings.policies = {Policy::baseline, Policy::mdp};
  settings.store.statistics = true;
  const RunProblem problem = testing::prepared(settings);
  const SimulationRequest request = test_request(problem, nullptr);
  const SimulationOutcome outcome = simulate_on_cpu(request);
  const RunStatistics& statistics = outcome.statistics;
  const auto total = [](const std::vector<int64_t>& counts) {
    return std::accumulate(counts.begin(), counts.end(), int64_t{0});
  };
  EXPECT_EQ(total(statistics.draws_by_rank), 5 * 700);
  ASSERT_EQ(statistics.policies.size(), 2u);
  for (size_t p = 0; p < 2; ++p) {
    const PolicyStatistics& counted = statistics.policies[p];
    int64_t offloads = 0;
    for (const SequenceOutcome& sequence : outcome.thresholds[p]) offloads += sequence.offloads;
    EXPECT_EQ(total(counted.offloads_by_rank), offloads);
    EXPECT_EQ(total(counted.offloads_by_units), offloads);
    EXPECT_EQ(total(counted.occupancy), 5 * 700);
    EXPECT_EQ(counted.lost, 0);
  }
}

}  // namespace
}  // namespace edgesweep
