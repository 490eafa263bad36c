#pragma once
#include <vector>

#include "host/data/dataset.h"

namespace edgesweep {

/// For each image of a set of N the mean reward of its neighbours in metric order: of the images at
/// most h = floor(share N / 2) ranks away, as many below as above (so fewer near the ends), and of
/// all images of its own metric. A policy sees the metric alone, so to it an image's reward is
/// noise around this mean. share: 0..1; 0 returns the rewards themselves.
std::vector<double> smoothed_rewards(const ImageSet& images, double share);

}  // namespace edgesweep
