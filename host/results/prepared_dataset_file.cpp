#include "host/results/prepared_dataset_file.h"

#include <filesystem>

#include "host/data/dataset.h"
#include "host/error.h"
#include "host/results/atomic_file.h"
#include "host/results/hdf5_image.h"
#include "host/results/hdf5_table.h"

namespace edgesweep {
namespace {

template <typename T>
void write_vector(hid_t file, const std::string& name, const std::vector<T>& values) {
  write_array(file, name, {values.size()}, values, /*compressed=*/true);
}

void write_split(hid_t file, const std::string& ending, const PreparedSplit& split) {
  write_vector(file, "metric_" + ending, split.metric);
  write_vector(file, "wcost_" + ending, split.weak_cost);
  write_vector(file, "scost_" + ending, split.strong_cost);
  write_vector(file, "entropy_" + ending, split.entropy);
  write_vector(file, "image_" + ending, split.image);
}

void write_attributes(hid_t file, const PreparedDataset& dataset, const std::string& version) {
  write_text_attribute(file, "format", "edgesweep dataset");
  write_text_attribute(file, "version", version);
  // Without its folder: the same preparation elsewhere gives the same bytes.
  write_text_attribute(file, "source", std::filesystem::path(dataset.source).filename().string());
  write_text_attribute(file, "source_sha256", dataset.source_sha256);
  write_integer_attribute(file, "classes", dataset.classes);
  write_text_attribute(file, "cost", cost_name(dataset.cost));
  write_text_attribute(file, "folds", dataset.folds);
  write_integer_attribute(file, "fold", dataset.fold);
  write_number_attribute(file, "inverse_temperature", dataset.calibration.inverse_temperature);
  write_number_attribute(file, "cross_entropy", dataset.calibration.cross_entropy);
  write_number_attribute(file, "cross_entropy_before", dataset.calibration.cross_entropy_before);
  write_number_attribute(file, "bandwidth_share", dataset.fit.bandwidth_share);
}

/// What load_dataset would refuse is refused before it is written.
void check_loads(const PreparedDataset& dataset) {
  const PreparedSplit& tr = dataset.training;
  const PreparedSplit& ts = dataset.test;
  try {
    make_dataset(tr.metric, tr.weak_cost, tr.strong_cost, ts.metric, ts.weak_cost, ts.strong_cost);
  } catch (const InputError& error) {
    throw InputError(dataset.source, "",
                     std::string("logits whose fitted dataset is none (") + error.what() + ")", "");
  }
}

}  // namespace

void write_prepared_dataset(const std::string& path, const PreparedDataset& dataset,
                            const std::string& version) {
  check_loads(dataset);
  const std::vector<unsigned char> bytes = hdf5_image(0, [&](hid_t file) {
    write_split(file, "tr", dataset.training);
    write_split(file, "ts", dataset.test);
    write_vector(file, "fit_entropy", dataset.fit.entropy);
    write_vector(file, "fit_reward", dataset.fit.reward);
    write_vector(file, "bandwidth_share",
                 std::vector<double>(kBandwidthShares.begin(), kBandwidthShares.end()));
    write_vector(file, "bandwidth_error",
                 std::vector<double>(dataset.fit.errors.begin(), dataset.fit.errors.end()));
    write_attributes(file, dataset, version);
  });
  replace_file(path, bytes);
}

}  // namespace edgesweep
