#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/files.h"

namespace edgesweep::testing {

/// Names and values of arrays, in the order in which they are written.
using NamedArrays = std::vector<std::pair<std::string, std::vector<double>>>;
using NamedBytes = std::vector<std::pair<std::string, std::string>>;

/// A valid dataset of 60 training and 40 test images, metrics with repeats and costs 0 or 1, from a
/// fixed generator.
NamedArrays small_dataset();
/// The same with one array replaced.
NamedArrays small_dataset_with(const std::string& name, const std::vector<double>& values);

/// The number type's bytes in this machine's order.
template <typename T>
std::string bytes_of(const std::vector<double>& values) {
  std::string bytes;
  for (const double value : values) {
    const T number = static_cast<T>(value);
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  return bytes;
}

/// A .npy array with the given dtype and shape text, as in npy("<f8", "(3,)", ...).
std::string npy(const std::string& dtype, const std::string& shape, const std::string& content,
                int version = 1);
/// A one-dimensional array of float64.
std::string npy(const std::vector<double>& values);

/// Each array under NAME.npy.
NamedBytes npy_entries(const NamedArrays& arrays);
/// Replaces the content of entry NAME.npy, which must be there.
NamedBytes replaced(NamedBytes entries, const std::string& name, const std::string& content);
void write_npz(const std::string& path, const NamedBytes& entries, bool deflated = true);

/// One-dimensional float64 datasets; packed: in chunks of 16 with shuffle and gzip.
void write_hdf5(const std::string& path, const NamedArrays& arrays, bool packed = true);
/// Two-dimensional datasets of the named HDF5 number type ("H5T_STD_I32LE" as its hid_t), row-major
/// values.
void write_hdf5_table(const std::string& path, const std::string& name, int64_t type, uint64_t rows,
                      uint64_t columns, const std::vector<int64_t>& values);

}  // namespace edgesweep::testing
