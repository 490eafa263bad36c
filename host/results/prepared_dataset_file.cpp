#include "host/results/prepared_dataset_file.h"

#include <fmt/format.h>
#include <zip.h>

#include <bit>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "host/data/dataset.h"
#include "host/error.h"
#include "host/hdf5/hdf5_file.h"
#include "host/hdf5/hdf5_table.h"
#include "host/results/atomic_file.h"

namespace edgesweep {
namespace {

static_assert(std::endian::native == std::endian::little, "dtypes are written as little-endian");

/// 1 January 1980, the first day that a zip archive knows: not the time of writing.
constexpr zip_uint16_t kDosTime = 0;
constexpr zip_uint16_t kDosDate = (1 << 5) + 1;

struct DiscardZip {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct FreeSource {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, DiscardZip>;
using Source = std::unique_ptr<zip_source_t, FreeSource>;

void check(bool done, const std::string& what, const char* reason) {
  if (!done) throw SystemError(fmt::format(".npz file in memory: {}: {}", what, reason));
}

template <typename Number>
std::string bytes_of(const Number* values, size_t count) {
  return {reinterpret_cast<const char*>(values), count * sizeof(Number)};
}

/// A .npy file, version 1.0: its header ends at a multiple of 64 bytes.
std::string npy(const std::string& dtype, const std::string& shape, const std::string& content) {
  constexpr size_t kPreamble = 10;
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", dtype, shape);
  while ((kPreamble + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string file("\x93NUMPY\1\0", 8);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  return file + header + content;
}

std::string npy(const std::vector<double>& values) {
  return npy("<f8", fmt::format("({},)", values.size()), bytes_of(values.data(), values.size()));
}

std::string npy(const std::vector<int32_t>& values) {
  return npy("<i4", fmt::format("({},)", values.size()), bytes_of(values.data(), values.size()));
}

/// NumPy stores four bytes for a letter.
std::string npy(const std::string& text) {
  const std::vector<uint32_t> letters(text.begin(), text.end());
  return npy(fmt::format("<U{}", letters.size()), "()", bytes_of(letters.data(), letters.size()));
}

/// content outlives the archive's closing.
void add(zip_t* archive, const std::string& name, const std::string& content) {
  Source source(zip_source_buffer(archive, content.data(), content.size(), /*freep=*/0));
  check(source != nullptr, name, zip_strerror(archive));
  const zip_int64_t index = zip_file_add(archive, name.c_str(), source.get(), ZIP_FL_ENC_UTF_8);
  check(index >= 0, name, zip_strerror(archive));
  static_cast<void>(source.release());  // the archive's now
  const auto entry = static_cast<zip_uint64_t>(index);
  check(zip_set_file_compression(archive, entry, ZIP_CM_DEFLATE, 6) == 0 &&
            zip_file_set_dostime(archive, entry, kDosTime, kDosDate, 0) == 0,
        name, zip_strerror(archive));
}

std::vector<unsigned char> content_of(zip_source_t* source) {
  zip_stat_t size;
  zip_stat_init(&size);
  check(zip_source_stat(source, &size) == 0 && zip_source_open(source) == 0, "reading",
        zip_error_strerror(zip_source_error(source)));
  std::vector<unsigned char> bytes(size.size);
  const zip_int64_t got = zip_source_read(source, bytes.data(), bytes.size());
  check(got == static_cast<zip_int64_t>(bytes.size()), "reading", "it ends early");
  check(zip_source_close(source) == 0, "closing", zip_error_strerror(zip_source_error(source)));
  return bytes;
}

}  // namespace

std::vector<unsigned char> npz_bytes(const std::vector<NpzEntry>& entries) {
  std::vector<std::string> contents;
  for (const NpzEntry& entry : entries)
    contents.push_back(std::visit([](const auto& values) { return npy(values); }, entry.values));
  zip_error_t error;
  zip_error_init(&error);
  Source memory(zip_source_buffer_create(nullptr, 0, /*freep=*/0, &error));
  check(memory != nullptr, "memory", zip_error_strerror(&error));
  Archive archive(zip_open_from_source(memory.get(), ZIP_TRUNCATE, &error));
  check(archive != nullptr, "opening", zip_error_strerror(&error));
  zip_source_keep(memory.get());  // beyond the archive, which has taken it over
  for (size_t i = 0; i < entries.size(); ++i)
    add(archive.get(), entries[i].name + ".npy", contents[i]);
  check(zip_close(archive.get()) == 0, "writing", zip_strerror(archive.get()));
  static_cast<void>(archive.release());  // gone when closed
  return content_of(memory.get());
}

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
