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

double decisions_per_sample(const FleetSettings::Training& training) {
  return static_cast<double>(training.warm_up + training.steps + training.horizon) /
         static_cast<double>(training.steps);
}

int64_t training_fleets(int64_t windows, int32_t cameras, const FleetSettings::Training& training) {
  const int64_t images = training.steps * cameras;
  return (windows + images - 1) / images;
}

}  // namespace edgesweep
