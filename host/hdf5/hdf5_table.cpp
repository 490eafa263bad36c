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
/// No table of ours comes near; a damaged or hostile size must not become an allocation.
constexpr hsize_t kMostBytes = hsize_t{1} << 36;

std::string at(const std::string& name) { return name.starts_with('/') ? name : "/" + name; }

Hdf5Handle copy_type(hid_t type) { return {H5Tcopy(type), H5Tclose, "HDF5 type"}; }

size_t longest(const Texts& texts) {
  size_t most = 0;
  for (const std::string& text : texts) most = std::max(most, text.size());
  return most;
}

/// Little-endian on disk whatever the machine; in memory the same, as all machines we build for are
/// little-endian.
Hdf5Handle column_type(const Column& column) {
  return std::visit(
      [](const auto& values) {
        using Values = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<Values, Integers>) return copy_type(H5T_STD_I64LE);
        if constexpr (std::is_same_v<Values, Unsigned>) return copy_type(H5T_STD_U64LE);
        if constexpr (std::is_same_v<Values, Numbers>) return copy_type(H5T_IEEE_F64LE);
        if constexpr (std::is_same_v<Values, Texts>)
          return detail::fixed_text_type(longest(values));
      },
      column.values);
}

size_t length(const Column& column) {
  return std::visit([](const auto& values) { return values.size(); }, column.values);
}

/// Puts the column at `offset` of every row.
void pack(const Column& column, size_t offset, size_t row_bytes, std::vector<char>& rows) {
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

void unpack(Column& column, size_t offset, size_t width, size_t row_bytes,
            const std::vector<char>& rows) {
  const size_t count = row_bytes == 0 ? 0 : rows.size() / row_bytes;
  std::visit(
      [&](auto& values) {
        values.resize(count);
        const char* cell = rows.data() + offset;
        for (auto& value : values) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
            value.assign(cell, strnlen(cell, width));
          else
            std::memcpy(&value, cell, sizeof(value));
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

Hdf5Handle write_dataset(hid_t location, const std::string& name, hid_t type,
                         const std::vector<hsize_t>& shape, const void* values, Storage storage) {
  const std::string what = at(name) + ": cannot be written";
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                         H5Sclose, what);
  const Hdf5Handle properties = dataset_properties(shape, H5Tget_size(type), storage, what);
  Hdf5Handle dataset(H5Dcreate2(location, name.c_str(), type, space.get(), H5P_DEFAULT,
                                properties.get(), H5P_DEFAULT),
                     H5Dclose, what);
  if (H5Sget_simple_extent_npoints(space.get()) > 0)
    hdf5_check(H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), what);
  return dataset;
}

Hdf5Handle open_dataset(hid_t location, const std::string& name) {
  return {H5Dopen2(location, name.c_str(), H5P_DEFAULT), H5Dclose, at(name) + ": cannot be opened"};
}

size_t element_count(hid_t dataset, size_t element_bytes, const std::string& name) {
  const Hdf5Handle space(H5Dget_space(dataset), H5Sclose, at(name) + ": has no shape");
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (count < 0 || static_cast<hsize_t>(count) > kMostBytes / std::max<size_t>(element_bytes, 1))
    throw SystemError(at(name) + ": has an impossible size");
  return static_cast<size_t>(count);
}

/// Width in bytes of the text column `column` of a stored compound type.
size_t stored_width(hid_t compound, unsigned index, const std::string& place) {
  const Hdf5Handle member(H5Tget_member_type(compound, index), H5Tclose, place);
  const htri_t variable = H5Tis_variable_str(member.get());
  if (H5Tget_class(member.get()) != H5T_STRING || variable != 0)
    throw SystemError(place + ": is not a column of fixed-length texts");
  return H5Tget_size(member.get());
}

struct Cell {
  size_t offset = 0;
  size_t width = 0;
};

/// Where each wanted column goes in a row in memory; throws for a missing column or one of another
/// class.
std::vector<Cell> lay_out(hid_t stored, const std::string& name,
                          const std::vector<Column>& columns) {
  std::vector<Cell> cells;
  size_t offset = 0;
  for (const Column& column : columns) {
    const std::string place = at(name) + "/" + column.name;
    const int index = H5Tget_member_index(stored, column.name.c_str());
    if (index < 0) throw SystemError(place + ": no such column");
    size_t width = 8;
    if (std::holds_alternative<Texts>(column.values)) {
      width = stored_width(stored, static_cast<unsigned>(index), place);
    } else {
      const H5T_class_t kind = H5Tget_member_class(stored, static_cast<unsigned>(index));
      const bool number = kind == H5T_INTEGER ||
                          (kind == H5T_FLOAT && std::holds_alternative<Numbers>(column.values));
      if (!number) throw SystemError(place + ": is not a column of numbers of the right kind");
    }
    cells.push_back({offset, width});
    offset += width;
  }
  return cells;
}

template <typename T>
hid_t element_type() {
  if constexpr (std::is_same_v<T, float>) return H5T_IEEE_F32LE;
  if constexpr (std::is_same_v<T, double>) return H5T_IEEE_F64LE;
  if constexpr (std::is_same_v<T, int32_t>) return H5T_STD_I32LE;
  if constexpr (std::is_same_v<T, int64_t>) return H5T_STD_I64LE;
  if constexpr (std::is_same_v<T, uint8_t>) return H5T_STD_U8LE;
}

}  // namespace

void write_table(hid_t location, const std::string& name, const Table& table) {
  const std::string what = at(name) + ": cannot be written";
  std::vector<Hdf5Handle> types;
  size_t row_bytes = 0;
  for (const Column& column : table.columns) {
    types.push_back(column_type(column));
    row_bytes += H5Tget_size(types.back().get());
  }
  const Hdf5Handle compound(H5Tcreate(H5T_COMPOUND, row_bytes), H5Tclose, what);
  const size_t row_count = table.columns.empty() ? 0 : length(table.columns.front());
  std::vector<char> rows(row_bytes * row_count, 0);
  size_t offset = 0;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    if (length(column) != row_count)
      throw SystemError(at(name) + "/" + column.name + ": wrong number of rows");
    hdf5_check(H5Tinsert(compound.get(), column.name.c_str(), offset, types[i].get()),
               at(name) + "/" + column.name + ": cannot be written");
    pack(column, offset, row_bytes, rows);
    offset += H5Tget_size(types[i].get());
  }
  Hdf5Handle dataset =
      write_dataset(location, name, compound.get(), {row_count}, rows.data(), Storage::compressed);
  write_text_attribute(dataset.get(), "description", table.description);
  for (const Column& column : table.columns)
    if (!column.description.empty())
      write_text_attribute(dataset.get(), column.name, column.description);
  dataset.close(what);
}

