#include "host/engine/problem/fleet_problem.h"

#include <algorithm>

namespace edgesweep {

RankPolicy make_rank_policy(const ImageSet& images, const TokenBucket& bucket,
                            const std::vector<double>& threshold) {
  RankPolicy policy{bucket, std::vector<int32_t>(static_cast<size_t>(bucket.cost), INT32_MAX)};
  for (const double lowest : threshold) {
    const auto first = std::lower_bound(images.metric.begin(), images.metric.end(), lowest);
    policy.last_local_rank.push_back(static_cast<int32_t>(first - images.metric.begin()) - 1);
  }
  return policy;
}

}  // namespace edgesweep
