#include "host/data/metric_fit.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/data/entropy_cells.h"
#include "host/data/portable_math.h"

namespace edgesweep {
namespace {

constexpr int kMoments = EntropyCells::kMoments;
/// Weights below exp(-kTail) of the nearest image's are left out: all images of a large dataset
/// together would not reach the last bit.
constexpr double kTail = 54;
/// Up to this many bandwidths from the nearest image, weights as they are do not underflow, and
/// their error is that of the last bit.
constexpr double kNear = 2;
constexpr double kRoot2 = 0x1.6a09e667f3bcdp+0;

/// exp(-((distance - offset) / h)^2) = sum over n of coefficient[distance][n] offset^n, distances
/// and offsets counted in spacings: the Hermite polynomials' generating function.
class KernelExpansion {
 public:
  explicit KernelExpansion(double spacings_per_bandwidth) {
    const double h = spacings_per_bandwidth;
    reach_ = std::min(static_cast<int>(std::sqrt(kTail) * h) + 1, kFitPoints - 1);
    coefficients_.resize(static_cast<size_t>(reach_ + 1));
    for (int distance = 0; distance <= reach_; ++distance) {
      const double u = static_cast<double>(distance) / h;
      auto& coefficient = coefficients_[static_cast<size_t>(distance)];
      // H_0 = 1, H_1 = 2u, H_n+1 = 2u H_n - 2n H_n-1; here with exp(-u^2) h^-n / n! multiplied in.
      coefficient[0] = portable_exp(-(u * u));
      coefficient[1] = 2 * u / h * coefficient[0];
      for (int n = 1; n + 1 < kMoments; ++n) {
        coefficient[static_cast<size_t>(n + 1)] = 2 / h *
                                                  (u * coefficient[static_cast<size_t>(n)] -
                                                   coefficient[static_cast<size_t>(n - 1)] / h) /
                                                  static_cast<double>(n + 1);
      }
    }
  }

  /// Cells further away weigh nothing.
  int reach() const { return reach_; }
  const double* coefficients(int distance) const {
    return coefficients_[static_cast<size_t>(distance)].data();
  }

 private:
  int reach_;
  std::vector<std::array<double, kMoments>> coefficients_;
};

struct WeightedSum {
  double weights = 0;
  double rewards = 0;
  double mean() const { return rewards / weights; }
};

/// Rewards smoothed with one bandwidth, over the even-numbered images or over all.
class Smoother {
 public:
  Smoother(const EntropyCells& cells, const std::vector<double>& points, double bandwidth,
           bool even_only)
      : cells_(cells),
        points_(points),
        bandwidth_(bandwidth),
        even_only_(even_only),
        expansion_(bandwidth / cells.spacing()) {}

  double at(int point) const {
    const double nearest = distance_to_nearest(point);
    if (nearest <= kNear * bandwidth_) return over_cells(point).mean();
    return over_images(point, nearest).mean();
  }

 private:
  /// 0 instead of the exact distance where there are images in the point's own cell.
  double distance_to_nearest(int point) const {
    if (!cells_.is_empty(point, even_only_)) return 0;
    double nearest = std::numeric_limits<double>::infinity();
    const double here = points_[static_cast<size_t>(point)];
    int cell = point;
    while (cell >= 0 && cells_.is_empty(cell, even_only_)) --cell;
    if (cell >= 0) nearest = here - cells_.greatest_entropy(cell, even_only_);
    cell = point;
    while (cell < cells_.cells() && cells_.is_empty(cell, even_only_)) ++cell;
    if (cell < cells_.cells())
      nearest = std::min(nearest, cells_.least_entropy(cell, even_only_) - here);
    return nearest;
  }

  WeightedSum over_cells(int point) const {
    const std::vector<EntropyCells::Moments>& moments = cells_.moments(even_only_);
    WeightedSum sum;
    const int last = std::min(point + expansion_.reach(), cells_.cells() - 1);
    for (int cell = std::max(point - expansion_.reach(), 0); cell <= last; ++cell) {
      const EntropyCells::Moments& here = moments[static_cast<size_t>(cell)];
      if (here.count[0] == 0) continue;
      const double* coefficient = expansion_.coefficients(std::abs(point - cell));
      // Mirrored, odd powers change their sign.
      WeightedSum even, odd;
      for (int n = 0; n < kMoments; n += 2) {
        even.weights += coefficient[n] * here.count[n];
        even.rewards += coefficient[n] * here.reward[n];
        odd.weights += coefficient[n + 1] * here.count[n + 1];
        odd.rewards += coefficient[n + 1] * here.reward[n + 1];
      }
      const double sign = point < cell ? -1 : 1;
      sum.weights += even.weights + sign * odd.weights;
      sum.rewards += even.rewards + sign * odd.rewards;
    }
    return sum;
  }

