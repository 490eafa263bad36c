#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "host/hdf5/hdf5_dataset.h"
#include "host/hdf5/hdf5_group.h"

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
  Hdf5Rows(Hdf5Dataset dataset, Hdf5Handle open) : dataset_(std::move(dataset)) {
    dataset_.handle = std::move(open);
    rows_ = dataset_.shape[0];
    columns_ = dataset_.shape[1];
  }
  Hdf5Dataset dataset_;
  uint64_t rows_ = 0, columns_ = 0;
};

/// An HDF5 file from outside, open for reading datasets of numbers by name. It is not trusted: only
/// what lies in the file itself is followed, and shape, type, size and storage are checked before
/// memory is taken. All members throw InputError with the file and the dataset's name.
///
/// Booleans (h5py's enumeration FALSE = 0, TRUE = 1) are read as 0 and 1. What stands for R's NA is
/// refused: a third boolean, and the least int32 and int64. A name may also be that of a group with
/// `type` and `value`, as which Octave's `save -hdf5` writes a matrix.
class Hdf5Reader {
 public:
  /// Reads from disk as needed. expected: the names that belong in such a file; a message about a
  /// missing one offers the nearest of the others.
  Hdf5Reader(const std::string& path, const std::vector<std::string>& expected);
  /// Reads from memory, so what is parsed is what was hashed.
  Hdf5Reader(const InputFile& file, const std::vector<std::string>& expected);

  /// Names in the root group, in alphabetical order, at most 64.
  std::vector<std::string> names() const { return root_.names(); }

  /// A dataset of known numbers (hdf5_number.h) with `rank` dimensions and at most max_values
  /// numbers, as double. With rank 1 also (n x 1) and (1 x n).
  Hdf5Array<double> read_doubles(const std::string& name, int rank, uint64_t max_values) const;

  /// The same of integers or booleans. Values outside of int32 arrive as its smallest or largest
  /// value; whether the smallest is allowed is the caller's to say.
  Hdf5Array<int32_t> read_int32(const std::string& name, int rank, uint64_t max_values) const;

  /// A dataset of known numbers with two dimensions, of any size: memory is taken for what is read
  /// of it, and for one row of its chunks, at most 1 GiB.
  Hdf5Rows open_rows(const std::string& name) const;

 private:
  Hdf5Silence silence_;
  std::vector<std::string> expected_;
  Hdf5Group root_;
};

}  // namespace edgesweep
