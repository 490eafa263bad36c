// What a bucket is said to earn at most in the rounds to come: never less than it earns, and no
// more where every token goes to an image of the highest reward.
#include "host/engine/fleet/search_bound.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/policy/token_bucket.h"
#include "tests/reference/reference_search.h"
#include "tests/support/fleet_cases.h"

namespace edgesweep {
namespace {

/// Offloads ranks above `last_local_rank` whenever the bucket has a token.
RankPolicy threshold_policy(const TokenBucket& bucket, int32_t last_local_rank) {
  RankPolicy policy{bucket, {}};
  for (int32_t units = 0; units <= bucket.capacity; ++units)
    policy.last_local_rank.push_back(units < bucket.cost ? std::numeric_limits<int32_t>::max()
                                                         : last_local_rank);
  return policy;
}

/// What a policy earns behind a switch in the rounds from `round` on.
double earned(const SearchProblem& problem, const RankPolicy& policy, const FleetSwitch& at_switch,
              int64_t round) {
  double sum = 0;
  for (; round < rounds_of(problem); ++round) {
    FleetRequest request = round_request(problem, round, {});
    request.policies = {policy};
    request.switches = {at_switch};
    for (const FleetSums& sums : simulate_fleet_on_cpu(request).sums) sum += sums.reward;
  }
  return sum;
}

/// Images whose rewards, in ascending metric, are these over and over.
void set_rewards(SearchProblem& problem, const std::vector<double>& rewards) {
  std::vector<double> metric, weak;
  for (int i = 0; i < 60; ++i) {
    metric.push_back(i);
    weak.push_back(rewards[static_cast<size_t>(i) * rewards.size() / 60]);
  }
  const std::vector<double> strong(metric.size(), 0.0);
  problem.source.dataset =
      std::make_shared<Dataset>(make_dataset(metric, weak, strong, metric, weak, strong));
  problem.source.images = &problem.source.dataset->training;
  problem.source.metric_law = make_metric_law({}, problem.source.images->size());
}

TEST(SearchBound, IsNeverBelowWhatABucketEarns) {
  for (const auto& [sequences, images] : {std::pair<int64_t, int64_t>{1, 1}, {17, 9}, {40, 30}}) {
    const SearchProblem problem = testing::small_search(sequences, images);
    const RewardBound bound(problem, simulate_fleet_on_cpu, {});
    for (const TokenBucket& bucket : SearchGrid(problem.rates, problem.depths).buckets)
      for (size_t w = 0; w < problem.switches.size(); ++w)
        for (int64_t round = 0; round <= rounds_of(problem); ++round)
          for (const int32_t last_local_rank : {-1, 250, 450}) {
            const double sum = earned(problem, threshold_policy(bucket, last_local_rank),
                                      problem.switches[w].at_switch, round);
            EXPECT_LE(sum, bound.most_to_come(bucket, w, round) * (1 + 1e-12))
                << "Q/P/M " << bucket.refill << "/" << bucket.cost << "/" << bucket.capacity
                << ", switch " << w << ", round " << round;
          }
  }
}

/// The bound counts tokens as real numbers, a bucket pays whole ones, and what arrives after the
/// last image pays for none.
constexpr double kTokensLost = 3;

TEST(SearchBound, IsReachedWhereEveryTokenOfTheSwitchGoesToTheHighestReward) {
  SearchProblem problem = testing::small_search(37, 50);
  set_rewards(problem, {0.75});
  problem.switches = {{{3, {1, 8, 20}}, 0.1, 1}, {{2, {3, 20, 61}}, 0.1, 1}};
  const RewardBound bound(problem, simulate_fleet_on_cpu, {});
  const TokenBucket always{1, 1, 1};
  for (size_t w = 0; w < 2; ++w)
    for (int64_t round = 0; round < 3; ++round) {
      const double sum =
          earned(problem, threshold_policy(always, -1), problem.switches[w].at_switch, round);
      const double most = bound.most_to_come(always, w, round);
      const double sequences = static_cast<double>(37 - 16 * round);
      EXPECT_LE(sum, most * (1 + 1e-12));
      EXPECT_GE(sum, most - 0.75 * kTokensLost * sequences) << "switch " << w << ", " << round;
    }
}

TEST(SearchBound, IsReachedWhereEveryTokenOfTheCamerasGoesToTheHighestReward) {
  SearchProblem problem = testing::small_search(37, 50);
  set_rewards(problem, {0.5});
  problem.switches = {{{4, {1, 1, 1}}, 0.1, 1}};
  const RewardBound bound(problem, simulate_fleet_on_cpu, {});
  for (const TokenBucket& bucket : {TokenBucket{1, 7, 30}, TokenBucket{2, 9, 9}})
    for (int64_t round = 0; round < 3; ++round) {
      const double sum =
          earned(problem, threshold_policy(bucket, -1), problem.switches[0].at_switch, round);
      const double most = bound.most_to_come(bucket, 0, round);
      const double sequences = static_cast<double>(37 - 16 * round);
      EXPECT_LE(sum, most * (1 + 1e-12));
      EXPECT_GE(sum, most - 0.5 * 4 * kTokensLost * sequences) << "round " << round;
    }
}

TEST(SearchBound, IsReachedWhereEveryRewardingImagePasses) {
  SearchProblem problem = testing::small_search(37, 50);
  set_rewards(problem, {-1, 0, 0.5, 2});  // ranks from 30 on
  problem.switches = {{{3, {1, 1, 1}}, 0.1, 1}, {{5, {1, 1, 1}}, 0.1, 1}};
  const RewardBound bound(problem, simulate_fleet_on_cpu, {});
  const TokenBucket always{1, 1, 1};
  for (size_t w = 0; w < 2; ++w)
    for (int64_t round = 0; round < 3; ++round)
      EXPECT_EQ(earned(problem, threshold_policy(always, 29), problem.switches[w].at_switch, round),
                bound.most_to_come(always, w, round))
          << "multiples of 0.5, without rounding";
}

/// Buckets so alike that the first sequences often deceive about the best. Returns how often they
/// did.
int search_where_it_is_close(const std::function<void(SearchProblem&)>& change) {
  int deceived = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SearchProblem problem = testing::small_search(49, 12);
    problem.rates = {0.19, 0.2, 0.21, 0.5};
    problem.depths = {1, 1.1, 1.2};
    problem.switches = {{{2, *make_token_bucket(0.2, 2)}, 0.19, 1},
                        {{5, *make_token_bucket(0.2, 5)}, 0.19, 1}};
    change(problem);
    problem.source.seed = seed;
    const SearchOutcome plain = search_fleets_plainly(problem, simulate_fleet_on_cpu);
    std::vector<SearchState> states;
    SearchHooks hooks;
    hooks.on_pass = [&](const SearchState& state) { states.push_back(state); };
    const SearchOutcome found = search_fleets(problem, simulate_fleet_on_cpu, hooks);
    const SearchGrid grid(problem.rates, problem.depths);
    for (size_t w = 0; w < problem.switches.size(); ++w) {
      const SearchPoint& best = best_point(plain.points[w]);
      EXPECT_EQ(best_point(found.points[w]), best) << "seed " << seed << ", switch " << w;
      const auto& leader = grid.buckets[static_cast<size_t>(states.front().leader[w])];
      deceived += !(leader == *make_token_bucket(best.rate, best.depth));
    }
  }
  return deceived;
}

TEST(SearchBound, NeverGivesUpTheWinner) {
  EXPECT_GE(search_where_it_is_close([](SearchProblem&) {}), 5) << "the first round always knew";
}

/// All buckets earn nearly as much as the bound allows: one that took a little off it would give up
/// all but the leader of the first round.
TEST(SearchBound, NeverGivesUpTheWinnerWhereAllEarnNearlyTheMost) {
  const auto change = [](SearchProblem& problem) {
    set_rewards(problem, {0.96, 1});
    problem.size.images = 200;
    problem.policy = [](const TokenBucket& bucket) { return threshold_policy(bucket, -1); };
  };
  EXPECT_GE(search_where_it_is_close(change), 5) << "the first round always knew";
}

}  // namespace
}  // namespace edgesweep
