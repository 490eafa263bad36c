#pragma once
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace edgesweep {

/// The images of one split, sorted by ascending metric (stable). All arrays have the same length.
struct ImageSet {
  std::vector<double> raw_metric;  ///< as in the file
  std::vector<double> metric;      ///< normalised with the training mean and population sd, double
  std::vector<float>
      metric_single;  ///< `metric` rounded to single precision: what policies and networks see
  std::vector<double> weak_cost;
  std::vector<double> strong_cost;
  std::vector<double> reward;  ///< weak_cost - strong_cost
  double mean_weak_cost = 0;
  double mean_strong_cost = 0;

  int64_t size() const { return static_cast<int64_t>(metric.size()); }
};

/// One dataset, docs/model.md#dataset.
struct Dataset {
  std::string path;
  std::string sha256;  ///< of the file, hex
  double metric_mean = 0;
  double metric_sd = 0;
  ImageSet training;
  ImageSet test;
};

/// Sum in file order / count, docs/model.md#dataset. NaN for no values.
inline double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Reads .npz or HDF5 (by content, not by name) with the arrays metric_tr, wcost_tr, scost_tr,
/// metric_ts, wcost_ts, scost_ts. Throws InputError for anything that is not such a file.
std::shared_ptr<const Dataset> load_dataset(const std::string& path);

/// The same images with their metrics as in the file, not normalised.
Dataset unnormalised(const Dataset& dataset);

/// Without trunc(|percent| / 100 * N) training images: those of lowest metric (percent > 0) or of
/// highest (percent < 0). Metrics stay normalised as they were. -99 <= percent <= 99.
Dataset with_deviation(const Dataset& dataset, double percent);

/// The same images with metrics normalised by another mean and standard deviation. Throws
/// InputError when they leave single precision.
std::shared_ptr<const Dataset> renormalised(const Dataset& dataset, double mean, double sd);

/// Normalises and sorts raw arrays (lengths already checked equal within a split).
Dataset make_dataset(const std::vector<double>& metric_tr, const std::vector<double>& weak_cost_tr,
                     const std::vector<double>& strong_cost_tr,
                     const std::vector<double>& metric_ts, const std::vector<double>& weak_cost_ts,
                     const std::vector<double>& strong_cost_ts);

}  // namespace edgesweep
