#include "host/hdf5/hdf5_table.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "host/error.h"

namespace edgesweep {
namespace {

constexpr hsize_t kChunkBytes = hsize_t{1} << 18;
constexpr unsigned kGzipLevel = 1;
constexpr hsize_t kSmallBytes = hsize_t{1} << 12;

std::string at(const std::string& name) { return name.starts_with('/') ? name : "/" + name; }

Hdf5Handle copy_type(hid_t type) { return {H5Tcopy(type), H5Tclose, "HDF5 type"}; }

/// Bytes of the longest text; 0 for other columns.
size_t longest(const Column& column) {
  size_t most = 0;
  if (const Texts* texts = std::get_if<Texts>(&column.values))
    for (const std::string& text : *texts) most = std::max(most, text.size());
  return most;
}

/// Little-endian on disk whatever the machine; in memory the same, as all machines we build for are
/// little-endian. width: of texts.
Hdf5Handle column_type(const Column& column, size_t width) {
  return std::visit(
      [&](const auto& values) {
        using Values = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<Values, Integers>) return copy_type(H5T_STD_I64LE);
        if constexpr (std::is_same_v<Values, Unsigned>) return copy_type(H5T_STD_U64LE);
        if constexpr (std::is_same_v<Values, Numbers>) return copy_type(H5T_IEEE_F64LE);
        if constexpr (std::is_same_v<Values, Texts>) return detail::fixed_text_type(width);
      },
      column.values);
}

size_t length(const Column& column) {
  return std::visit([](const auto& values) { return values.size(); }, column.values);
}

/// Puts the column at `offset` of every row.
void pack(const Column& column, size_t offset, size_t row_bytes, std::vector<char>& rows) {
  if (rows.empty()) return;
  std::visit(
      [&](const auto& values) {
        char* cell = rows.data() + offset;
        for (const auto& value : values) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
            std::copy(value.begin(), value.end(), cell);  // the rest is NUL already
          else
            std::memcpy(cell, &value, sizeof(value));
          cell += row_bytes;
        }
      },
      column.values);
}

/// Whole rows of the first axis, about kChunkBytes together. Empty (contiguous) for an array
/// without elements.
std::vector<hsize_t> chunk_shape(std::vector<hsize_t> shape, size_t element_bytes) {
  hsize_t row_bytes = element_bytes;
  for (size_t axis = 1; axis < shape.size(); ++axis) row_bytes *= shape[axis];
  if (shape.empty() || shape[0] == 0 || row_bytes == 0) return {};
  shape[0] = std::clamp<hsize_t>(kChunkBytes / row_bytes, 1, shape[0]);
  // One very long row (a trace of a million images) is cut along its own axis.
  if (row_bytes > 4 * kChunkBytes && shape.size() == 2) shape[1] = kChunkBytes / element_bytes;
  return shape;
}

/// Creation properties: no time stamps, and what the storage asks for.
Hdf5Handle dataset_properties(const std::vector<hsize_t>& shape, size_t element_bytes,
                              Storage storage, const std::string& what) {
  Hdf5Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, what);
  hdf5_check(H5Pset_obj_track_times(properties.get(), false), what);
  const std::vector<hsize_t> chunk = chunk_shape(shape, element_bytes);
  if (storage == Storage::plain || chunk.empty()) return properties;
  hsize_t bytes = element_bytes;
  for (const hsize_t extent : shape) bytes *= extent;
  if (storage == Storage::small && bytes <= kSmallBytes) {
    hdf5_check(H5Pset_layout(properties.get(), H5D_COMPACT), what);
    return properties;
  }
  hdf5_check(H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data()), what);
  hdf5_check(H5Pset_shuffle(properties.get()), what);
  hdf5_check(H5Pset_deflate(properties.get(), kGzipLevel), what);
  hdf5_check(H5Pset_fletcher32(properties.get()), what);
  return properties;
}

/// Without values so far.
Hdf5Handle create_dataset(hid_t location, const std::string& name, hid_t type,
                          const std::vector<hsize_t>& shape, Storage storage) {
  const std::string what = at(name) + ": cannot be written";
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                         H5Sclose, what);
  const Hdf5Handle properties = dataset_properties(shape, H5Tget_size(type), storage, what);
  return {H5Dcreate2(location, name.c_str(), type, space.get(), H5P_DEFAULT, properties.get(),
                     H5P_DEFAULT),
          H5Dclose, what};
}

Hdf5Handle write_dataset(hid_t location, const std::string& name, hid_t type,
                         const std::vector<hsize_t>& shape, const void* values, Storage storage) {
  Hdf5Handle dataset = create_dataset(location, name, type, shape, storage);
  const bool empty = std::find(shape.begin(), shape.end(), hsize_t{0}) != shape.end();
  if (!empty)
    hdf5_check(H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values),
               at(name) + ": cannot be written");
  return dataset;
}

/// Rows as they lie in a table: a compound type, and where each column begins.
struct RowLayout {
  Hdf5Handle type;
  size_t bytes = 0;
  std::vector<size_t> offsets;
};

/// table: of some rows. widths: of text columns.
RowLayout row_layout(const std::string& name, const Table& table,
                     const std::vector<size_t>& widths) {
  RowLayout layout;
  std::vector<Hdf5Handle> types;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    types.push_back(column_type(table.columns[i], widths[i]));
    layout.offsets.push_back(layout.bytes);
    layout.bytes += H5Tget_size(types.back().get());
  }
  const std::string what = at(name) + ": cannot be written";
  layout.type = {H5Tcreate(H5T_COMPOUND, layout.bytes), H5Tclose, what};
  for (size_t i = 0; i < table.columns.size(); ++i)
    hdf5_check(H5Tinsert(layout.type.get(), table.columns[i].name.c_str(), layout.offsets[i],
                         types[i].get()),
               at(name) + "/" + table.columns[i].name + ": cannot be written");
  return layout;
}

