#include "host/results/prepared_dataset_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "host/data/dataset.h"
#include "host/error.h"
#include "host/hdf5/hdf5_file.h"
#include "host/hdf5/hdf5_table.h"
#include "host/results/atomic_file.h"
#include "host/results/npz_file.h"

namespace edgesweep {
namespace {

void add_split(const std::string& ending, const PreparedSplit& split,
               std::vector<NpzEntry>& arrays) {
  arrays.push_back({"metric_" + ending, split.metric});
  arrays.push_back({"wcost_" + ending, split.weak_cost});
  arrays.push_back({"scost_" + ending, split.strong_cost});
  arrays.push_back({"entropy_" + ending, split.entropy});
  arrays.push_back({"image_" + ending, split.image});
}

/// All arrays of a dataset, in the order in which both formats have them.
std::vector<NpzEntry> arrays_of(const PreparedDataset& dataset) {
  std::vector<NpzEntry> arrays;
  add_split("tr", dataset.training, arrays);
  add_split("ts", dataset.test, arrays);
  arrays.push_back({"fit_entropy", dataset.fit.entropy});
  arrays.push_back({"fit_reward", dataset.fit.reward});
  arrays.push_back(
      {"bandwidth_share", std::vector<double>(kBandwidthShares.begin(), kBandwidthShares.end())});
  arrays.push_back({"bandwidth_error",
                    std::vector<double>(dataset.fit.errors.begin(), dataset.fit.errors.end())});
  return arrays;
}

using Attribute = std::pair<const char*, std::variant<std::string, int64_t, double>>;

/// How the dataset was made.
std::vector<Attribute> attributes_of(const PreparedDataset& dataset, const std::string& version) {
  const Calibration& calibration = dataset.calibration;
  return {
      {"format", "edgesweep dataset"},
      {"version", version},
      // Without its folder: the same preparation elsewhere gives the same bytes.
      {"source", std::filesystem::path(dataset.source).filename().string()},
      {"source_sha256", dataset.source_sha256},
      {"classes", dataset.classes},
      {"cost", cost_name(dataset.cost)},
      {"folds", dataset.folds},
      {"fold", int64_t{dataset.fold}},
      {"inverse_temperature", calibration.inverse_temperature},
      {"cross_entropy", calibration.cross_entropy},
      {"cross_entropy_before", calibration.cross_entropy_before},
      {"bandwidth_share", dataset.fit.bandwidth_share},
  };
}

void write(hid_t file, const NpzEntry& array) {
  const auto write_numbers = [&](const auto& values) {
    write_array(file, array.name, {values.size()}, values, Storage::compressed);
  };
  if (const auto* numbers = std::get_if<std::vector<double>>(&array.values))
    write_numbers(*numbers);
  else
    write_numbers(std::get<std::vector<int32_t>>(array.values));
}

void write(hid_t file, const Attribute& attribute) {
  const auto& [name, value] = attribute;
  if (const auto* text = std::get_if<std::string>(&value))
    write_text_attribute(file, name, *text);
  else if (const auto* integer = std::get_if<int64_t>(&value))
    write_integer_attribute(file, name, *integer);
  else
    write_number_attribute(file, name, std::get<double>(value));
}

std::vector<unsigned char> as_hdf5(const std::vector<NpzEntry>& arrays,
                                   const std::vector<Attribute>& attributes) {
  // The same preparation gives the bytes that it has always given: results remember their SHA-256.
  return hdf5_bytes(Hdf5Format::v110, 0, [&](hid_t file) {
    for (const NpzEntry& array : arrays) write(file, array);
    for (const Attribute& attribute : attributes) write(file, attribute);
  });
}

/// Arrays of NumPy have no attributes: they are one text, a JSON object.
std::vector<unsigned char> as_npz(std::vector<NpzEntry> arrays,
                                  const std::vector<Attribute>& attributes) {
  nlohmann::ordered_json object;
  for (const auto& [name, value] : attributes)
    std::visit([&, key = name](const auto& one) { object[key] = one; }, value);
  constexpr bool kAscii = true;
  arrays.push_back({"attributes", object.dump(-1, ' ', kAscii,
                                              nlohmann::ordered_json::error_handler_t::replace)});
  return npz_bytes(arrays);
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

std::optional<DatasetFormat> dataset_format(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".h5" || extension == ".hdf5") return DatasetFormat::hdf5;
  if (extension == ".npz") return DatasetFormat::npz;
  return std::nullopt;
}

void write_prepared_dataset(const std::string& path, DatasetFormat format,
                            const PreparedDataset& dataset, const std::string& version) {
  check_loads(dataset);
  const std::vector<NpzEntry> arrays = arrays_of(dataset);
  const std::vector<Attribute> attributes = attributes_of(dataset, version);
  replace_file(path, format == DatasetFormat::npz ? as_npz(arrays, attributes)
                                                  : as_hdf5(arrays, attributes));
}

}  // namespace edgesweep
