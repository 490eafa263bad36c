#include "host/hdf5/hdf5_table_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "host/hdf5/hdf5_number.h"
#include "host/hdf5/hdf5_storage.h"

namespace edgesweep {
namespace {

/// A type as it is stored and, on little-endian machines, in memory, with its name for messages.
struct Element {
  hid_t type;
  const char* name;
};

template <typename T>
Element element() {
  if constexpr (std::is_same_v<T, float>) return {H5T_IEEE_F32LE, "float32"};
  if constexpr (std::is_same_v<T, double>) return {H5T_IEEE_F64LE, "float64"};
  if constexpr (std::is_same_v<T, int32_t>) return {H5T_STD_I32LE, "int32"};
  if constexpr (std::is_same_v<T, int64_t>) return {H5T_STD_I64LE, "int64"};
  if constexpr (std::is_same_v<T, uint64_t>) return {H5T_STD_U64LE, "uint64"};
  if constexpr (std::is_same_v<T, uint8_t>) return {H5T_STD_U8LE, "uint8"};
}

/// A stored dataset whose type, shape and storage were looked at.
struct Stored {
  Hdf5Handle dataset;
  Hdf5Handle type;
  std::vector<hsize_t> shape;
  std::string place;

  uint64_t count() const {
    uint64_t count = 1;
    for (const hsize_t extent : shape) count *= extent;
    return count;
  }
};

std::vector<hsize_t> shape_of(const Hdf5Group& group, hid_t dataset, const std::string& place) {
  constexpr uint64_t kMost = uint64_t{1} << 40;
  const Hdf5Handle space = group.opened(H5Dget_space(dataset), H5Sclose, place);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0) group.refuse_unreadable(place);
  std::vector<hsize_t> shape(static_cast<size_t>(rank));
  if (H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr) < 0)
    group.refuse_unreadable(place);
  uint64_t count = 1;
  for (const hsize_t extent : shape) {
    if (extent != 0 && count > kMost / extent)
      group.refuse(place, fmt::format("the shape ({})", fmt::join(shape, ", ")),
                   fmt::format("at most {} values", kMost));
    count *= extent;
  }
  return shape;
}

Stored open_stored(const Hdf5Group& group, const std::string& name) {
  Stored stored;
  stored.place = group.place(name);
  stored.dataset = group.dataset(name);
  stored.type = group.opened(H5Dget_type(stored.dataset.get()), H5Tclose, stored.place);
  stored.shape = shape_of(group, stored.dataset.get(), stored.place);
  return stored;
}

/// After the type: HDF5 is asked for the chunks of what is known only.
void check_storage(const Hdf5Group& group, const Stored& stored) {
  check_hdf5_storage(group.path(), stored.place, stored.dataset.get(), stored.shape,
                     H5Tget_size(stored.type.get()));
}

