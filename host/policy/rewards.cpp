#include "host/policy/rewards.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "host/policy/transition_product.h"

namespace edgesweep {
std::vector<int32_t> fixed_point_values(const std::vector<double>& numbers) {
  constexpr int kDigits = 30;
  double largest = 0;
  for (const double number : numbers) largest = std::max(largest, number);
  int exponent = 0;
  std::frexp(largest, &exponent);
  // The very largest may be rounded up to the power of two.
  constexpr double kMost = static_cast<double>((1 << kDigits) - 1);
  std::vector<int32_t> values;
  values.reserve(numbers.size());
  for (const double number : numbers) {
    const double scaled = std::ldexp(std::max(number, 0.0), kDigits - exponent);
    values.push_back(static_cast<int32_t>(std::min(std::floor(scaled + 0.5), kMost)));
  }
  return values;
}

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

std::vector<double> smoothed_rewards(const ImageSet& images, double share) {
  if (share == 0) return images.reward;
  const int64_t count = images.size();
  const int64_t reach = static_cast<int64_t>(std::floor(share * static_cast<double>(count) / 2));
  std::vector<double> sum_below(static_cast<size_t>(count) + 1, 0.0);
  for (int64_t i = 0; i < count; ++i)
    sum_below[static_cast<size_t>(i) + 1] =
        sum_below[static_cast<size_t>(i)] + images.reward[static_cast<size_t>(i)];

  std::vector<double> smoothed;
  smoothed.reserve(static_cast<size_t>(count));
  const std::vector<double>& metric = images.metric;
  for (int64_t i = 0; i < count; ++i) {
    const double own = metric[static_cast<size_t>(i)];
    const auto [first_equal, past_equal] = std::equal_range(metric.begin(), metric.end(), own);
    const int64_t around = std::min({reach, i, count - 1 - i});
    const int64_t begin = std::min<int64_t>(i - around, first_equal - metric.begin());
    const int64_t end = std::max<int64_t>(i + around + 1, past_equal - metric.begin());
    smoothed.push_back(
        (sum_below[static_cast<size_t>(end)] - sum_below[static_cast<size_t>(begin)]) /
        static_cast<double>(end - begin));
  }
  return smoothed;
}

std::vector<float> expected_rewards(const ImageSet& smoothed, const ImageSet& images) {
  const std::vector<double>& known = smoothed.metric;  // ascending, like images.metric
  std::vector<float> expected;
  expected.reserve(images.metric.size());
  size_t nearest = 0;
  for (const double metric : images.metric) {
    while (nearest + 1 < known.size() && known[nearest + 1] - metric < metric - known[nearest])
      ++nearest;
    expected.push_back(static_cast<float>(smoothed.reward[nearest]));
  }
  return expected;
}

std::vector<double> mdp_outputs(const TransitionMatrix& transition, const ImageSet& training,
                                const MdpSolution& solution, double discount, Outputs outputs) {
  const TokenBucket& bucket = transition.bucket;
  std::vector<double> expected;  // (T V)[n], n = 0..M
  TransitionProduct(transition).apply(solution.value, expected);

  double mean_reward = 0;
  for (const double reward : training.reward) mean_reward += reward;
  mean_reward /= static_cast<double>(training.size());

  std::vector<double> values;
  for (int32_t n = first_kept(bucket, outputs); n <= bucket.capacity; ++n)
    values.push_back(discount * expected[static_cast<size_t>(n)]);
  for (int32_t a = 0; a < offload_outputs(bucket, outputs); ++a)
    values.push_back(mean_reward + discount * expected[static_cast<size_t>(a)]);

  double mean = 0;
  for (const double value : values) mean += value;
  mean /= static_cast<double>(values.size());
  for (double& value : values) value -= mean;
  return values;
}

}  // namespace edgesweep
