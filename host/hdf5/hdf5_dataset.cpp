#include "host/hdf5/hdf5_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "host/hdf5/hdf5_storage.h"

namespace edgesweep {
namespace {

/// The text of an Octave variable's dataset `type`; "" if it is not one short text.
std::string octave_type(const Hdf5Group& variable) {
  constexpr size_t kMostLetters = 64;
  const Hdf5Handle dataset = variable.dataset("type");
  const std::string place = variable.place("type");
  const Hdf5Handle type = variable.opened(H5Dget_type(dataset.get()), H5Tclose, place);
  const Hdf5Handle space = variable.opened(H5Dget_space(dataset.get()), H5Sclose, place);
  const size_t letters = H5Tget_size(type.get());
  if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 ||
      letters > kMostLetters || H5Sget_simple_extent_npoints(space.get()) != 1)
    return "";
  check_hdf5_storage(variable.path(), place, dataset.get(), {}, letters);
  char text[kMostLetters + 1] = {};
  if (H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0)
    variable.refuse_unreadable(place);
  return printable(text);
}

bool is_octave_matrix(const std::string& type) {
  if (type == "matrix" || type == "float matrix" || type == "bool matrix") return true;
  for (const char* sign : {"", "u"})
    for (const char* bits : {"8", "16", "32", "64"})
      if (type == fmt::format("{}int{} matrix", sign, bits)) return true;
  return false;
}

/// Refuses what the variable `name` is if it is no matrix of real numbers.
void check_octave_matrix(const Hdf5Group& group, const std::string& name,
                         const Hdf5Group& variable) {
  const std::string type = octave_type(variable);
  if (!is_octave_matrix(type))
    group.refuse(group.place(name), fmt::format("an Octave value of the type \"{}\"", type),
                 "a matrix of real numbers (x(:) makes one of a range, full(x) of a sparse one)");
  if (H5Aexists(variable.id(), "OCTAVE_EMPTY_MATRIX") != 0)
    group.refuse(group.place(name), "an empty Octave matrix", "at least one number");
}

Hdf5Dataset opened_dataset(const Hdf5Group& group, const std::string& name) {
  if (group.is_group(name)) {
    const Hdf5Group variable = group.group(name);
    if (variable.has("type") && variable.has("value")) {
      check_octave_matrix(group, name, variable);
      return {variable, "value", group.place(name), variable.dataset("value"), {}, {}};
    }
  }
  Hdf5Dataset dataset{group, name, group.place(name), group.dataset(name), {}, {}};
  if (H5Aexists(dataset.handle.get(), "MATLAB_empty") != 0)
    group.refuse(dataset.place, "an empty MATLAB array", "at least one number");
  return dataset;
}

Hdf5Number number_of(const Hdf5Dataset& dataset, bool floats) {
  const Hdf5Handle type =
      dataset.parent.opened(H5Dget_type(dataset.handle.get()), H5Tclose, dataset.place);
  const std::optional<Hdf5Number> number = known_number(type.get());
  if (number && (floats || number->kind != Hdf5Number::Kind::real)) return *number;
  const std::string allowed = floats ? "integers, floats or booleans" : "integers";
  if (number) dataset.parent.refuse(dataset.place, "floats", allowed);
  const bool opaque = H5Tget_class(type.get()) == H5T_OPAQUE;
  dataset.parent.refuse(
      dataset.place, described_type(type.get()),
      allowed +
          (opaque && floats ? " (in Python, x.astype(\"float32\") before it is written)" : ""));
}

/// (n x 1 x ...) and (1 x n) as (n).
std::vector<hsize_t> as_vector(const std::vector<hsize_t>& shape) {
  const auto longer = [](hsize_t extent) { return extent != 1; };
  if (shape.empty() || std::count_if(shape.begin(), shape.end(), longer) > 1) return shape;
  const auto longest = std::find_if(shape.begin(), shape.end(), longer);
  return {longest == shape.end() ? 1 : *longest};
}

std::vector<hsize_t> stored_shape(const Hdf5Dataset& dataset) {
  const Hdf5Handle space =
      dataset.parent.opened(H5Dget_space(dataset.handle.get()), H5Sclose, dataset.place);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0) dataset.parent.refuse_unreadable(dataset.place);
  std::vector<hsize_t> shape(static_cast<size_t>(rank));
  if (H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr) < 0)
    dataset.parent.refuse_unreadable(dataset.place);
  return shape;
}

