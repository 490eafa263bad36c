// What dqn.recipe "warm" does differently: after-states, smoothed rewards, a start from the MDP,
// centered windows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/engine/cpu/training_scratch.h"
#include "host/engine/problem/windows.h"
#include "host/policy/gap_law.h"
#include "host/policy/rewards.h"
#include "kernels/targets.cuh"
#include "tests/reference/reference_trainer.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

ImageSet images(const std::vector<double>& metric, const std::vector<double>& reward) {
  ImageSet set;
  set.metric = metric;
  set.reward = reward;
  return set;
}

TEST(SmoothedRewards, AreMeansOfAsManyNeighboursBelowAsAbove) {
  const ImageSet set = images({0, 1, 2, 3, 4, 5, 6}, {1, 0, 0, 1, -1, 1, 0});
  // A share of 4/7 of seven images reaches two ranks to either side, one at the ends' neighbours.
  const std::vector<double> smoothed = smoothed_rewards(set, 4.0 / 7);
  const std::vector<double> expected = {1, 1.0 / 3, 1.0 / 5, 1.0 / 5, 1.0 / 5, 0, 0};
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_DOUBLE_EQ(smoothed[i], expected[i]) << "image " << i;
}

TEST(SmoothedRewards, OfAShareOfZeroAreTheRewards) {
  const ImageSet set = images({0, 1, 2}, {1, 0, -1});
  EXPECT_EQ(smoothed_rewards(set, 0), set.reward);
}

TEST(SmoothedRewards, TakeAllImagesOfTheSameMetric) {
  const ImageSet set = images({0, 1, 1, 1, 2}, {1, 1, 0, 0, -1});
  const std::vector<double> smoothed = smoothed_rewards(set, 0.1);  // reaches no other rank
  const std::vector<double> expected = {1, 1.0 / 3, 1.0 / 3, 1.0 / 3, -1};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_DOUBLE_EQ(smoothed[i], expected[i]) << i;
}

TEST(SmoothedRewards, TrainNetworksAndNothingElse) {
  RunSettings settings = testing::small_settings();
  settings.dqn.reward_smoothing = 0.2;
  const RunProblem problem = testing::prepared(settings);
  const ImageSet& original = problem.dataset->training;
  EXPECT_EQ(problem.training->windows.images->reward, smoothed_rewards(original, 0.2));
  EXPECT_NE(problem.training->windows.images->reward, original.reward);
  EXPECT_EQ(problem.training->windows.images->metric_single, original.metric_single);
  EXPECT_EQ(problem.training->validation.images, &original);
  EXPECT_EQ(problem.training->training_evaluation.images, &original);
  EXPECT_EQ(problem.test.images, &problem.dataset->test);
}

TEST(ActionValues, SolveBellmansEquation) {
  // V(n) = max over thresholds of share * Q1 + (1 - share) * Q0 plus what the chosen images earn
  // above the mean: with no metric to go by (all images alike), V(n) = max(Q0(n), Q1(n)).
  const double reward = 0.25;
  const ImageSet set = images({0, 0, 0, 0}, std::vector<double>(4, reward));
  const TokenBucket bucket{1, 3, 7};
  const TransitionMatrix transition = make_transition_matrix(bucket, periodic_gaps());
  const double discount = 0.9;
  const MdpSolution solution = solve_mdp(transition, set, discount, MdpSettings::Stop::converged);
  const std::vector<double> values =
      mdp_outputs(transition, set, solution, discount, Outputs::action_values);
  const int keep_output_count = bucket.capacity + 1 - bucket.refill;
  ASSERT_EQ(values.size(),
            static_cast<size_t>(keep_output_count + bucket.capacity + 1 - bucket.cost));
  EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0), 0, 1e-12) << "centered";
  const auto value = [&](int n) { return solution.value[static_cast<size_t>(n - bucket.refill)]; };
  const auto next = [&](int after) {
    return value(std::min(bucket.capacity, after + bucket.refill));
  };
  // The mean that was taken out, from the first output.
  const double mean = discount * next(bucket.refill) - values[0];
  for (int n = bucket.refill; n <= bucket.capacity; ++n) {
    const double keep = values[static_cast<size_t>(n - bucket.refill)] + mean;
    EXPECT_NEAR(keep, discount * next(n), 1e-9) << n;
    double best = keep;
    if (n >= bucket.cost) {
      const double offload =
          values[static_cast<size_t>(keep_output_count + n - bucket.cost)] + mean;
      EXPECT_NEAR(offload, reward + discount * next(n - bucket.cost), 1e-9) << n;
      best = std::max(best, offload);
    }
    EXPECT_NEAR(value(n), best, 1e-9) << "V(" << n << ")";
  }
}