void read_values(const Hdf5Group& group, const Stored& stored, hid_t type, void* values) {
  if (stored.count() == 0) return;
  if (H5Dread(stored.dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    group.refuse_unreadable(stored.place);
}

bool is_fixed_text(hid_t type) {
  return H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0;
}

Hdf5Handle member_type(const Hdf5Group& group, hid_t compound, int index,
                       const std::string& place) {
  return group.opened(H5Tget_member_type(compound, static_cast<unsigned>(index)), H5Tclose, place);
}

/// Every column is a known number or a text of fixed length, and they lie one behind another in the
/// row.
void check_row(const Hdf5Group& group, hid_t compound, const std::string& place) {
  if (H5Tget_class(compound) != H5T_COMPOUND)
    group.refuse(place, described_type(compound), "a table");
  const int columns = H5Tget_nmembers(compound);
  size_t end = 0;
  for (int i = 0; i < columns; ++i) {
    const Hdf5Handle type = member_type(group, compound, i, place);
    const size_t offset = H5Tget_member_offset(compound, static_cast<unsigned>(i));
    if (!is_fixed_text(type.get()) && !known_number(type.get()))
      group.refuse(place, fmt::format("{} in column {}", described_type(type.get()), i + 1),
                   "numbers and texts of fixed length");
    if (offset < end || H5Tget_size(type.get()) > H5Tget_size(compound) ||
        offset > H5Tget_size(compound) - H5Tget_size(type.get()))
      group.refuse(place, fmt::format("column {} over another or outside of the row", i + 1),
                   "columns one behind another");
    end = offset + H5Tget_size(type.get());
  }
}

hid_t number_type(const Column& column) {
  return std::visit(
      [](const auto& values) -> hid_t {
        using Value = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_same_v<Value, std::string>)
          return H5I_INVALID_HID;
        else
          return element<Value>().type;
      },
      column.values);
}

/// Where a column goes in a row in memory, and its type there.
struct Cell {
  size_t offset = 0;
  size_t width = 0;
  Hdf5Handle type;
};

/// The type that a column has in memory; refuses a stored one of another class.
Cell cell_of(const Hdf5Group& group, const Stored& stored, const Column& column, size_t offset) {
  const std::string place = stored.place + "/" + column.name;
  const int index = H5Tget_member_index(stored.type.get(), column.name.c_str());
  if (index < 0) group.refuse(place, "nothing", "a column of this name");
  const Hdf5Handle type = member_type(group, stored.type.get(), index, place);
  if (std::holds_alternative<Texts>(column.values)) {
    if (!is_fixed_text(type.get()))
      group.refuse(place, described_type(type.get()), "texts of fixed length");
    const size_t width = H5Tget_size(type.get());
    return {offset, width, detail::fixed_text_type(width)};
  }
  const std::optional<Hdf5Number> number = known_number(type.get());
  const bool real = std::holds_alternative<Numbers>(column.values);
  if (!number || number->kind == Hdf5Number::Kind::boolean ||
      (number->kind == Hdf5Number::Kind::real && !real))
    group.refuse(place, number ? "numbers of another kind" : described_type(type.get()),
                 real ? "numbers" : "integers");
  return {offset, sizeof(double), Hdf5Handle(H5Tcopy(number_type(column)), H5Tclose, place)};
}

/// The memory of a row: as it is read, and as its columns hold it.
uint64_t row_memory(const std::vector<Column>& columns, uint64_t row_bytes) {
  uint64_t bytes = 2 * row_bytes;
  for (const Column& column : columns)
    if (std::holds_alternative<Texts>(column.values)) bytes += sizeof(std::string);
  return bytes;
}

void unpack(Column& column, const Cell& cell, size_t row_bytes, const std::vector<char>& rows) {
  const size_t count = row_bytes == 0 ? 0 : rows.size() / row_bytes;
  std::visit(
      [&](auto& values) {
        values.resize(count);
        for (size_t row = 0; row < count; ++row) {
          // Within the loop: a table without rows has no bytes to point into.
          const char* at = rows.data() + row * row_bytes + cell.offset;
          auto& value = values[row];
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
            value.assign(at, strnlen(at, cell.width));
          else
            std::memcpy(&value, at, sizeof(value));
        }
      },
      column.values);
}

/// An attribute of `group` with its type; `count` elements.
struct StoredAttribute {
  Hdf5Handle attribute;
  Hdf5Handle type;
  uint64_t count = 0;
  std::string place;
};

StoredAttribute open_attribute(const Hdf5Group& group, const std::string& name) {
  StoredAttribute stored;
  stored.place = "attribute " + group.place(name);
  const htri_t exists = H5Aexists(group.id(), name.c_str());
  if (exists < 0) group.refuse_unreadable(stored.place);
  if (exists == 0) group.refuse(stored.place, "nothing", "an attribute of this name");
  stored.attribute =
      group.opened(H5Aopen(group.id(), name.c_str(), H5P_DEFAULT), H5Aclose, stored.place);
  stored.type = group.opened(H5Aget_type(stored.attribute.get()), H5Tclose, stored.place);
  const Hdf5Handle space =
      group.opened(H5Aget_space(stored.attribute.get()), H5Sclose, stored.place);
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (count < 0) group.refuse_unreadable(stored.place);
  stored.count = static_cast<uint64_t>(count);
  return stored;
}

template <typename T>
T read_scalar(const Hdf5Group& group, const std::string& name) {
  const StoredAttribute stored = open_attribute(group, name);
  if (H5Tequal(stored.type.get(), element<T>().type) <= 0 || stored.count != 1)
    group.refuse(stored.place,
                 fmt::format("{} of {}", stored.count, described_type(stored.type.get())),
                 fmt::format("one {}", element<T>().name));
  T value = 0;
  if (H5Aread(stored.attribute.get(), element<T>().type, &value) < 0)
    group.refuse_unreadable(stored.place);
  return value;
}

}  // namespace

