#include "tests/support/clairvoyant_instance.h"

#include <numeric>

#include "host/policy/rewards.h"

namespace edgesweep::testing {

ClairvoyantInstance random_instance(std::mt19937& random, int images) {
  const auto between = [&](int32_t low, int32_t high) {
    return std::uniform_int_distribution<int32_t>(low, high)(random);
  };
  ClairvoyantInstance instance;
  const int32_t cost = between(2, 14);
  instance.bucket = {between(1, cost - 1), cost, between(cost, 4 * cost)};
  const int32_t longest_gap = between(0, 1) == 0 ? 1 : between(2, 12);
  const int32_t kind = between(0, 2);
  for (int t = 0; t < images; ++t) {
    instance.gap.push_back(between(1, longest_gap));
    if (kind == 0) instance.reward.push_back(between(-1, 1));
    if (kind == 1) instance.reward.push_back(between(-3, 9) / 7.0);
    if (kind == 2) instance.reward.push_back(std::uniform_real_distribution<>(-0.2, 1)(random));
  }
  return instance;
}

std::ostream& operator<<(std::ostream& out, const ClairvoyantInstance& instance) {
  out << "bucket " << instance.bucket.refill << "/" << instance.bucket.cost << "/"
      << instance.bucket.capacity << ", reward and gap";
  for (size_t t = 0; t < instance.reward.size(); ++t)
    out << " (" << instance.reward[t] << ", " << instance.gap[t] << ")";
  return out;
}

InstanceRequest::InstanceRequest(const ClairvoyantInstance& instance) {
  const auto images = static_cast<int64_t>(instance.reward.size());
  ReplayTable ranks{1, images, std::vector<int32_t>(instance.reward.size())};
  std::iota(ranks.values.begin(), ranks.values.end(), 0);
  auto dataset = std::make_shared<Dataset>();
  dataset->test.metric.assign(instance.reward.size(), 0);
  dataset->test.metric_single.assign(instance.reward.size(), 0);
  dataset->test.weak_cost.assign(instance.reward.size(), 0);
  dataset->test.reward = instance.reward;
  source_.dataset = dataset;
  source_.images = &dataset->test;
  source_.arrivals = make_arrival_law(periodic_chain());  // replayed over
  source_.index_replay = std::make_shared<const ReplayTable>(std::move(ranks));
  source_.gap_replay = std::make_shared<const ReplayTable>(ReplayTable{1, images, instance.gap});
  request_.source = &source_;
  request_.size = {1, images};
  request_.bucket = instance.bucket;
  request_.whole_sequence_sums = false;
  request_.traces = request_.size;
  request_.clairvoyants = {{Policy::clairvoyant, fixed_point_values(instance.reward)}};
}

}  // namespace edgesweep::testing
