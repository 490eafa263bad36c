#pragma once
#include <string>
#include <vector>

#include "host/config/settings.h"

namespace edgesweep {
// Adam's steps and its epsilon are sizes of their own, so how well a network learns depends on the
// unit that costs are measured in. The warm recipe trains on rewards times a power of two, which
// brings them to the size of rewards of 0 and 1: a power of two changes no digit, so costs in
// another unit, 2^k times as large, give the same weights and decisions, and losses exactly 2^k
// times as large.

/// How finite rewards spread.
struct RewardSpread {
  double mean = 0;
  double deviation = 0;  ///< population standard deviation; exactly 0 where all are equal
  double largest = 0;    ///< of the magnitudes
};
RewardSpread reward_spread(const std::vector<double>& rewards);

/// The power of two that brings a standard deviation into [1/4, 1/2). deviation: positive, finite,
/// between 2^-1000 and 2^1000.
double balancing_factor(double deviation);

/// What the rewards of a run's training are multiplied by. spread: of the training images' rewards
/// in the dataset's file, so that the factor does not depend on the run's other settings.
/// 1 with the published recipe. Throws InputError where single precision cannot hold the products
/// or tell them apart, and where all rewards are equal.
double reward_factor(const RunSettings& settings, const RewardSpread& spread);

/// A line on rewards whose size the published recipe was not made for; "" where all is well. The
/// run has `dqn`.
std::string reward_size_note(const RunSettings& settings, const RewardSpread& spread);

}  // namespace edgesweep
