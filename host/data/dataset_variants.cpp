#include "host/data/dataset.h"

namespace edgesweep {
Dataset unnormalised(const Dataset& dataset) {
  Dataset raw = dataset;
  for (ImageSet* images : {&raw.training, &raw.test}) {
    images->metric = images->raw_metric;
    images->metric_single.assign(images->metric.begin(), images->metric.end());
  }
  return raw;
}

Dataset with_deviation(const Dataset& dataset, double percent) {
  Dataset deviating = dataset;
  ImageSet& images = deviating.training;
  const double count = static_cast<double>(images.size());
  const auto dropped = static_cast<ptrdiff_t>(percent / 100 * count);  // towards zero
  const auto drop = [&](auto& values) {
    if (dropped > 0)
      values.erase(values.begin(), values.begin() + dropped);
    else
      values.erase(values.end() + dropped, values.end());
  };
  drop(images.raw_metric);
  drop(images.metric);
  drop(images.metric_single);
  drop(images.weak_cost);
  drop(images.strong_cost);
  drop(images.reward);
  images.mean_weak_cost = mean_of(images.weak_cost);
  images.mean_strong_cost = mean_of(images.strong_cost);
  return deviating;
}

}  // namespace edgesweep
