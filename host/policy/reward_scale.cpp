#include "host/policy/reward_scale.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <sstream>

#include "host/error.h"

namespace edgesweep {
RewardSpread reward_spread(const std::vector<double>& rewards) {
  double largest = 0;
  bool all_equal = true;
  for (const double reward : rewards) {
    largest = std::max(largest, std::abs(reward));
    all_equal = all_equal && reward == rewards.front();
  }
  if (all_equal) return {rewards.empty() ? 0 : rewards.front(), 0, largest};
  // Of rewards below 1, whose sums and squares stay in range.
  int exponent = 0;
  std::frexp(largest, &exponent);
  const double count = static_cast<double>(rewards.size());
  double mean = 0;
  for (const double reward : rewards) mean += std::ldexp(reward, -exponent);
  mean /= count;
  double squares = 0;
  for (const double reward : rewards) {
    const double distance = std::ldexp(reward, -exponent) - mean;
    squares += distance * distance;
  }
  return {std::ldexp(mean, exponent), std::ldexp(std::sqrt(squares / count), exponent), largest};
}

double balancing_factor(double deviation) {
  int exponent = 0;
  std::frexp(deviation, &exponent);  // deviation in [1/2, 1) * 2^exponent
  return std::ldexp(1.0, -1 - exponent);
}

namespace {

/// Squares of rewards, and sums of them over a mini-batch, stay finite in single precision.
constexpr double kLargestTrained = 0x1p50;
/// Below that single precision loses digits.
constexpr double kSmallestTrained = std::numeric_limits<float>::min();
/// Rewards that differ by less of their size are equal in single precision.
constexpr double kTold = 0x1p-24;
/// Rewards times the factor, and products of two of them, stay in the range of doubles.
constexpr double kLargestDeviation = 1e90;

std::string digits(double number, int count = 3) {
  std::ostringstream text;
  text << std::setprecision(count) << number;
  return text.str();
}

std::string sizes_of(const RewardSpread& spread) {
  return "rewards up to " + digits(spread.largest) + " with a standard deviation of " +
         digits(spread.deviation);
}

}  // namespace

double reward_factor(const RunSettings& settings, const RewardSpread& spread) {
  const auto refuse = [&](const std::string& found, const std::string& allowed) {
    throw InputError(settings.dataset, "wcost_tr, scost_tr", found,
                     allowed + ", or policies without dqn");
  };
  if (spread.deviation == 0)
    refuse("the same reward, " + digits(spread.mean, 6) + ", of offloading each training image",
           "rewards that differ, since a network has nothing to learn from these");
  if (spread.deviation > kLargestDeviation || spread.deviation < 1 / kLargestDeviation)
    refuse(sizes_of(spread), "a standard deviation of " + digits(1 / kLargestDeviation) + " to " +
                                 digits(kLargestDeviation));
  if (spread.deviation < spread.largest * kTold)
    refuse("rewards around " + digits(spread.mean, 9) + " with a standard deviation of " +
               digits(spread.deviation) + ", which are all the same in single precision",
           "costs whose differences between images are not lost beside their size");
  if (settings.dqn.recipe == DqnSettings::Recipe::warm) return balancing_factor(spread.deviation);
  if (spread.largest > kLargestTrained || spread.deviation < kSmallestTrained)
    refuse(sizes_of(spread) + R"( with dqn.recipe "published", which takes them as they are)",
           "rewards up to " + digits(kLargestTrained) + " with a standard deviation of at least " +
               digits(kSmallestTrained) + R"(, which single precision holds, dqn.recipe "warm")");
  return 1;
}

std::string reward_size_note(const RunSettings& settings, const RewardSpread& spread) {
  if (settings.dqn.recipe == DqnSettings::Recipe::warm || spread.deviation == 0) return "";
  const double factor = balancing_factor(spread.deviation);
  if (factor >= 0.25 && factor <= 4) return "";
  return "the training rewards of " + settings.dataset + " have a standard deviation of " +
         digits(spread.deviation) +
         R"(; dqn.recipe "published" takes them as they are and is made for about 0.4: costs times )" +
         digits(factor, 6) +
         R"( suit it better, or dqn.recipe "warm", which multiplies them by itself)";
}

}  // namespace edgesweep
