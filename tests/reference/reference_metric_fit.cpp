#include "tests/reference/reference_metric_fit.h"

#include <algorithm>
#include <cmath>

namespace edgesweep {
namespace {

struct Images {
  std::vector<double> entropy, reward;
};

/// Every second image from `first` on.
Images every_second(const std::vector<double>& entropy, const std::vector<double>& reward,
                    size_t first) {
  Images images;
  for (size_t i = first; i < entropy.size(); i += 2) {
    images.entropy.push_back(entropy[i]);
    images.reward.push_back(reward[i]);
  }
  return images;
}

std::vector<double> smoothed(const std::vector<double>& points, const Images& images, double h) {
  std::vector<double> result;
  for (const double point : points) {
    double nearest = INFINITY;
    for (const double entropy : images.entropy)
      nearest = std::min(nearest, std::abs(point - entropy));
    double weights = 0;
    double rewards = 0;
    for (size_t i = 0; i < images.entropy.size(); ++i) {
      const double distance = point - images.entropy[i];
      // Relative to the nearest image: far from all of them every weight would underflow.
      const double weight = std::exp((nearest * nearest - distance * distance) / (h * h));
      weights += weight;
      rewards += weight * images.reward[i];
    }
    result.push_back(rewards / weights);
  }
  return result;
}

}  // namespace

MetricFit fit_metric_plain(const std::vector<double>& entropy, const std::vector<double>& reward) {
  MetricFit fit;
  fit.entropy = fit_points(entropy);
  const double range = fit.entropy.back() - fit.entropy.front();
  const Images even = every_second(entropy, reward, 0);
  const Images odd = every_second(entropy, reward, 1);
  double least_error = INFINITY;
  for (size_t b = 0; b < kBandwidthShares.size(); ++b) {
    fit.reward = smoothed(fit.entropy, even, kBandwidthShares[b] * range);
    for (size_t i = 0; i < odd.entropy.size(); ++i) {
      const double error = fit.metric(odd.entropy[i]) - odd.reward[i];
      fit.errors[b] += error * error / static_cast<double>(odd.entropy.size());
    }
    if (fit.errors[b] >= least_error) continue;
    least_error = fit.errors[b];
    fit.bandwidth_share = kBandwidthShares[b];
  }
  fit.reward = smoothed(fit.entropy, {entropy, reward}, fit.bandwidth_share * range);
  return fit;
}

}  // namespace edgesweep