TEST(AfterStates, StartFromWhatTheMdpExpectsOfThem) {
  const ImageSet set = images({0, 1, 2, 3}, {0, 0.25, 0.5, 1});
  const TokenBucket bucket{2, 5, 15};
  const TransitionMatrix transition = make_transition_matrix(bucket, periodic_gaps());
  const MdpSolution solution = solve_mdp(transition, set, 0.9, MdpSettings::Stop::converged);
  const std::vector<double> worth =
      mdp_outputs(transition, set, solution, 0.9, Outputs::after_states);
  ASSERT_EQ(worth.size(), static_cast<size_t>(bucket.capacity) + 1);
  EXPECT_NEAR(std::accumulate(worth.begin(), worth.end(), 0.0), 0, 1e-12) << "centered";
  const auto next = [&](int after) {
    const int units = std::min(bucket.capacity, after + bucket.refill);
    return 0.9 * solution.value[static_cast<size_t>(units - bucket.refill)];
  };
  for (int a = 0; a <= bucket.capacity; ++a)
    EXPECT_NEAR(worth[static_cast<size_t>(a)] - worth[0], next(a) - next(0), 1e-9) << a;
}

// Q0[n] = W[n] and Q1[n] = R + W[n - P]: networks of either kind with the same values have the same
// U, hence the same targets, but for the reward that action values carry.
TEST(AfterStates, HaveTheBestValuesOfTheActionValuesTheyStandFor) {
  const TokenBucket bucket{1, 3, 7};
  const float reward = 0.375f;  // sums of eighths are exact
  const std::vector<float> worth = {0, 1.5f, 1.625f, 1.75f, 2, 1.875f, 2.25f, 3};
  std::vector<float> values;
  for (int n = bucket.refill; n <= bucket.capacity; ++n)
    values.push_back(worth[static_cast<size_t>(n)]);
  for (int n = bucket.cost; n <= bucket.capacity; ++n)
    values.push_back(reward + worth[static_cast<size_t>(n - bucket.cost)]);
  int offloads = 0;
  for (int n = bucket.refill; n <= bucket.capacity; ++n) {
    const float best = best_value(bucket, Outputs::action_values, values, -100.0f, n);
    EXPECT_EQ(best_value(bucket, Outputs::after_states, worth, reward, n), best) << n;
    offloads += best != worth[static_cast<size_t>(n)];
  }
  EXPECT_GT(offloads, 0);
  EXPECT_LT(offloads, bucket.capacity - bucket.cost + 1) << "neither action always wins";
  for (int a = 0; a <= bucket.capacity; ++a)
    EXPECT_EQ(target(bucket, Outputs::after_states, worth, reward, a),
              worth[static_cast<size_t>(a)]);
}

TEST(AfterStates, WindowsHoldTheRewardOfTheNextImage) {
  RunSettings settings = testing::small_settings();
  settings.dqn.reward_smoothing = 0.1;
  for (const Outputs outputs : {Outputs::after_states, Outputs::action_values}) {
    settings.dqn.outputs = outputs;
    const RunProblem problem = testing::prepared(settings);
    const ImageSet& set = *problem.training->windows.images;
    Windows windows = make_windows(*problem.training);
    draw_windows(*problem.training, 0, 0, windows.count, windows);
    for (int64_t row = 0; row < windows.count; ++row) {
      const float metric = windows.metric(row, outputs == Outputs::after_states ? 0 : 1);
      const auto image =
          std::lower_bound(set.metric_single.begin(), set.metric_single.end(), metric) -
          set.metric_single.begin();
      // Images of one metric have one smoothed reward.
      EXPECT_EQ(windows.reward[static_cast<size_t>(row)],
                static_cast<float>(set.reward[static_cast<size_t>(image)]))
          << row;
    }
  }
}

TEST(ExpectedRewards, AreThoseOfTheNearestTrainingMetric) {
  const ImageSet known = images({0, 1, 4}, {0.125, 0.5, 0.75});
  const ImageSet asked = images({-3, 0.25, 0.5, 0.75, 1, 2.4, 2.5, 2.6, 4, 9}, {});
  EXPECT_EQ(expected_rewards(known, asked), (std::vector<float>{0.125f, 0.125f, 0.125f, 0.5f, 0.5f,
                                                                0.5f, 0.5f, 0.75f, 0.75f, 0.75f}));
  EXPECT_EQ(expected_rewards(known, known), (std::vector<float>{0.125f, 0.5f, 0.75f}));
}

