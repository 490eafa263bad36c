#include "host/policy/reward_scale.h"

#include <algorithm>
#include <cmath>

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

}  // namespace edgesweep
