#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/data/calibration.h"
#include "host/data/classifier_pair.h"
#include "host/data/metric_fit.h"

namespace edgesweep {

struct PrepareSettings {
  Cost cost = Cost::top5;
  /// Image i belongs to fold i mod folds, where the file has no `split`. 0: three.
  int folds = 0;
  int fold = 0;  ///< its images are the test images, all others the training images
};

/// The images of one split, in the order of the file.
struct PreparedSplit {
  std::vector<int32_t> image;  ///< position in the file
  std::vector<double> metric, weak_cost, strong_cost, entropy;
};

/// A dataset made of a classifier pair, SPEC.md section 8.
struct PreparedDataset {
  std::string source, source_sha256;
  int64_t classes = 0;
  Cost cost = Cost::top5;
  std::string folds;  ///< "split" (of the file), or the number of folds
  int fold = 0;
  Calibration calibration;
  MetricFit fit;
  PreparedSplit training, test;
};

/// Calibrates on the training images, takes entropies, fits the metric on the training images and
/// maps all. Reads the file. Throws InputError with file and array. Runs on the calling thread's
/// TBB arena; the result has the same bits whatever the number of threads.
PreparedDataset prepare_dataset(const std::string& path, const PrepareSettings& settings);

}  // namespace edgesweep
