#include "tests/support/golden_dataset.h"

#include <algorithm>
#include <numeric>

#include "tests/support/golden.h"

namespace edgesweep::testing {

ImageSet make_images(const std::vector<double>& metric, const std::vector<double>& reward) {
  std::vector<size_t> order(metric.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return metric[a] < metric[b]; });
  ImageSet images;
  double total = 0;
  for (const size_t i : order) {
    images.raw_metric.push_back(metric[i]);
    images.metric.push_back(metric[i]);
    images.metric_single.push_back(static_cast<float>(metric[i]));
    images.reward.push_back(reward[i]);
    total += reward[i];
  }
  images.weak_cost = images.reward;
  images.strong_cost.assign(metric.size(), 0.0);
  images.mean_weak_cost = total / static_cast<double>(metric.size());
  return images;
}

ImageSet golden_training_images() {
  return make_images(read_golden("dataset/sorted_metric_tr").values,
                     read_golden("dataset/sorted_reward_tr").values);
}

ImageSet golden_test_images() {
  const double mean = golden_scalar("dataset/mean");
  const double sd = golden_scalar("dataset/std");
  std::vector<double> metric = read_golden("dataset/metric_ts").values;
  for (double& m : metric) m = (m - mean) / sd;
  return make_images(metric, read_golden("dataset/reward_ts").values);
}

TokenBucket golden_bucket(const std::string& dataset_path) {
  const std::vector<double> qpm = read_golden(dataset_path).values;
  TokenBucket bucket;
  bucket.refill = static_cast<int32_t>(qpm.at(0));
  bucket.cost = static_cast<int32_t>(qpm.at(1));
  bucket.capacity = static_cast<int32_t>(qpm.at(2));
  return bucket;
}

}  // namespace edgesweep::testing
