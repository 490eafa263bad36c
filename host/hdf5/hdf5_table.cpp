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

}  // namespace edgesweep