/// Writes rows from `first` on.
void write_rows(hid_t dataset, const std::string& name, const RowLayout& layout, const Table& table,
                hsize_t first, hsize_t count) {
  std::vector<char> rows(layout.bytes * count, 0);
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (length(table.columns[i]) != count)
      throw SystemError(at(name) + "/" + table.columns[i].name + ": wrong number of rows");
    pack(table.columns[i], layout.offsets[i], layout.bytes, rows);
  }
  const std::string what = at(name) + ": cannot be written";
  const Hdf5Handle here(H5Screate_simple(1, &count, nullptr), H5Sclose, what);
  const Hdf5Handle there(H5Dget_space(dataset), H5Sclose, what);
  hdf5_check(H5Sselect_hyperslab(there.get(), H5S_SELECT_SET, &first, nullptr, &count, nullptr),
             what);
  hdf5_check(
      H5Dwrite(dataset, layout.type.get(), here.get(), there.get(), H5P_DEFAULT, rows.data()),
      what);
}

/// Rows from `first` on of a table.
Table slice(const Table& table, size_t first, size_t count) {
  Table part{table.description, {}};
  for (const Column& column : table.columns)
    part.columns.push_back(std::visit(
        [&](const auto& values) {
          if (first + count > values.size())
            throw SystemError(at(column.name) + ": wrong number of rows");
          const auto start = values.begin() + static_cast<std::ptrdiff_t>(first);
          return Column{
              column.name,
              std::decay_t<decltype(values)>(start, start + static_cast<std::ptrdiff_t>(count)),
              column.description};
        },
        column.values));
  return part;
}

template <typename T>
hid_t element_type() {
  if constexpr (std::is_same_v<T, float>) return H5T_IEEE_F32LE;
  if constexpr (std::is_same_v<T, double>) return H5T_IEEE_F64LE;
  if constexpr (std::is_same_v<T, int32_t>) return H5T_STD_I32LE;
  if constexpr (std::is_same_v<T, int64_t>) return H5T_STD_I64LE;
  if constexpr (std::is_same_v<T, uint8_t>) return H5T_STD_U8LE;
  if constexpr (std::is_same_v<T, uint16_t>) return H5T_STD_U16LE;
}

}  // namespace

void write_table(hid_t location, const std::string& name, const Table& table) {
  const size_t rows = table.columns.empty() ? 0 : length(table.columns.front());
  for (const Column& column : table.columns)
    if (length(column) != rows)
      throw SystemError(name + "/" + column.name + ": wrong number of rows");
  write_table(location, name, TableBlocks{rows, [&](size_t first, size_t count) {
                                            return slice(table, first, count);
                                          }});
}

void write_table(hid_t location, const std::string& name, const TableBlocks& table) {
  constexpr size_t kRowsAtOnce = 512;  // of unknown length so far
  Table some = table.block(0, std::min(table.rows, kRowsAtOnce));
  std::vector<size_t> widths(some.columns.size(), 0);
  for (size_t first = 0;;) {
    for (size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], longest(some.columns.at(i)));
    first += kRowsAtOnce;
    if (first >= table.rows) break;
    some = table.block(first, std::min(table.rows - first, kRowsAtOnce));
  }
  const RowLayout layout = row_layout(name, some, widths);
  const std::vector<hsize_t> chunk = chunk_shape({table.rows}, layout.bytes);
  Hdf5Handle dataset =
      create_dataset(location, name, layout.type.get(), {table.rows}, Storage::compressed);
  for (size_t first = 0; first < table.rows; first += chunk[0]) {
    const size_t count = std::min<size_t>(table.rows - first, chunk[0]);
    write_rows(dataset.get(), name, layout, table.block(first, count), first, count);
  }
  write_text_attribute(dataset.get(), "description", some.description);
  for (const Column& column : some.columns)
    if (!column.description.empty())
      write_text_attribute(dataset.get(), column.name, column.description);
  dataset.close(at(name) + ": cannot be written");
}

template <typename T>
void write_array(hid_t location, const std::string& name, const std::vector<hsize_t>& shape,
                 const std::vector<T>& values, Storage storage) {
  hsize_t count = 1;
  for (const hsize_t extent : shape) count *= extent;
  if (count != values.size()) throw SystemError(at(name) + ": shape and number of values differ");
  write_dataset(location, name, element_type<T>(), shape, values.data(), storage)
      .close(at(name) + ": cannot be written");
}

template void write_array(hid_t, const std::string&, const std::vector<hsize_t>&,
                          const std::vector<float>&, Storage);
template void write_array(hid_t, const std::string&, const std::vector<hsize_t>&,
                          const std::vector<double>&, Storage);
template void write_array(hid_t, const std::string&, const std::vector<hsize_t>&,
                          const std::vector<int32_t>&, Storage);
template void write_array(hid_t, const std::string&, const std::vector<hsize_t>&,
                          const std::vector<int64_t>&, Storage);
template void write_array(hid_t, const std::string&, const std::vector<hsize_t>&,
                          const std::vector<uint8_t>&, Storage);
template void write_array(hid_t, const std::string&, const std::vector<hsize_t>&,
                          const std::vector<uint16_t>&, Storage);

}  // namespace edgesweep
