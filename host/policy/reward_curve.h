#pragma once
#include <vector>

#include "host/data/dataset.h"

namespace edgesweep {

/// What offloading the k images of highest metric earns, docs/model.md#mdp. Entry [k - 1],
/// k = 1..N.
struct RewardCurve {
  std::vector<double> metric;  ///< descending; equal metrics in the order of the set
  std::vector<double> share;   ///< F_k = k / N
  std::vector<double> gain;    ///< G_k = (sum of the first k rewards) / N

  /// Largest minus smallest metric.
  double metric_range() const { return metric.front() - metric.back(); }
  double largest_metric() const;  ///< largest |metric|
  /// Largest |G_k|: no value or price of the iteration exceeds it times the number of images seen.
  double largest_gain() const;
};

RewardCurve make_reward_curve(const ImageSet& training);

}  // namespace edgesweep
