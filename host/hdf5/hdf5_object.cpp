// Groups and attributes of hdf5_table.h.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "host/error.h"
#include "host/hdf5/hdf5_table.h"

namespace edgesweep {
namespace {

constexpr hsize_t kMostAttributeBytes = hsize_t{1} << 28;

void write_attribute(hid_t object, const std::string& name, hid_t type, const Hdf5Handle& space,
                     const void* value) {
  const std::string what = "attribute " + name + ": cannot be written";
  Hdf5Handle attribute(
      H5Acreate2(object, name.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
      what);
  if (H5Sget_simple_extent_npoints(space.get()) > 0)
    hdf5_check(H5Awrite(attribute.get(), type, value), what);
  attribute.close(what);
}

Hdf5Handle scalar_space() { return {H5Screate(H5S_SCALAR), H5Sclose, "HDF5 scalar"}; }

void read_scalar(hid_t object, const std::string& name, H5T_class_t kind, hid_t type, void* value) {
  const std::string what = "attribute " + name + ": cannot be read";
  const Hdf5Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, what);
  const Hdf5Handle stored(H5Aget_type(attribute.get()), H5Tclose, what);
  const Hdf5Handle space(H5Aget_space(attribute.get()), H5Sclose, what);
  if (H5Tget_class(stored.get()) != kind || H5Sget_simple_extent_npoints(space.get()) != 1)
    throw SystemError("attribute " + name + ": is not one number of the right kind");
  hdf5_check(H5Aread(attribute.get(), type, value), what);
}

}  // namespace

std::mutex& hdf5_mutex() {
  static std::mutex mutex;
  return mutex;
}

Hdf5Handle create_group(hid_t location, const std::string& name) {
  const std::string what = "/" + name + ": cannot be made";
  const Hdf5Handle properties(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, what);
  hdf5_check(H5Pset_obj_track_times(properties.get(), false), what);
  return {H5Gcreate2(location, name.c_str(), H5P_DEFAULT, properties.get(), H5P_DEFAULT), H5Gclose,
          what};
}

Hdf5Handle open_group(hid_t location, const std::string& name) {
  return {H5Gopen2(location, name.c_str(), H5P_DEFAULT), H5Gclose,
          "/" + name + ": cannot be opened"};
}

bool has_link(hid_t location, const std::string& name) {
  const htri_t exists = H5Lexists(location, name.c_str(), H5P_DEFAULT);
  hdf5_check(exists, "/" + name + ": cannot be looked up");
  return exists > 0;
}

void write_text_attribute(hid_t object, const std::string& name, const std::string& text) {
  const Hdf5Handle type = detail::fixed_text_type(text.size());
  write_attribute(object, name, type.get(), scalar_space(), text.c_str());
}

void write_integer_attribute(hid_t object, const std::string& name, int64_t value) {
  write_attribute(object, name, H5T_STD_I64LE, scalar_space(), &value);
}

void write_number_attribute(hid_t object, const std::string& name, double value) {
  write_attribute(object, name, H5T_IEEE_F64LE, scalar_space(), &value);
}

void write_texts_attribute(hid_t object, const std::string& name, const Texts& texts) {
  size_t width = 1;
  for (const std::string& text : texts) width = std::max(width, text.size());
  const Hdf5Handle type = detail::fixed_text_type(width);
  std::vector<char> cells(width * texts.size(), 0);
  for (size_t i = 0; i < texts.size(); ++i)
    std::memcpy(cells.data() + i * width, texts[i].data(), texts[i].size());
  const hsize_t count = texts.size();
  const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose, "attribute " + name);
  write_attribute(object, name, type.get(), space, cells.data());
}

int64_t read_integer_attribute(hid_t object, const std::string& name) {
  int64_t value = 0;
  read_scalar(object, name, H5T_INTEGER, H5T_STD_I64LE, &value);
  return value;
}

double read_number_attribute(hid_t object, const std::string& name) {
  double value = 0;
  read_scalar(object, name, H5T_FLOAT, H5T_IEEE_F64LE, &value);
  return value;
}

Texts read_texts_attribute(hid_t object, const std::string& name) {
  const std::string what = "attribute " + name + ": cannot be read";
  const Hdf5Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, what);
  const Hdf5Handle stored(H5Aget_type(attribute.get()), H5Tclose, what);
  const Hdf5Handle space(H5Aget_space(attribute.get()), H5Sclose, what);
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  const size_t width = H5Tget_size(stored.get());
  if (H5Tget_class(stored.get()) != H5T_STRING || H5Tis_variable_str(stored.get()) != 0 ||
      count < 0 || width == 0 || static_cast<hsize_t>(count) > kMostAttributeBytes / width)
    throw SystemError("attribute " + name + ": is not a list of fixed-length texts");
  std::vector<char> cells(width * static_cast<size_t>(count));
  if (count > 0) hdf5_check(H5Aread(attribute.get(), stored.get(), cells.data()), what);
  Texts texts;
  for (size_t at = 0; at < cells.size(); at += width)
    texts.emplace_back(cells.data() + at, strnlen(cells.data() + at, width));
  return texts;
}

std::string read_text_attribute(hid_t object, const std::string& name) {
  const Texts texts = read_texts_attribute(object, name);
  if (texts.size() != 1) throw SystemError("attribute " + name + ": is not one text");
  return texts[0];
}

Hdf5Handle detail::fixed_text_type(size_t width) {
  const std::string what = "HDF5 string type";
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose, what);
  hdf5_check(H5Tset_size(type.get(), std::max<size_t>(width, 1)), what);
  hdf5_check(H5Tset_cset(type.get(), H5T_CSET_UTF8), what);
  hdf5_check(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), what);
  return type;
}

void hdf5_quiet_exit() {
  // Runs before HDF5's own exit handler, which was registered when HDF5 started, earlier than this.
  static const int once = std::atexit([] { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); });
  (void)once;
}

Hdf5Handle open_file(const std::string& path) {
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "HDF5 file access");
  hdf5_check(H5Pset_file_locking(access.get(), false, true), "HDF5 file access");
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose,
          "not a readable HDF5 file"};
}

}  // namespace edgesweep
