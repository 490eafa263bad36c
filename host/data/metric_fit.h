#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace edgesweep {

inline constexpr int kFitPoints = 1000;
inline constexpr int kBandwidths = 9;
/// 2^-8 to 2^-4 by half octaves, as shares of the entropies' range.
extern const std::array<double, kBandwidths> kBandwidthShares;

/// Offloading metric as a function of the weak classifier's entropy,
/// docs/model-datasets.md#metric-fit: the expected reward, by kernel regression, on evenly spaced
/// entropies.
struct MetricFit {
  std::vector<double> entropy;  ///< (kFitPoints) from the least to the greatest training entropy
  std::vector<double> reward;   ///< (kFitPoints)
  double bandwidth_share = 0;   ///< the one chosen, of the range of entropies
  /// Mean squared error on the odd-numbered training images of each fit to the even-numbered ones.
  std::array<double, kBandwidths> errors{};

  /// Linear interpolation; entropies beyond either end get the reward there.
  double metric(double at_entropy) const;
};

/// entropy, reward: of the training images, in the order of the file, at least two of them, with at
/// least two different entropies. Takes time in proportion to the number of images, whatever the
/// number of points and bandwidths. The same bits with any number of threads; within 1e-12 of
/// fit_metric_plain, where the entropies' range is not tiny beside the entropies.
MetricFit fit_metric(const std::vector<double>& entropy, const std::vector<double>& reward);

/// The points of a fit to these entropies.
std::vector<double> fit_points(const std::vector<double>& entropy);

}  // namespace edgesweep
