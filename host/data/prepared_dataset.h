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

/// A dataset made of a classifier pair, docs/model-datasets.md#folds-and-costs.
struct PreparedDataset {
  std::string source, source_sha256;
  int64_t classes = 0;
  int64_t images = 0;      ///< of both splits
  int64_t weak_right = 0;  ///< of them, those whose greatest weak logit is the true class's
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

/// The datasets of one classifier pair for several costs and folds, each as prepare_dataset makes
/// it. The file is read once, and calibration and entropies, which do not depend on costs, are
/// found once for a fold when its datasets are made one after another.
class DatasetMaker {
 public:
  /// folds: as in PrepareSettings. Reads the file. Throws InputError.
  DatasetMaker(const std::string& path, const std::vector<Cost>& costs, int folds);

  /// The folds that the images belong to, ascending.
  std::vector<int> folds() const;

  /// cost: one of those read. Runs like prepare_dataset.
  PreparedDataset make(Cost cost, int fold);

 private:
  std::vector<bool> training_images(int fold) const;
  void calibrate_for(int fold);

  ClassifierPair pair_;
  std::string folds_text_;     ///< PreparedDataset::folds
  std::vector<int32_t> fold_;  ///< of each image
  // Of the fold made last; -1: none.
  int made_fold_ = -1;
  std::vector<bool> is_training_;
  Calibration calibration_;
  std::vector<double> entropy_;
};

}  // namespace edgesweep
