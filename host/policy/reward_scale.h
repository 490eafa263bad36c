#pragma once
#include <vector>

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

}  // namespace edgesweep