void check_count(const Hdf5Dataset& dataset, uint64_t most) {
  uint64_t count = 1;
  for (const hsize_t extent : dataset.shape) {
    if (extent != 0 && count > most / extent)
      dataset.parent.refuse(dataset.place,
                            fmt::format("the shape ({})", fmt::join(dataset.shape, ", ")),
                            fmt::format("at most {} numbers", most));
    count *= extent;
  }
}

std::string missing_text(int64_t value, uint64_t position) {
  return fmt::format("{} at position {}, as which R writes NA", value, position);
}

/// The integers that booleans are stored as, 0 or 1.
template <typename T>
void read_booleans(const Hdf5Dataset& dataset, hid_t type, hid_t memory_space, hid_t file_space,
                   uint64_t first, uint64_t count, T* values) {
  const size_t bytes = dataset.number.bytes;
  std::vector<unsigned char> stored(count * bytes);
  // As they are stored: HDF5 converts nothing.
  if (H5Dread(dataset.handle.get(), type, memory_space, file_space, H5P_DEFAULT, stored.data()) < 0)
    dataset.parent.refuse_unreadable(dataset.place);
  const bool big_endian = H5Tget_order(type) == H5T_ORDER_BE;
  for (uint64_t i = 0; i < count; ++i) {
    const unsigned char* cell = stored.data() + i * bytes;
    uint64_t value = 0;
    for (size_t b = 0; b < bytes; ++b)
      value |= uint64_t{cell[big_endian ? bytes - 1 - b : b]} << 8 * b;
    if (value > 1) {
      const auto missing = static_cast<uint64_t>(dataset.number.missing.value_or(0));
      const uint64_t mask = bytes == 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * bytes) - 1;
      const bool is_missing = dataset.number.missing && value == (missing & mask);
      dataset.parent.refuse(
          dataset.place,
          fmt::format("{} at position {}", is_missing ? "NA" : fmt::format("the boolean {}", value),
                      first + i),
          "FALSE or TRUE for each");
    }
    values[i] = static_cast<T>(value);
  }
}

template <typename T>
void read_any(const Hdf5Dataset& dataset, hid_t memory_type, hid_t memory_space, hid_t file_space,
              uint64_t first, uint64_t count, T* values) {
  if (count == 0) return;
  if (dataset.number.kind == Hdf5Number::Kind::boolean) {
    const Hdf5Handle type =
        dataset.parent.opened(H5Dget_type(dataset.handle.get()), H5Tclose, dataset.place);
    return read_booleans(dataset, type.get(), memory_space, file_space, first, count, values);
  }
  if (H5Dread(dataset.handle.get(), memory_type, memory_space, file_space, H5P_DEFAULT, values) < 0)
    dataset.parent.refuse_unreadable(dataset.place);
}

}  // namespace

Hdf5Dataset open_numbers(const Hdf5Group& group, const std::string& name,
                         const Hdf5Wanted& wanted) {
  Hdf5Dataset dataset = opened_dataset(group, name);
  const std::vector<hsize_t> stored = stored_shape(dataset);
  dataset.shape = wanted.rank == 1 ? as_vector(stored) : stored;
  if (dataset.shape.size() != static_cast<size_t>(wanted.rank))
    group.refuse(dataset.place, fmt::format("{} dimensions", stored.size()),
                 std::to_string(wanted.rank));
  check_count(dataset, wanted.most_values);
  dataset.number = number_of(dataset, wanted.floats);
  check_hdf5_storage(group.path(), dataset.place, dataset.handle.get(), stored,
                     dataset.number.bytes);
  return dataset;
}

void read_numbers(const Hdf5Dataset& dataset, hid_t memory_space, hid_t file_space, uint64_t first,
                  uint64_t count, double* values) {
  read_any(dataset, H5T_NATIVE_DOUBLE, memory_space, file_space, first, count, values);
  const std::optional<int64_t> missing = dataset.number.unmarked_missing();
  if (!missing) return;
  const double* found = std::find(values, values + count, static_cast<double>(*missing));
  if (found == values + count) return;
  dataset.parent.refuse(dataset.place,
                        missing_text(*missing, first + static_cast<uint64_t>(found - values)),
                        "a number in each place");
}

void read_numbers(const Hdf5Dataset& dataset, hid_t memory_space, hid_t file_space, uint64_t first,
                  uint64_t count, int32_t* values) {
  read_any(dataset, H5T_NATIVE_INT32, memory_space, file_space, first, count, values);
}

}  // namespace edgesweep
