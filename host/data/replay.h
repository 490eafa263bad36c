#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace edgesweep {

/// A (sequences x images) table of int32, row-major: replayed indices or gaps.
/// docs/model.md#metric-sequences.
struct ReplayTable {
  int64_t sequences = 0;
  int64_t images = 0;
  std::vector<int32_t> values;

  const int32_t* row(int64_t sequence) const { return values.data() + sequence * images; }
};

/// Dataset `index` of an HDF5 file: 0-based ranks in ascending metric, each in 0..image_count-1.
std::shared_ptr<const ReplayTable> load_index_replay(const std::string& path, int64_t image_count);

/// Dataset `gap` of an HDF5 file: gap[t] >= 1 is the time from image t to image t+1.
std::shared_ptr<const ReplayTable> load_gap_replay(const std::string& path);

}  // namespace edgesweep