  /// Far from all images: one by one, with weights relative to the nearest one's.
  WeightedSum over_images(int point, double nearest) const {
    const double here = points_[static_cast<size_t>(point)];
    const double square = bandwidth_ * bandwidth_;
    const double reach = std::sqrt(nearest * nearest + kTail * square);
    const int cells = static_cast<int>(reach / cells_.spacing()) + 1;
    WeightedSum sum;
    const int last = std::min(point + cells, cells_.cells() - 1);
    for (int cell = std::max(point - cells, 0); cell <= last; ++cell) {
      const EntropyCells::Range range = cells_.images(cell, even_only_);
      for (size_t i = range.begin; i < range.end; ++i) {
        const double distance = here - cells_.entropy(i);
        const double weight = portable_exp((nearest * nearest - distance * distance) / square);
        sum.weights += weight;
        sum.rewards += weight * cells_.reward(i);
      }
    }
    return sum;
  }

  const EntropyCells& cells_;
  const std::vector<double>& points_;
  double bandwidth_;
  bool even_only_;
  KernelExpansion expansion_;
};

std::vector<double> smoothed(const EntropyCells& cells, const std::vector<double>& points,
                             double bandwidth, bool even_only) {
  const Smoother smoother(cells, points, bandwidth, even_only);
  std::vector<double> rewards(points.size());
  tbb::parallel_for(size_t{0}, points.size(),
                    [&](size_t i) { rewards[i] = smoother.at(static_cast<int>(i)); });
  return rewards;
}

/// Mean squared error on the odd-numbered images, in tasks of a fixed size that are added in order.
double odd_error(const MetricFit& fit, const std::vector<double>& entropy,
                 const std::vector<double>& reward) {
  constexpr size_t kOddImagesPerTask = 4096;
  const size_t images = entropy.size() / 2;
  std::vector<double> part((images + kOddImagesPerTask - 1) / kOddImagesPerTask);
  tbb::parallel_for(size_t{0}, part.size(), [&](size_t task) {
    const size_t end = std::min(images, (task + 1) * kOddImagesPerTask);
    for (size_t i = task * kOddImagesPerTask; i < end; ++i) {
      const double error = fit.metric(entropy[2 * i + 1]) - reward[2 * i + 1];
      part[task] += error * error;
    }
  });
  double sum = 0;
  for (const double value : part) sum += value;
  return sum / static_cast<double>(images);
}

}  // namespace

const std::array<double, kBandwidths> kBandwidthShares = {
    0x1p-8,          kRoot2 * 0x1p-8, 0x1p-7,          kRoot2 * 0x1p-7, 0x1p-6,
    kRoot2 * 0x1p-6, 0x1p-5,          kRoot2 * 0x1p-5, 0x1p-4};

std::vector<double> fit_points(const std::vector<double>& entropy) {
  const auto [least, greatest] = std::minmax_element(entropy.begin(), entropy.end());
  const double step = (*greatest - *least) / (kFitPoints - 1);
  std::vector<double> points;
  for (int i = 0; i < kFitPoints; ++i) points.push_back(static_cast<double>(i) * step + *least);
  points.back() = *greatest;
  return points;
}

double MetricFit::metric(double at_entropy) const {
  if (at_entropy <= entropy.front()) return reward.front();
  if (at_entropy >= entropy.back()) return reward.back();
  const double spacing = (entropy.back() - entropy.front()) / (kFitPoints - 1);
  const double place = (at_entropy - entropy.front()) / spacing;
  auto below = std::min(static_cast<size_t>(place), entropy.size() - 2);
  // The quotient may be rounded to the wrong side of a point.
  while (entropy[below] > at_entropy) --below;
  while (entropy[below + 1] <= at_entropy) ++below;
  const double slope = (reward[below + 1] - reward[below]) / (entropy[below + 1] - entropy[below]);
  return slope * (at_entropy - entropy[below]) + reward[below];
}

MetricFit fit_metric(const std::vector<double>& entropy, const std::vector<double>& reward) {
  MetricFit fit;
  fit.entropy = fit_points(entropy);
  const double range = fit.entropy.back() - fit.entropy.front();
  const EntropyCells cells(fit.entropy, entropy, reward);
  double least_error = std::numeric_limits<double>::infinity();
  for (size_t b = 0; b < kBandwidthShares.size(); ++b) {
    fit.reward = smoothed(cells, fit.entropy, kBandwidthShares[b] * range, /*even_only=*/true);
    fit.errors[b] = odd_error(fit, entropy, reward);
    if (fit.errors[b] >= least_error) continue;
    least_error = fit.errors[b];
    fit.bandwidth_share = kBandwidthShares[b];
  }
  fit.reward = smoothed(cells, fit.entropy, fit.bandwidth_share * range, /*even_only=*/false);
  return fit;
}

}  // namespace edgesweep
