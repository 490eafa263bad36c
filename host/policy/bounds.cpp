#include "host/policy/bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace edgesweep {

double baseline_threshold(const ImageSet& training, double rate, double mean_gap) {
  const double images = static_cast<double>(training.size());
  const double kept = std::floor(images * (1 - rate * mean_gap));
  // Fewer than one image is kept on the device: all are offloaded.
  if (kept < 1) return -std::numeric_limits<double>::infinity();
  return training.metric[static_cast<size_t>(std::min(kept, images)) - 1];
}

LowerBound lower_bound(const ImageSet& test, double threshold) {
  double reward = 0;
  int64_t offloaded = 0;
  for (int64_t i = 0; i < test.size(); ++i) {
    if (test.metric[i] > threshold) {
      reward += test.reward[i];
      ++offloaded;
    }
  }
  const double images = static_cast<double>(test.size());
  return {reward / images, static_cast<double>(offloaded) / images};
}

}  // namespace edgesweep
