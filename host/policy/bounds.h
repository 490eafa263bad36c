#pragma once
#include "host/data/dataset.h"

namespace edgesweep {

/// theta of `baseline` and `lower_bound`, docs/model.md#baseline-and-lower-bound: the normalised
/// training metric at position floor(N (1 - r tau)) - 1 of the ascending order; minus infinity when
/// no such image is left, as for r tau >= 1 (offload all).
double baseline_threshold(const ImageSet& training, double rate, double mean_gap);

/// What offloading every test image with metric > threshold earns, without a bucket: compared in
/// double, once over the set.
struct LowerBound {
  double mean_reward = 0;   ///< sum of rewards offloaded / images
  double offload_rate = 0;  ///< share of images offloaded
};
LowerBound lower_bound(const ImageSet& test, double threshold);

// The same as EdgeML-MDP has them, docs/model.md#rules-of-edgeml-mdp.

/// The (1 - rate * mean_gap) quantile of the training metrics, interpolated linearly between
/// neighbours (rate * mean_gap >= 1: the least metric).
double quantile_threshold(const ImageSet& training, double rate, double mean_gap);

/// Of test images with metric >= threshold.
LowerBound inclusive_lower_bound(const ImageSet& test, double threshold);

}  // namespace edgesweep
