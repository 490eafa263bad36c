#include "host/policy/reward_smoothing.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace edgesweep {

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

}  // namespace edgesweep
