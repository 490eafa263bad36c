#include "host/data/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "host/error.h"
#include "host/hdf5/hdf5_reader.h"

namespace edgesweep {
namespace {

constexpr uint64_t kMaxValues = (uint64_t{8} << 30) / sizeof(int32_t);
constexpr int32_t kLeast = std::numeric_limits<int32_t>::min();
constexpr int32_t kGreatest = std::numeric_limits<int32_t>::max();

/// The value as read. The reader puts the ends of int32 for whatever lies beyond them.
std::string shown(int32_t value) {
  if (value == kGreatest) return fmt::format("{} or more", value);
  if (value == kLeast) return fmt::format("{} or less (R writes NA as the least integer)", value);
  return std::to_string(value);
}

/// Reads a table and checks least <= value <= greatest. `greatest` is below the largest int32, so
/// that a value which did not fit is always refused.
std::shared_ptr<const ReplayTable> load_table(const std::string& path, const std::string& name,
                                              int32_t least, int32_t greatest) {
  Hdf5Array<int32_t> array =
      Hdf5Reader(path, {"index", "gap"}).read_int32(name, /*rank=*/2, kMaxValues);
  auto table = std::make_shared<ReplayTable>();
  table->sequences = static_cast<int64_t>(array.shape[0]);
  table->images = static_cast<int64_t>(array.shape[1]);
  table->values = std::move(array.values);
  if (table->values.empty()) {
    throw InputError(path, name, fmt::format("the shape ({}, {})", table->sequences, table->images),
                     "at least one sequence of at least one image");
  }
  for (size_t i = 0; i < table->values.size(); ++i) {
    const int32_t value = table->values[i];
    if (value >= least && value <= greatest) continue;
    const auto position = static_cast<int64_t>(i);
    throw InputError(path, name,
                     fmt::format("{} at row {}, column {}", shown(value), position / table->images,
                                 position % table->images),
                     fmt::format("{}..{}", least, greatest));
  }
  return table;
}

}  // namespace

std::shared_ptr<const ReplayTable> load_index_replay(const std::string& path, int64_t image_count) {
  const int64_t greatest = std::min<int64_t>(image_count, kGreatest) - 1;
  return load_table(path, "index", 0, static_cast<int32_t>(greatest));
}

std::shared_ptr<const ReplayTable> load_gap_replay(const std::string& path) {
  return load_table(path, "gap", 1, kGreatest - 1);
}

}  // namespace edgesweep
