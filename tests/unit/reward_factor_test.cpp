// What the rewards of a training are multiplied by, and rewards that no network can learn.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "host/engine/problem/resolve.h"
#include "host/engine/run/run_steps.h"
#include "host/policy/reward_scale.h"
#include "tests/support/config_files.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

RunSettings settings_of(DqnSettings::Recipe recipe) {
  RunSettings settings = testing::small_settings();
  settings.dataset = "images.npz";
  settings.dqn.recipe = recipe;
  return settings;
}
const RunSettings kWarm = settings_of(DqnSettings::Recipe::warm);
const RunSettings kPublished = settings_of(DqnSettings::Recipe::published);

TEST(RewardSpread, IsThatOfThePopulation) {
  const RewardSpread spread = reward_spread({-4, 0, 1, 3});
  EXPECT_EQ(spread.mean, 0);
  EXPECT_DOUBLE_EQ(spread.deviation, std::sqrt(26.0 / 4));
  EXPECT_EQ(spread.largest, 4);
}

TEST(RewardSpread, OfEqualRewardsIsNothing) {
  EXPECT_EQ(reward_spread(std::vector<double>(7, 0.1)).deviation, 0)
      << "seven times 0.1 is not 0.7";
  EXPECT_EQ(reward_spread(std::vector<double>(7, 0.1)).mean, 0.1);
  EXPECT_GT(reward_spread({0.1, 0.1, std::nextafter(0.1, 1)}).deviation, 0);
}

TEST(RewardSpread, StaysInRangeWhereSumsAndSquaresDoNot) {
  for (const double size : {1e308, 1e-300}) {
    const RewardSpread spread = reward_spread({-size, size, -size, size});
    EXPECT_EQ(spread.mean, 0);
    EXPECT_EQ(spread.deviation, size);
  }
}

TEST(BalancingFactor, BringsADeviationIntoAQuarterToAHalf) {
  EXPECT_EQ(balancing_factor(0.25), 1);
  EXPECT_EQ(balancing_factor(0.4999), 1);
  EXPECT_EQ(balancing_factor(0.5), 0.5);
  EXPECT_EQ(balancing_factor(std::nextafter(0.25, 0)), 2);
  // NOLINTNEXTLINE(bugprone-float-loop-counter)
  for (double deviation = 1e-90; deviation < 1e90; deviation *= 3.7) {
    const double factor = balancing_factor(deviation);
    int exponent = 0;
    EXPECT_EQ(std::frexp(factor, &exponent), 0.5) << "a power of two";
    EXPECT_GE(deviation * factor, 0.25);
    EXPECT_LT(deviation * factor, 0.5);
  }
}

TEST(RewardFactor, IsOneForTheShippedDatasetAndForThePublishedRecipe) {
  InputCache inputs;
  RunSettings settings = testing::small_settings();
  const RewardSpread shipped = inputs.reward_spread(settings.dataset);
  EXPECT_NEAR(shipped.deviation, 0.446264, 1e-6);
  settings.dqn.recipe = DqnSettings::Recipe::warm;
  EXPECT_EQ(inputs.reward_factor(settings), 1);
  EXPECT_EQ(reward_factor(kPublished, {0, 3e-5, 1}), 1);
  EXPECT_EQ(reward_factor(kWarm, {0, 3e-5, 1}), 0x1p14);
}

/// It is a number of the dataset alone, so that a sweep over these settings compares like with
/// like.
TEST(RewardFactor, DependsNeitherOnSmoothingNorOnTheDeviationOfTrainingImages) {
  InputCache inputs;
  RunSettings settings = testing::small_settings();
  settings.dqn.recipe = DqnSettings::Recipe::warm;
  settings.dqn.reward_smoothing = 0.5;  // of deviation below 0.25
  settings.training_deviation = -90;
  EXPECT_EQ(inputs.reward_factor(settings), 1);
}

