#include "host/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "host/data/npz.h"
#include "host/error.h"
#include "host/hdf5/hdf5_reader.h"
#include "host/input_file.h"
#include "host/sha256.h"

namespace edgesweep {
namespace {

const std::vector<std::string> kNames = {"metric_tr", "wcost_tr", "scost_tr",
                                         "metric_ts", "wcost_ts", "scost_ts"};
constexpr const char* kAllowedFile =
    "a .npz or HDF5 file with metric_tr, wcost_tr, scost_tr, metric_ts, wcost_ts, scost_ts";

/// Names and values of the three arrays of one split, in file order. Refers to arrays that live
/// elsewhere.
struct RawSplit {
  const std::string* names;
  const std::vector<double>& metric;
  const std::vector<double>& weak_cost;
  const std::vector<double>& strong_cost;
};

/// Each split needs an image, and as many values of each kind. lengths: of the arrays of kNames.
void check_lengths(const std::string& path, const std::vector<uint64_t>& lengths) {
  for (size_t i = 0; i < lengths.size(); ++i) {
    const size_t first = i - i % 3;  // of the split
    if (lengths[i] == 0) throw InputError(path, kNames[i], "no values", "at least one");
    if (lengths[i] > kMaxImages)
      throw InputError(path, kNames[i], fmt::format("{} values", lengths[i]),
                       fmt::format("at most {}, one for each image", kMaxImages));
    if (lengths[i] != lengths[first])
      throw InputError(path, kNames[i], fmt::format("{} values", lengths[i]),
                       fmt::format("as many as {}, {}", kNames[first], lengths[first]));
  }
}

std::vector<std::vector<double>> read_hdf5(const InputFile& file) {
  const Hdf5Reader reader(file, kNames);
  std::vector<std::vector<double>> arrays;
  arrays.reserve(kNames.size());
  for (const std::string& name : kNames) {
    arrays.push_back(reader.read_doubles(name, /*rank=*/1, kMaxImages).values);
  }
  return arrays;
}

std::vector<std::vector<double>> read_arrays(const InputFile& file) {
  if (is_hdf5(file)) return read_hdf5(file);
  if (is_npz(file))
    return read_npz(file, kNames, [&](const auto& lengths) { check_lengths(file.path, lengths); });
  throw InputError(file.path, "", kind_of_bytes(file), kAllowedFile);
}

void check_finite(const std::string& path, const std::string& name,
                  const std::vector<double>& values) {
  const auto bad = std::find_if_not(values.begin(), values.end(),
                                    [](double value) { return std::isfinite(value); });
  if (bad != values.end()) {
    throw InputError(path, name, fmt::format("{} at position {}", *bad, bad - values.begin()),
                     "finite numbers");
  }
}

void check_split(const std::string& path, const RawSplit& split) {
  const std::array<const std::vector<double>*, 3> arrays = {&split.metric, &split.weak_cost,
                                                            &split.strong_cost};
  for (size_t i = 0; i < arrays.size(); ++i) check_finite(path, split.names[i], *arrays[i]);
}

/// Training mean and population sd, in two passes in file order.
void measure_metric(const std::string& path, const std::vector<double>& metric, Dataset& dataset) {
  const auto [least, greatest] = std::minmax_element(metric.begin(), metric.end());
  if (*least == *greatest) {
    throw InputError(path, kNames[0], fmt::format("the one value {} in all places", *least),
                     "at least two different metrics");
  }
  dataset.metric_mean = mean_of(metric);
  double squares = 0;
  for (const double value : metric) {
    squares += (value - dataset.metric_mean) * (value - dataset.metric_mean);
  }
  dataset.metric_sd = std::sqrt(squares / static_cast<double>(metric.size()));
  if (!std::isfinite(dataset.metric_sd) || dataset.metric_sd <= 0) {
    throw InputError(path, kNames[0], fmt::format("values from {} to {}", *least, *greatest),
                     "metrics whose standard deviation is a positive double");
  }
}

/// Throws InputError for finite input whose derived values are not: rewards and metrics beyond
/// their number formats.
void check_derived(const std::string& path, const RawSplit& split, const ImageSet& images) {
  const auto out_of_range = [](auto value) { return !std::isfinite(value); };
  if (!std::isfinite(images.mean_weak_cost) || !std::isfinite(images.mean_strong_cost) ||
      std::any_of(images.reward.begin(), images.reward.end(), out_of_range)) {
    throw InputError(path, split.names[1], "costs beyond the range of doubles",
                     "costs whose sums and differences are finite");
  }
  if (std::any_of(images.metric_single.begin(), images.metric_single.end(), out_of_range)) {
    throw InputError(path, split.names[0], "values beyond single precision when normalised",
                     "metrics near those of the training images");
  }
}

ImageSet sorted_images(const std::string& path, const RawSplit& split, double mean, double sd) {
  const size_t count = split.metric.size();
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return split.metric[a] < split.metric[b]; });
  ImageSet images;
  images.raw_metric.reserve(count);
  images.metric.reserve(count);
  images.metric_single.reserve(count);
  images.weak_cost.reserve(count);
  images.strong_cost.reserve(count);
  images.reward.reserve(count);
  for (const size_t i : order) {
    const double metric = (split.metric[i] - mean) / sd;
    images.raw_metric.push_back(split.metric[i]);
    images.metric.push_back(metric);
    images.metric_single.push_back(static_cast<float>(metric));
    images.weak_cost.push_back(split.weak_cost[i]);
    images.strong_cost.push_back(split.strong_cost[i]);
    images.reward.push_back(split.weak_cost[i] - split.strong_cost[i]);
  }
  // In file order, so the means do not depend on how equal metrics are sorted.
  images.mean_weak_cost = mean_of(split.weak_cost);
  images.mean_strong_cost = mean_of(split.strong_cost);
  check_derived(path, split, images);
  return images;
}

Dataset build(const std::string& path, const RawSplit& training, const RawSplit& test) {
  check_lengths(path,
                {training.metric.size(), training.weak_cost.size(), training.strong_cost.size(),
                 test.metric.size(), test.weak_cost.size(), test.strong_cost.size()});
  check_split(path, training);
  check_split(path, test);
  Dataset dataset;
  dataset.path = path;
  measure_metric(path, training.metric, dataset);
  dataset.training = sorted_images(path, training, dataset.metric_mean, dataset.metric_sd);
  dataset.test = sorted_images(path, test, dataset.metric_mean, dataset.metric_sd);
  return dataset;
}

}  // namespace

std::shared_ptr<const Dataset> load_dataset(const std::string& path) {
  const InputFile file = read_input_file(path);
  const std::vector<std::vector<double>> arrays = read_arrays(file);
  auto dataset =
      std::make_shared<Dataset>(build(path, {kNames.data(), arrays[0], arrays[1], arrays[2]},
                                      {&kNames[3], arrays[3], arrays[4], arrays[5]}));
  dataset->sha256 = sha256_hex(file.bytes.data(), file.bytes.size());
  return dataset;
}

Dataset make_dataset(const std::vector<double>& metric_tr, const std::vector<double>& weak_cost_tr,
                     const std::vector<double>& strong_cost_tr,
                     const std::vector<double>& metric_ts, const std::vector<double>& weak_cost_ts,
                     const std::vector<double>& strong_cost_ts) {
  return build("", {kNames.data(), metric_tr, weak_cost_tr, strong_cost_tr},
               {&kNames[3], metric_ts, weak_cost_ts, strong_cost_ts});
}

}  // namespace edgesweep
