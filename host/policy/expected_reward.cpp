#include "host/policy/expected_reward.h"

namespace edgesweep {

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

}  // namespace edgesweep
