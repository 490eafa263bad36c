#include "host/policy/bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace edgesweep {

double baseline_threshold(const ImageSet& training, double rate, double mean_gap) {
  const double images = static_cast<double>(training.size());
  const double kept = std::floor(images * (1 - rate * mean_gap));
  // Fewer than one image is kept on the camera: all are offloaded.
  if (kept < 1) return -std::numeric_limits<double>::infinity();
  return training.metric[static_cast<size_t>(std::min(kept, images)) - 1];
}

namespace {

template <typename Offloads>
LowerBound bound_of(const ImageSet& test, const Offloads& offloads) {
  double reward = 0;
  int64_t offloaded = 0;
  for (size_t i = 0; i < test.metric.size(); ++i) {
    if (offloads(test.metric[i])) {
      reward += test.reward[i];
      ++offloaded;
    }
  }
  const double images = static_cast<double>(test.size());
  return {reward / images, static_cast<double>(offloaded) / images};
}

}  // namespace

LowerBound lower_bound(const ImageSet& test, double threshold) {
  return bound_of(test, [&](double metric) { return metric > threshold; });
}

double quantile_threshold(const ImageSet& training, double rate, double mean_gap) {
  // Operation by operation what NumPy's percentile does.
  const double share = std::max(0.0, (1.0 - rate * mean_gap) * 100.0 / 100.0);
  const double place = static_cast<double>(training.size() - 1) * share;
  const double below = std::floor(place);
  const double weight = place - below;
  const auto left = static_cast<size_t>(below);
  const double low = training.metric[left];
  const double high = training.metric[std::min(left + 1, training.metric.size() - 1)];
  return weight < 0.5 ? low + (high - low) * weight : high - (high - low) * (1 - weight);
}

LowerBound inclusive_lower_bound(const ImageSet& test, double threshold) {
  return bound_of(test, [&](double metric) { return metric >= threshold; });
}

}  // namespace edgesweep
