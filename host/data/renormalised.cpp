// Apart from what reads files: programs for other processors take this alone.
#include <cmath>

#include "host/data/dataset.h"
#include "host/error.h"

namespace edgesweep {

std::shared_ptr<const Dataset> renormalised(const Dataset& dataset, double mean, double sd) {
  auto copy = std::make_shared<Dataset>(dataset);
  copy->metric_mean = mean;
  copy->metric_sd = sd;
  for (ImageSet* images : {&copy->training, &copy->test}) {
    for (size_t i = 0; i < images->raw_metric.size(); ++i) {
      images->metric[i] = (images->raw_metric[i] - mean) / sd;
      images->metric_single[i] = static_cast<float>(images->metric[i]);
      if (!std::isfinite(images->metric_single[i]))
        throw InputError(dataset.path, "metric_tr, metric_ts",
                         "values beyond single precision when normalised as another dataset's",
                         "metrics near those of that dataset's training images");
    }
  }
  return copy;
}

}  // namespace edgesweep
