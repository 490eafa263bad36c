#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/hdf5/hdf5_handle.h"
#include "host/input_file.h"

namespace edgesweep {

/// A dataset read into memory, row-major.
template <typename T>
struct Hdf5Array {
  std::vector<hsize_t> shape;
  std::vector<T> values;
};

/// A two-dimensional dataset that is read in pieces, rows by rows. It keeps its file open.
class Hdf5Rows {
 public:
  uint64_t rows() const { return rows_; }
  uint64_t columns() const { return columns_; }
  /// Rows first..first+count-1 as double, row-major. Throws InputError for damaged content.
  void read(uint64_t first, uint64_t count, double* values) const;

 private:
  friend class Hdf5Reader;
  std::string path_, name_;
  Hdf5Handle dataset_;
  uint64_t rows_ = 0, columns_ = 0;
};

/// True if the bytes hold an HDF5 signature where one may stand: at 0, 512, 1024, 2048, ...
bool is_hdf5(const InputFile& file);

/// An HDF5 file from outside, open for reading. It is not trusted: only datasets in the root group
/// of the file itself are followed, and shape, type, size and storage are checked before memory is
/// taken. All members throw InputError with the file and the dataset's name.
class Hdf5Reader {
 public:
  /// Reads from disk as needed. expected: the names that belong in such a file; a message about a
  /// missing one offers the nearest of the others.
  Hdf5Reader(const std::string& path, const std::vector<std::string>& expected);
  /// Reads from memory, so what is parsed is what was hashed.
  Hdf5Reader(const InputFile& file, const std::vector<std::string>& expected);

  /// Names in the root group, in alphabetical order, at most 64.
  std::vector<std::string> names() const;

  /// A dataset of any integer or float type with `rank` dimensions and at most max_values numbers,
  /// as double.
  Hdf5Array<double> read_doubles(const std::string& name, int rank, uint64_t max_values) const;

  /// A dataset of any integer type. Values outside of int32 arrive as its smallest or largest
  /// value.
  Hdf5Array<int32_t> read_int32(const std::string& name, int rank, uint64_t max_values) const;

  /// A dataset of any integer or float type with two dimensions, of any size: memory is taken for
  /// what is read of it, and for one row of its chunks, at most 1 GiB.
  Hdf5Rows open_rows(const std::string& name) const;

 private:
  Hdf5Handle open_for_rows(const std::string& name, uint64_t columns, uint64_t item_bytes) const;
  template <typename T>
  Hdf5Array<T> read(const std::string& name, int rank, uint64_t max_values, bool allow_floats,
                    hid_t memory_type) const;
  Hdf5Handle open(const std::string& name) const;
  std::vector<hsize_t> checked_shape(const std::string& name, hid_t dataset, int rank,
                                     uint64_t max_values) const;
  uint64_t checked_item_bytes(const std::string& name, hid_t dataset, bool allow_floats) const;

  Hdf5Silence silence_;
  std::string path_;
  std::vector<std::string> expected_;
  Hdf5Handle file_;
};

}  // namespace edgesweep
