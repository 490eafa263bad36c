#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/hdf5/hdf5_handle.h"
#include "host/input_file.h"

namespace edgesweep {

/// A group, first of all the root, of an HDF5 file from outside. The file is not trusted: only what
/// lies in the file itself is followed, and nothing takes more memory than the file's bytes can
/// hold. All members throw InputError with the file and the place in it. Groups share the open
/// file; it is closed with the last of them. HDF5 is used from one thread at a time. A file on
/// which HDF5 itself would crash is refused before it is opened (hdf5_trial.h).
class Hdf5Group {
 public:
  /// The root of a file on disk, which is read as needed and not locked: files that are read are
  /// replaced whole, never changed. root: what stands before the names in the root group in
  /// messages.
  static Hdf5Group open(const std::string& path, const std::string& root = "/");
  /// The root of a file in memory. path: for messages; empty where the caller adds it.
  static Hdf5Group open_bytes(const std::string& path, const std::vector<unsigned char>& bytes,
                              const std::string& root = "/");

  hid_t id() const { return handle_ ? handle_->get() : file_->handle.get(); }
  const std::string& path() const { return file_->path; }
  /// How messages name what lies directly under this group.
  std::string place(const std::string& name) const { return prefix_ + name; }

  /// Names directly under the group, in alphabetical order, at most 64.
  std::vector<std::string> names() const;
  bool has(const std::string& name) const;
  /// Of something that is there: is it a group?
  bool is_group(const std::string& name) const;
  Hdf5Group group(const std::string& name) const;
  /// access: a dataset access property list.
  Hdf5Handle dataset(const std::string& name, hid_t access = H5P_DEFAULT) const;

  /// Takes count * each bytes of the memory that reading this file may take: as many as its size
  /// could unpack to. Refuses with "found BYTES bytes of WHAT". Before that, nothing of the size
  /// that the file declares may be taken.
  void take(const std::string& place, uint64_t count, uint64_t each, const std::string& what) const;

  [[noreturn]] void refuse(const std::string& place, const std::string& found,
                           const std::string& allowed) const;
  /// For a call of HDF5 that failed: the file is damaged, or of a newer HDF5.
  [[noreturn]] void refuse_unreadable(const std::string& place) const;
  /// The identifier that a call of HDF5 gave, as a handle; refuse_unreadable() if it gave none.
  Hdf5Handle opened(hid_t id, Hdf5Handle::Close close, const std::string& place) const;

 private:
  struct File {
    std::string path;
    Hdf5Handle handle;
    uint64_t bytes = 0;
    uint64_t most = 0;  ///< that reading may take
    uint64_t left = 0;
  };

  Hdf5Group(std::shared_ptr<File> file, const std::string& prefix)
      : file_(std::move(file)), prefix_(prefix) {}
  static Hdf5Group opened_root(const std::string& path, const std::function<hid_t()>& open,
                               uint64_t bytes, const std::string& root);
  H5O_type_t kind_of(const std::string& name) const;

  std::shared_ptr<File> file_;
  std::shared_ptr<Hdf5Handle> handle_;  ///< nothing for the root
  std::string prefix_;
};

/// Where an HDF5 signature may stand: at 0, 512, 1024, 2048, ... bytes. What lies before is the
/// user block.
bool is_hdf5(const InputFile& file);
/// The same of a regular file on disk, of which no more is read. False if it cannot be read.
bool is_hdf5(const std::string& path);

}  // namespace edgesweep