void read_table(hid_t location, const std::string& name, std::vector<Column>& columns) {
  const std::string what = at(name) + ": cannot be read";
  const Hdf5Handle dataset = open_dataset(location, name);
  const Hdf5Handle stored(H5Dget_type(dataset.get()), H5Tclose, what);
  if (H5Tget_class(stored.get()) != H5T_COMPOUND) throw SystemError(at(name) + ": is not a table");
  const std::vector<Cell> cells = lay_out(stored.get(), name, columns);
  const size_t row_bytes = cells.empty() ? 0 : cells.back().offset + cells.back().width;
  const Hdf5Handle wanted(H5Tcreate(H5T_COMPOUND, std::max<size_t>(row_bytes, 1)), H5Tclose, what);
  for (size_t i = 0; i < columns.size(); ++i) {
    Column& column = columns[i];
    const Hdf5Handle type = std::holds_alternative<Texts>(column.values)
                                ? detail::fixed_text_type(cells[i].width)
                                : column_type(column);
    hdf5_check(H5Tinsert(wanted.get(), column.name.c_str(), cells[i].offset, type.get()), what);
  }
  const size_t row_count =
      element_count(dataset.get(), std::max(row_bytes, H5Tget_size(stored.get())), name);
  std::vector<char> rows(row_bytes * row_count);
  if (row_count > 0)
    hdf5_check(H5Dread(dataset.get(), wanted.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()),
               what);
  for (size_t i = 0; i < columns.size(); ++i)
    unpack(columns[i], cells[i].offset, cells[i].width, row_bytes, rows);
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

std::vector<hsize_t> array_shape(hid_t location, const std::string& name) {
  const std::string what = at(name) + ": has no shape";
  const Hdf5Handle dataset = open_dataset(location, name);
  const Hdf5Handle space(H5Dget_space(dataset.get()), H5Sclose, what);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0) throw SystemError(what);
  std::vector<hsize_t> shape(static_cast<size_t>(rank));
  hdf5_check(H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr), what);
  return shape;
}

template <typename T>
std::vector<T> read_array(hid_t location, const std::string& name) {
  const std::string what = at(name) + ": cannot be read";
  const Hdf5Handle dataset = open_dataset(location, name);
  const Hdf5Handle stored(H5Dget_type(dataset.get()), H5Tclose, what);
  if (H5Tequal(stored.get(), element_type<T>()) <= 0)
    throw SystemError(at(name) + ": has another element type");
  std::vector<T> values(element_count(dataset.get(), sizeof(T), name));
  if (!values.empty())
    hdf5_check(
        H5Dread(dataset.get(), element_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
        what);
  return values;
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
template std::vector<float> read_array(hid_t, const std::string&);
template std::vector<double> read_array(hid_t, const std::string&);
template std::vector<int32_t> read_array(hid_t, const std::string&);
template std::vector<int64_t> read_array(hid_t, const std::string&);
template std::vector<uint8_t> read_array(hid_t, const std::string&);

}  // namespace edgesweep
