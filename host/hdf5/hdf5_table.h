#pragma once
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "host/hdf5/hdf5_handle.h"

namespace edgesweep {

// Writes tables, arrays and attributes as results files and checkpoints store them
// (hdf5_table_reader.h reads them). All functions throw SystemError, "/PLACE: reason", for whatever
// HDF5 refuses. No object carries a time stamp.

using Integers = std::vector<int64_t>;
using Unsigned = std::vector<uint64_t>;
using Numbers = std::vector<double>;
using Texts = std::vector<std::string>;  ///< UTF-8 without NUL; stored as fixed-length strings,
                                         ///< padded with NUL

struct Column {
  std::string name;
  std::variant<Integers, Unsigned, Numbers, Texts> values;
  std::string description;  ///< with the unit; stored as the table's attribute of the column's
                            ///< name, none if empty
};

struct Table {
  std::string description;  ///< stored as the table's attribute "description"
  std::vector<Column> columns;
};

/// How the values of a dataset are stored.
enum class Storage {
  plain,       ///< contiguous
  compressed,  ///< chunked along the first axis, shuffled, gzip, with a checksum on each chunk
  small,  ///< like compressed; up to 4 KiB with the dataset's own metadata, which has a checksum:
          ///< that takes less room than chunks and their index
};

/// A table whose rows are made some at a time.
struct TableBlocks {
  size_t rows = 0;
  /// The table's rows from `first` on, `count` of them: always the same columns. Asked for every
  /// row twice, in order.
  std::function<Table(size_t first, size_t count)> block;
};

/// Writes a one-dimensional compound dataset, compressed: PyTables cannot search tables without
/// chunks. All columns must have the same length.
void write_table(hid_t location, const std::string& name, const Table& table);
void write_table(hid_t location, const std::string& name, const TableBlocks& table);

/// Array of `shape`.
template <typename T>
void write_array(hid_t location, const std::string& name, const std::vector<hsize_t>& shape,
                 const std::vector<T>& values, Storage storage);

/// One caller of HDF5 at a time: results and checkpoints are written from several threads.
std::mutex& hdf5_mutex();

Hdf5Handle create_group(hid_t location, const std::string& name);

// Texts are stored with a fixed length: texts of variable length lie in a heap that has no
// checksum.
void write_text_attribute(hid_t object, const std::string& name, const std::string& text);
void write_integer_attribute(hid_t object, const std::string& name, int64_t value);
void write_number_attribute(hid_t object, const std::string& name, double value);
void write_texts_attribute(hid_t object, const std::string& name, const Texts& texts);

/// HDF5 1.10 loses track of what it had open when it meets a damaged file, and would complain on
/// standard error when the process ends. From now on it does not.
void hdf5_quiet_exit();

namespace detail {
/// UTF-8 text of `width` bytes (at least 1), padded with NUL.
Hdf5Handle fixed_text_type(size_t width);
}  // namespace detail

}  // namespace edgesweep
