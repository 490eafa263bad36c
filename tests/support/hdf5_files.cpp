#include "tests/support/hdf5_files.h"

#include <stdexcept>

#include "tests/support/files.h"

namespace edgesweep::testing {

using namespace std::string_literals;

const std::string kFloat64Description =
    "\x11\x20\x3f\0\x08\0\0\0\0\0\x40\0\x34\x0b\0\x34\xff\x03\0\0"s;
const std::string kNewerDescription = "\x51" + kFloat64Description.substr(1);

Hdf5Handle new_hdf5(const std::string& path, hsize_t user_block) {
  const Hdf5Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose, path);
  hdf5_check(H5Pset_userblock(creation.get(), user_block), path);
  return {H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), H5P_DEFAULT), H5Fclose, path};
}

void add_dataset(hid_t location, const std::string& name, hid_t stored,
                 const std::vector<hsize_t>& shape, hid_t given, const void* values) {
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                         H5Sclose, name);
  const Hdf5Handle dataset(H5Dcreate2(location, name.c_str(), stored, space.get(), H5P_DEFAULT,
                                      H5P_DEFAULT, H5P_DEFAULT),
                           H5Dclose, name);
  hdf5_check(H5Dwrite(dataset.get(), given, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), name);
}

void add_doubles(hid_t location, const std::string& name, const std::vector<hsize_t>& shape,
                 const std::vector<double>& values) {
  add_dataset(location, name, H5T_IEEE_F64LE, shape, H5T_NATIVE_DOUBLE, values.data());
}

Hdf5Handle enumeration(const std::vector<std::pair<std::string, int8_t>>& members) {
  Hdf5Handle type(H5Tenum_create(H5T_STD_I8LE), H5Tclose, "enumeration");
  for (const auto& [name, value] : members)
    hdf5_check(H5Tenum_insert(type.get(), name.c_str(), &value), name);
  return type;
}

void add_octave(hid_t location, const std::string& name, const std::string& type,
                const std::vector<hsize_t>& shape, const std::vector<double>& values) {
  const Hdf5Handle group(H5Gcreate2(location, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                         H5Gclose, name);
  const Hdf5Handle text(H5Tcopy(H5T_C_S1), H5Tclose, name);
  hdf5_check(H5Tset_size(text.get(), type.size() + 1), name);
  add_dataset(group.get(), "type", text.get(), {}, text.get(), type.c_str());
  add_doubles(group.get(), "value", shape, values);
}

void patch_bytes(const std::string& path, const std::string& from, const std::string& to) {
  std::string bytes = read_bytes(path);
  const size_t at = bytes.find(from);
  if (at == std::string::npos || from.size() != to.size())
    throw std::runtime_error(path + " has nothing to patch");
  write_bytes(path, bytes.replace(at, to.size(), to));
}

}  // namespace edgesweep::testing
