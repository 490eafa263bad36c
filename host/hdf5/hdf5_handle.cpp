#include "host/hdf5/hdf5_handle.h"

#include <utility>
#include <vector>

#include "host/error.h"

namespace edgesweep {
namespace {

herr_t keep_description(unsigned, const H5E_error2_t* error, void* text) {
  if (error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

Hdf5Handle string_type(size_t size) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "cannot make an HDF5 string type");
  hdf5_check(H5Tset_size(type.get(), size), "cannot size an HDF5 string type");
  hdf5_check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "cannot make an HDF5 string type UTF-8");
  return type;
}

}  // namespace

Hdf5Handle::Hdf5Handle(hid_t id, Close close, const std::string& what) : id_(id), close_(close) {
  if (id < 0) throw SystemError(what + ": " + hdf5_error());
}

Hdf5Handle::Hdf5Handle(Hdf5Handle&& other) noexcept
    : id_(std::exchange(other.id_, -1)), close_(other.close_) {}

Hdf5Handle& Hdf5Handle::operator=(Hdf5Handle&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(close_, other.close_);
  return *this;
}

Hdf5Handle::~Hdf5Handle() {
  if (id_ >= 0) close_(id_);
}

void Hdf5Handle::close(const std::string& what) {
  if (id_ >= 0) hdf5_check(close_(std::exchange(id_, -1)), what);
}

Hdf5Silence::Hdf5Silence() {
  H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Hdf5Silence::~Hdf5Silence() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }

std::string hdf5_error() {
  std::string text;
  // Upward from the innermost call would stop at the first entry; downward, the last one that is
  // kept is the innermost.
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_description, &text);
  return text.empty() ? "unknown error" : text;
}

void hdf5_check(herr_t status, const std::string& what) {
  if (status < 0) throw SystemError(what + ": " + hdf5_error());
}

void write_string_attribute(hid_t object, const std::string& name, const std::string& text) {
  const std::string what = "cannot write the HDF5 attribute " + name;
  const htri_t exists = H5Aexists(object, name.c_str());
  hdf5_check(exists, what);
  if (exists > 0) hdf5_check(H5Adelete(object, name.c_str()), what);
  // Variable length: HDF5 limits what a fixed-length attribute holds to 64 KiB, and a resolved
  // config may be longer.
  const Hdf5Handle type = string_type(H5T_VARIABLE);
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose, what);
  Hdf5Handle attribute(
      H5Acreate2(object, name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
      what);
  const char* characters = text.c_str();
  hdf5_check(H5Awrite(attribute.get(), type.get(), &characters), what);
  attribute.close(what);
}

std::string read_string_attribute(hid_t object, const std::string& name) {
  const std::string what = "cannot read the HDF5 attribute " + name;
  const Hdf5Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, what);
  const Hdf5Handle stored(H5Aget_type(attribute.get()), H5Tclose, what);
  const Hdf5Handle space(H5Aget_space(attribute.get()), H5Sclose, what);
  if (H5Tget_class(stored.get()) != H5T_STRING || H5Sget_simple_extent_npoints(space.get()) != 1) {
    throw SystemError(what + ": it is not one string");
  }
  const htri_t variable = H5Tis_variable_str(stored.get());
  hdf5_check(variable, what);
  if (variable > 0) {
    char* characters = nullptr;
    hdf5_check(H5Aread(attribute.get(), stored.get(), &characters), what);
    std::string text = characters == nullptr ? "" : characters;
    hdf5_check(H5free_memory(characters), what);
    return text;
  }
  std::vector<char> characters(H5Tget_size(stored.get()) + 1, '\0');
  hdf5_check(H5Aread(attribute.get(), stored.get(), characters.data()), what);
  return characters.data();
}

void keep_hdf5_quiet_at_exit() {
  if (H5dont_atexit() < 0) throw SystemError("HDF5 was used before keep_hdf5_quiet_at_exit()");
}

}  // namespace edgesweep
