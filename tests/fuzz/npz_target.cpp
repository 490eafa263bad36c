// Datasets and logits as .npz. Bytes that are no archive are taken for one .npy array and stand in
// an archive with the other arrays, right checksum included: mutations rarely get past that.
#include "host/data/classifier_pair.h"
#include "host/data/dataset.h"
#include "host/data/npz.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/stored_zip.h"

namespace edgesweep {
namespace {

/// A .npy array of bytes.
std::string array_of(const std::string& shape, const std::string& numbers) {
  std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(117, ' ');
  return std::string("\x93NUMPY\1\0\x76\0", 10) + header + "\n" + numbers;
}

/// What stands beside the fuzzed array: logits of four images and three classes, or four numbers.
std::string plain_array(const std::string& name) {
  if (name == "weak_logits") return array_of("(4, 3)", "abcdefghijkl");
  if (name == "strong_rank") return array_of("(4,)", "\1\2\1\2");
  return array_of("(4,)", std::string("\0\1\1\2", 4));
}

/// The bytes as `name` in an archive with all other arrays of `names`.
std::string archive_with(const std::string& name, const std::string& bytes,
                         const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const std::string& other : names)
    entries.emplace_back(other + ".npy", other == name ? bytes : plain_array(other));
  return testing::stored_zip(entries);
}

void read_dataset(const std::string& bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const std::string path = testing::fuzz_file("images.npz", data, bytes.size());
  testing::read_or_refuse([&] { load_dataset(path); });
}

void read_pair(const std::string& bytes, const std::vector<Cost>& costs) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const std::string path = testing::fuzz_file("logits.npz", data, bytes.size());
  testing::read_or_refuse([&] { read_classifier_pair(path, costs); });
}

}  // namespace
}  // namespace edgesweep

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edgesweep;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.starts_with("PK")) {
    read_dataset(bytes);
    read_pair(bytes, {Cost::top1, Cost::own});
    return 0;
  }
  read_dataset(
      archive_with("metric_tr", bytes,
                   {"metric_tr", "wcost_tr", "scost_tr", "metric_ts", "wcost_ts", "scost_ts"}));
  const std::vector<std::string> names{"weak_logits", "label", "strong_rank"};
  for (const std::string& name : names) read_pair(archive_with(name, bytes, names), {Cost::top1});
  return 0;
}