TEST(RewardFactor, OfAGivenNetworkIsItsOwn) {
  InputCache inputs;
  RunSettings settings = testing::small_settings();
  settings.dqn.reward_smoothing = 0.2;
  settings.dqn.outputs = Outputs::after_states;
  settings.dqn.start = DqnSettings::Start::mdp;
  const RunProblem once = resolve_run("once", settings, inputs);
  settings.reward_factor = 8;
  const RunProblem eight = resolve_run("eight", settings, inputs);
  EXPECT_EQ(eight.training->reward_factor, 8);
  EXPECT_EQ(initial_state(*eight.training).reward_factor, 8);
  const auto times_8 = [](auto values) {
    for (auto& value : values) value *= 8;
    return values;
  };
  EXPECT_EQ(eight.training->windows.images->reward, times_8(once.training->windows.images->reward));
  EXPECT_EQ(*eight.training->test_expected_reward, times_8(*once.training->test_expected_reward));
  EXPECT_EQ(eight.training->start_biases, times_8(once.training->start_biases));
  EXPECT_EQ(eight.training->validation.images, once.training->validation.images)
      << "losses are measured in the unit of the costs";
  EXPECT_EQ(eight.dataset, once.dataset);
}

std::string refusal(const RunSettings& settings, const std::vector<double>& rewards) {
  return testing::input_error([&] { reward_factor(settings, reward_spread(rewards)); });
}

TEST(RewardFactor, NamesRewardsThatNoNetworkCanLearn) {
  for (const RunSettings& settings : {kWarm, kPublished})
    EXPECT_EQ(refusal(settings, {0.1, 0.1, 0.1}),
              "images.npz: wcost_tr, scost_tr: found the same reward, 0.1, of offloading each "
              "training image; allowed: rewards that differ, since a network has nothing to learn "
              "from these, or policies without dqn");
  EXPECT_EQ(refusal(kWarm, {1e9, 1e9 + 1, 1e9 - 1, 1e9}),
            "images.npz: wcost_tr, scost_tr: found rewards around 1e+09 with a standard deviation "
            "of 0.707, which are all the same in single precision; allowed: costs whose "
            "differences between images are not lost beside their size, or policies without dqn");
  EXPECT_EQ(refusal(kWarm, {-1e200, 1e200}),
            "images.npz: wcost_tr, scost_tr: found rewards up to 1e+200 with a standard deviation "
            "of 1e+200; allowed: a standard deviation of 1e-90 to 1e+90, or policies without dqn");
  EXPECT_NE(refusal(kWarm, {-1e-200, 1e-200}).find("up to 1e-200 with a"), std::string::npos);
}

TEST(RewardFactor, NamesRewardsBeyondSinglePrecisionWithThePublishedRecipe) {
  EXPECT_EQ(
      refusal(kPublished, {-1e40, 1e40}),
      "images.npz: wcost_tr, scost_tr: found rewards up to 1e+40 with a standard deviation of "
      "1e+40 with dqn.recipe \"published\", which takes them as they are; allowed: rewards up to "
      "1.13e+15 with a standard deviation of at least 1.18e-38, which single precision holds, "
      "dqn.recipe \"warm\", or policies without dqn");
  EXPECT_NE(refusal(kPublished, {-1e-39, 1e-39}).find("found rewards up to 1e-39"),
            std::string::npos);
  EXPECT_EQ(refusal(kWarm, {-1e40, 1e40}), "no error");
  EXPECT_EQ(refusal(kWarm, {-1e-39, 1e-39}), "no error");
}

TEST(RewardSizeNote, TellsRewardsThatThePublishedRecipeWasNotMadeFor) {
  const auto note = [](const RunSettings& settings, double deviation) {
    return reward_size_note(settings, {0, deviation, deviation});
  };
  EXPECT_EQ(note(kPublished, 0.00446),
            "the training rewards of images.npz have a standard deviation of 0.00446; dqn.recipe "
            "\"published\" takes them as they are and is made for about 0.4: costs times 64 suit "
            "it better, or dqn.recipe \"warm\", which multiplies them by itself");
  EXPECT_EQ(note(kPublished, 0.0625), "");
  EXPECT_NE(note(kPublished, 0.0624), "");
  EXPECT_EQ(note(kPublished, 1.99), "");
  EXPECT_NE(note(kPublished, 2), "");
  EXPECT_EQ(note(kWarm, 0.00446), "");
}

}  // namespace
}  // namespace edgesweep
