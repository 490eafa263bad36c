#include "host/policy/reward_curve.h"

#include <algorithm>
#include <cmath>

namespace edgesweep {

double RewardCurve::largest_metric() const {
  return std::max(std::abs(metric.front()), std::abs(metric.back()));
}

double RewardCurve::largest_gain() const {
  double largest = 0;
  for (const double g : gain) largest = std::max(largest, std::abs(g));
  return largest;
}

RewardCurve make_reward_curve(const ImageSet& training) {
  const std::vector<double>& ascending = training.metric;
  const size_t count = ascending.size();
  const double images = static_cast<double>(count);
  RewardCurve curve;
  curve.metric.reserve(count);
  curve.share.reserve(count);
  curve.gain.reserve(count);
  double total = 0;
  size_t end = count;
  while (end > 0) {
    size_t begin = end - 1;
    while (begin > 0 && ascending[begin - 1] == ascending[begin]) --begin;
    for (size_t image = begin; image < end; ++image) {
      total += training.reward[image];
      curve.metric.push_back(ascending[image]);
      curve.share.push_back(static_cast<double>(curve.metric.size()) / images);
      curve.gain.push_back(total / images);
    }
    end = begin;
  }
  return curve;
}

}  // namespace edgesweep
