#include "host/hdf5/hdf5_handle.h"

#include <utility>

#include "host/error.h"

namespace edgesweep {
namespace {

herr_t keep_description(unsigned, const H5E_error2_t* error, void* text) {
  if (error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

/// The innermost message that names a version. "conversion" names none.
herr_t keep_version(unsigned, const H5E_error2_t* error, void* text) {
  const std::string description = error->desc == nullptr ? "" : error->desc;
  for (size_t at = description.find("version"); at != std::string::npos;
       at = description.find("version", at + 1))
    if (at == 0 || description[at - 1] == ' ') *static_cast<std::string*>(text) = description;
  return 0;
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

std::string hdf5_version_error() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_version, &text);
  return text;
}

std::string hdf5_library_version() {
  unsigned major = 0, minor = 0, release = 0;
  hdf5_check(H5get_libversion(&major, &minor, &release), "HDF5");
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

void keep_hdf5_quiet_at_exit() {
  if (H5dont_atexit() < 0) throw SystemError("HDF5 was used before keep_hdf5_quiet_at_exit()");
}

}  // namespace edgesweep