void read_table(const Hdf5Group& group, const std::string& name, std::vector<Column>& columns,
                uint64_t most_rows) {
  const Stored stored = open_stored(group, name);
  check_row(group, stored.type.get(), stored.place);
  if (stored.shape.size() != 1)
    group.refuse(stored.place, fmt::format("{} dimensions", stored.shape.size()), "1");
  const uint64_t row_count = stored.count();
  if (row_count > most_rows)
    group.refuse(stored.place, fmt::format("{} rows", row_count),
                 fmt::format("at most {}", most_rows));
  std::vector<Cell> cells;
  size_t row_bytes = 0;
  for (const Column& column : columns) {
    cells.push_back(cell_of(group, stored, column, row_bytes));
    row_bytes += cells.back().width;
  }
  group.take(stored.place, row_count,
             std::max(row_memory(columns, row_bytes), uint64_t{H5Tget_size(stored.type.get())}),
             "rows");
  check_storage(group, stored);
  const Hdf5Handle wanted(H5Tcreate(H5T_COMPOUND, std::max<size_t>(row_bytes, 1)), H5Tclose, name);
  for (size_t i = 0; i < columns.size(); ++i)
    hdf5_check(
        H5Tinsert(wanted.get(), columns[i].name.c_str(), cells[i].offset, cells[i].type.get()),
        stored.place);
  std::vector<char> rows(row_bytes * row_count);
  read_values(group, stored, wanted.get(), rows.data());
  for (size_t i = 0; i < columns.size(); ++i) unpack(columns[i], cells[i], row_bytes, rows);
}

std::vector<hsize_t> array_shape(const Hdf5Group& group, const std::string& name) {
  return open_stored(group, name).shape;
}

template <typename T>
std::vector<T> read_array(const Hdf5Group& group, const std::string& name) {
  const Stored stored = open_stored(group, name);
  if (H5Tequal(stored.type.get(), element<T>().type) <= 0)
    group.refuse(stored.place, "numbers of another type", element<T>().name);
  group.take(stored.place, stored.count(), sizeof(T), "numbers");
  check_storage(group, stored);
  std::vector<T> values(stored.count());
  read_values(group, stored, element<T>().type, values.data());
  return values;
}

int64_t read_integer_attribute(const Hdf5Group& group, const std::string& name) {
  return read_scalar<int64_t>(group, name);
}

double read_number_attribute(const Hdf5Group& group, const std::string& name) {
  return read_scalar<double>(group, name);
}

Texts read_texts_attribute(const Hdf5Group& group, const std::string& name) {
  const StoredAttribute stored = open_attribute(group, name);
  if (!is_fixed_text(stored.type.get()))
    group.refuse(stored.place, described_type(stored.type.get()), "texts of fixed length");
  const size_t width = H5Tget_size(stored.type.get());
  group.take(stored.place, stored.count, 2 * width + sizeof(std::string), "texts");
  std::vector<char> cells(width * stored.count);
  if (stored.count > 0 && H5Aread(stored.attribute.get(), stored.type.get(), cells.data()) < 0)
    group.refuse_unreadable(stored.place);
  Texts texts;
  for (size_t at = 0; at < cells.size(); at += width)
    texts.emplace_back(cells.data() + at, strnlen(cells.data() + at, width));
  return texts;
}

std::string read_text_attribute(const Hdf5Group& group, const std::string& name) {
  const Texts texts = read_texts_attribute(group, name);
  if (texts.size() != 1)
    group.refuse("attribute " + group.place(name), fmt::format("{} texts", texts.size()),
                 "one text");
  return texts[0];
}

template std::vector<float> read_array(const Hdf5Group&, const std::string&);
template std::vector<double> read_array(const Hdf5Group&, const std::string&);
template std::vector<int32_t> read_array(const Hdf5Group&, const std::string&);
template std::vector<int64_t> read_array(const Hdf5Group&, const std::string&);
template std::vector<uint8_t> read_array(const Hdf5Group&, const std::string&);

}  // namespace edgesweep
