// Groups and attributes of hdf5_table.h.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "host/error.h"
#include "host/hdf5/hdf5_table.h"

namespace edgesweep {
namespace {

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

}  // namespace edgesweep
