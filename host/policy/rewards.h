#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "host/data/dataset.h"
#include "host/policy/mdp.h"
#include "kernels/outputs.cuh"

namespace edgesweep {
/// What offloading earns, as `clairvoyant` and `clairvoyant_metric` add it up: numbers above 0 as
/// multiples of 2^(e - 30), where 2^e is the smallest power of two above all of them, rounded to
/// the nearest (halves up); all others as 0, since such an image is never offloaded. Whole numbers
/// and binary fractions of up to 30 digits are exact. Every value is below 2^30, kLargestValue in
/// kernels/clairvoyant.cuh. numbers: finite.
std::vector<int32_t> fixed_point_values(const std::vector<double>& numbers);

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

/// For each image of a set of N the mean reward of its neighbours in metric order: of the images at
/// most h = floor(share N / 2) ranks away, as many below as above (so fewer near the ends), and of
/// all images of its own metric. A policy sees the metric alone, so to it an image's reward is
/// noise around this mean. share: 0..1; 0 returns the rewards themselves.
std::vector<double> smoothed_rewards(const ImageSet& images, double share);

/// The reward that the metric of each image promises, by rank: that of the training image of
/// nearest metric, of two equally near ones the lower. smoothed: the training images, with smoothed
/// rewards (host/policy/rewards), at least one. images: of the same normalisation.
std::vector<float> expected_rewards(const ImageSet& smoothed, const ImageSet& images);

/// Both sets of a dataset.
struct ExpectedRewards {
  std::shared_ptr<const std::vector<float>> training, test;
};

/// What a network's outputs are to the MDP, which has not seen the image: gamma (T V)[n] for n =
/// Q..M, then mean reward + gamma (T V)[n - P] for n = P..M (docs/model.md#warm-start), or, of
/// after_states, gamma (T V)[a] for a = 0..M. Their mean is subtracted. solution: of value
/// iteration with this transition, discount and set, converged.
std::vector<double> mdp_outputs(const TransitionMatrix& transition, const ImageSet& training,
                                const MdpSolution& solution, double discount, Outputs outputs);

}  // namespace edgesweep