TEST(ExpectedRewards, AreGivenToAfterStatesAlone) {
  RunSettings settings = testing::small_settings();
  settings.dqn.reward_smoothing = 0.2;
  EXPECT_EQ(testing::prepared(settings).training->test_expected_reward, nullptr);
  settings.dqn.outputs = Outputs::after_states;
  const RunProblem problem = testing::prepared(settings);
  const ImageSet& smoothed = *problem.training->windows.images;
  EXPECT_EQ(*problem.training->test_expected_reward,
            expected_rewards(smoothed, problem.dataset->test));
  EXPECT_EQ(*problem.training->training_expected_reward,
            std::vector<float>(smoothed.reward.begin(), smoothed.reward.end()));
}

TEST(Start, FromTheMdpHasItsActionValuesAtTheNetworksDiscount) {
  RunSettings settings = testing::small_settings();
  settings.dqn.start = DqnSettings::Start::mdp;
  settings.dqn.discount = 0.75;
  settings.mdp.discount = 0.5;
  settings.policies = {Policy::dqn};  // nobody else solves the MDP
  const RunProblem problem = testing::prepared(settings);
  const TransitionMatrix transition = make_transition_matrix(problem.bucket, periodic_gaps());
  const ImageSet& training = problem.dataset->training;
  const std::vector<double> expected = mdp_outputs(
      transition, training, solve_mdp(transition, training, 0.75, MdpSettings::Stop::converged),
      0.75, Outputs::action_values);
  EXPECT_EQ(problem.training->start_biases, std::vector<float>(expected.begin(), expected.end()));
  settings.dqn.start = DqnSettings::Start::random;
  EXPECT_TRUE(testing::prepared(settings).training->start_biases.empty());
}

/// Error of a network's first iteration on `windows` windows, each a mini-batch.
double first_error(int windows, DqnSettings::Center center) {
  RunSettings settings = testing::small_settings();
  settings.dqn.batch = 1;
  settings.dqn.mini_batches = windows;
  settings.dqn.schedule = {{1, 1e-30}};  // so small that no mini-batch sees the one before it
  settings.dqn.center_targets = center;
  const RunProblem problem = testing::prepared(settings);
  TrainingState state = initial_state(*problem.training);
  reference_q_iteration(*problem.training, state);
  return state.mean_squared_error;
}

TEST(CenteredWindows, LoseTheirOwnMeanInsteadOfThatOfTheIteration) {
  using Center = DqnSettings::Center;
  // Of one window both are the same, but for the rounding of values around 1.
  EXPECT_NEAR(first_error(1, Center::window), first_error(1, Center::iteration), 1e-5);
  // Of many, the means of the windows lie apart, and the error of one window is not that of
  // another.
  EXPECT_GT(std::abs(first_error(50, Center::window) - first_error(50, Center::iteration)), 1e-4);
}

TEST(CenteredWindows, HaveTargetsOfMeanZero) {
  // A network of zero weights outputs zero, so its error is the mean square of the targets: 0 if
  // they have no spread. Rewards of 0 and values that do not depend on the tokens have none.
  RunSettings settings = testing::small_settings();
  settings.dqn.center_targets = DqnSettings::Center::window;
  settings.dqn.schedule = {{1, 1e-30}};
  const RunProblem problem = testing::prepared(settings);
  TrainingProblem training = *problem.training;
  ImageSet without_rewards = *training.windows.images;
  std::fill(without_rewards.reward.begin(), without_rewards.reward.end(), 0.0);
  training.windows.images = &without_rewards;
  TrainingState state = initial_state(training);
  std::fill(state.weights.begin(), state.weights.end(), 0.0f);
  std::fill(state.weights.end() - training.shape.outputs(), state.weights.end(), 5.0f);
  const double before = state.mean_squared_error;
  reference_q_iteration(training, state);
  EXPECT_EQ(before, 0);
  // Outputs are 5, targets 0.9999 * 5 minus their mean, 0: an error of 25. Without the mean taken
  // out it would be (5 - 4.9995)^2.
  EXPECT_NEAR(state.mean_squared_error, 25, 1e-4);
}

}  // namespace
}  // namespace edgesweep
