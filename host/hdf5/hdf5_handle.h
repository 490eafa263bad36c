#pragma once
#include <hdf5.h>

#include <string>

namespace edgesweep {

/// Owns one HDF5 identifier (file, dataset, group, type, space, property list) and closes it with
/// the function it was given. Movable, not copyable. HDF5 is used from one thread at a time.
class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Hdf5Handle() = default;
  /// Throws SystemError "WHAT: <HDF5's own message>" if id is negative, which is how HDF5 reports a
  /// failed open.
  Hdf5Handle(hid_t id, Close close, const std::string& what);
  Hdf5Handle(Hdf5Handle&& other) noexcept;
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept;
  Hdf5Handle(const Hdf5Handle&) = delete;
  Hdf5Handle& operator=(const Hdf5Handle&) = delete;
  /// Closes and ignores a failure. Whoever writes calls close() first, because closing is what
  /// flushes.
  ~Hdf5Handle();

  hid_t get() const { return id_; }
  /// Closes now. Throws SystemError if HDF5 could not; the handle is empty afterwards either way.
  void close(const std::string& what);

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// While it lives, HDF5 prints no error stacks to standard error (on this thread); errors stay
/// readable by hdf5_error().
class Hdf5Silence {
 public:
  Hdf5Silence();
  ~Hdf5Silence();
  Hdf5Silence(const Hdf5Silence&) = delete;
  Hdf5Silence& operator=(const Hdf5Silence&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// The innermost message of HDF5's last failed call, or "unknown error".
std::string hdf5_error();

/// Throws SystemError "WHAT: <HDF5's own message>" if status (herr_t, htri_t) is negative.
void hdf5_check(herr_t status, const std::string& what);

/// What HDF5's last failed call says of a version of its format that it does not know ("bad version
/// number for datatype message"); empty if it failed for another reason.
std::string hdf5_version_error();

/// "1.10.8": of the library that is used.
std::string hdf5_library_version();

/// To be called before anything else of HDF5: at the end of the program the library leaves alone
/// what is still open. Otherwise it complains on standard error about objects that it lost itself
/// while it refused a damaged file.
void keep_hdf5_quiet_at_exit();

}  // namespace edgesweep
