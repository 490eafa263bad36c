#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/dataset_files.h"

namespace edgesweep::testing {

/// Row-major, with this many columns.
struct Matrix {
  std::vector<double> values;
  uint64_t columns = 1;
  uint64_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
};

/// What `edgesweep prepare` reads.
struct PairArrays {
  std::vector<std::pair<std::string, Matrix>> matrices;
  NamedArrays vectors;
};

/// A valid pair: logits of a weak classifier that is right more often the surer it is, labels and
/// strong ranks, from a fixed generator.
PairArrays small_pair(uint64_t images = 90, uint64_t classes = 7);
/// The same with one vector replaced, added, or left out.
PairArrays pair_with(PairArrays arrays, const std::string& name, const std::vector<double>& values);
PairArrays pair_without(PairArrays arrays, const std::string& name);

void write_pair_npz(const std::string& path, const PairArrays& arrays);
/// chunk_rows, chunk_columns: 0 for contiguous matrices; chunks are shuffled and compressed.
void write_pair_hdf5(const std::string& path, const PairArrays& arrays, uint64_t chunk_rows = 0,
                     uint64_t chunk_columns = 0);

}  // namespace edgesweep::testing
