#pragma once
#include <memory>
#include <vector>

#include "host/data/dataset.h"

namespace edgesweep {

/// The reward that the metric of each image promises, by rank: that of the training image of
/// nearest metric, of two equally near ones the lower. smoothed: the training images, with smoothed
/// rewards (host/policy/reward_smoothing), at least one. images: of the same normalisation.
std::vector<float> expected_rewards(const ImageSet& smoothed, const ImageSet& images);

/// Both sets of a dataset.
struct ExpectedRewards {
  std::shared_ptr<const std::vector<float>> training, test;
};

}  // namespace edgesweep
