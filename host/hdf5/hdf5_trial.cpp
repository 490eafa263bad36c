#include "host/hdf5/hdf5_trial.h"

#include <fmt/format.h>

#include <cstring>
#include <set>
#include <vector>

#include "host/child_process.h"
#include "host/error.h"
#include "host/hdf5/hdf5_handle.h"

namespace edgesweep {
namespace {

constexpr uint64_t kSeconds = 60;
constexpr uint64_t kBytesASecond = uint64_t{10} << 20;
constexpr uint64_t kSpareMemory = uint64_t{1} << 30;
constexpr int kMostDeep = 64;

/// Closes what HDF5 opened, whatever it says of that. Unlike Hdf5Handle it takes what failed.
class Opened {
 public:
  Opened(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    if (id_ >= 0) close_(id_);
  }
  explicit operator bool() const { return id_ >= 0; }
  hid_t get() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

herr_t collect_link(hid_t, const char* name, const H5L_info_t* link, void* collected) {
  if (link->type == H5L_TYPE_HARD)
    static_cast<std::vector<std::string>*>(collected)->emplace_back(name);
  return 0;
}

/// Looks at everything in a file that readers ask HDF5 about. Errors are passed over.
class Walk {
 public:
  explicit Walk(uint64_t bytes) : bytes_(bytes) {}

  void group(hid_t group, int depth) {
    attributes(group);
    std::vector<std::string> names;
    H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_link, &names);
    for (const std::string& name : names) object(group, name, depth);
    // Names that no file of ours has are looked for as well, before and behind all others.
    for (const char* name : {"!", "~"}) H5Lexists(group, name, H5P_DEFAULT);
  }

 private:
  void object(hid_t parent, const std::string& name, int depth) {
    H5L_info_t link;
    H5O_info_t info;
    if (H5Lexists(parent, name.c_str(), H5P_DEFAULT) <= 0 ||
        H5Lget_info(parent, name.c_str(), &link, H5P_DEFAULT) < 0 ||
        H5Oget_info_by_name2(parent, name.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
      return;
    // A damaged file may hold itself.
    if (!seen_.insert(info.addr).second || depth == kMostDeep) return;
    if (info.type == H5O_TYPE_GROUP) {
      const Opened opened(H5Gopen2(parent, name.c_str(), H5P_DEFAULT), H5Gclose);
      if (opened) group(opened.get(), depth + 1);
    } else if (info.type == H5O_TYPE_DATASET) {
      const Opened opened(H5Dopen2(parent, name.c_str(), H5P_DEFAULT), H5Dclose);
      if (opened) dataset(opened.get());
    }
  }

  void dataset(hid_t dataset) const {
    attributes(dataset);
    const Opened space(H5Dget_space(dataset), H5Sclose);
    const Opened type(H5Dget_type(dataset), H5Tclose);
    const Opened plan(H5Dget_create_plist(dataset), H5Pclose);
    H5Dget_storage_size(dataset);
    if (!space || !type || !plan) return;
    members(type.get());
    if (H5Pget_layout(plan.get()) == H5D_CHUNKED) chunks(dataset, space.get(), plan.get());
  }

  void members(hid_t type) const {
    if (H5Tget_class(type) != H5T_COMPOUND) return;
    const int count = H5Tget_nmembers(type);
    for (int i = 0; i < count; ++i)
      const Opened member(H5Tget_member_type(type, static_cast<unsigned>(i)), H5Tclose);
  }

  /// Every chunk that the shape has is looked up, as far as the file has room for them.
  void chunks(hid_t dataset, hid_t space, hid_t plan) const {
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank <= 0) return;
    std::vector<hsize_t> shape(static_cast<size_t>(rank)), chunk(shape.size());
    if (H5Sget_simple_extent_dims(space, shape.data(), nullptr) < 0 ||
        H5Pget_chunk(plan, rank, chunk.data()) != rank)
      return;
    const uint64_t most = bytes_ / sizeof(haddr_t);
    uint64_t count = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 0 || chunk[i] == 0) return;
      const uint64_t along = (shape[i] - 1) / chunk[i] + 1;
      if (along > most / count) return;
      count *= along;
    }
    std::vector<hsize_t> corner(shape.size(), 0);
    for (uint64_t number = 0; number < count; ++number) {
      hsize_t size = 0;
      haddr_t address = 0;
      unsigned skipped = 0;
      H5Dget_chunk_storage_size(dataset, corner.data(), &size);
      H5Dget_chunk_info_by_coord(dataset, corner.data(), &skipped, &address, &size);
      for (size_t i = shape.size(); i-- > 0;) {
        corner[i] += chunk[i];
        if (corner[i] < shape[i]) break;
        corner[i] = 0;
      }
    }
  }

  void attributes(hid_t object) const {
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_NUM_ATTRS) < 0) return;
    for (hsize_t i = 0; i < info.num_attrs && i < bytes_; ++i) {
      const Opened attribute(
          H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT),
          H5Aclose);
      if (attribute) read(attribute.get());
    }
  }

  void read(hid_t attribute) const {
    const Opened space(H5Aget_space(attribute), H5Sclose);
    const Opened type(H5Aget_type(attribute), H5Tclose);
    if (!space || !type) return;
    const hssize_t count = H5Sget_simple_extent_npoints(space.get());
    const size_t width = H5Tget_size(type.get());
    // Texts of variable length would be allocated by HDF5; no reader reads one.
    if (count <= 0 || width == 0 || H5Tdetect_class(type.get(), H5T_VLEN) != 0 ||
        H5Tis_variable_str(type.get()) != 0 || static_cast<uint64_t>(count) > bytes_ / width)
      return;
    std::vector<char> values(static_cast<uint64_t>(count) * width);
    H5Aread(attribute, type.get(), values.data());
  }

  uint64_t bytes_;
  std::set<haddr_t> seen_;
};

void walk(uint64_t bytes, const std::function<hid_t()>& open) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const Opened file(open(), H5Fclose);
  if (!file) return;
  const Opened root(H5Gopen2(file.get(), "/", H5P_DEFAULT), H5Gclose);
  if (root) Walk(bytes).group(root.get(), 0);
}

}  // namespace

void try_hdf5_file(const std::string& path, uint64_t bytes, const std::function<hid_t()>& open) {
  const ChildLimits limits = {kSeconds + bytes / kBytesASecond, kSpareMemory + 2 * bytes};
  const Child child = run_in_child(limits, [&] { walk(bytes, open); });
  constexpr const char* kAllowed = "an undamaged HDF5 file";
  switch (child.end) {
    case ChildEnd::finished:
      return;
    case ChildEnd::killed:
      throw SystemError(path + ": the process that looked at it was killed (is memory short?)");
    case ChildEnd::too_long:
      throw InputError(path, "",
                       fmt::format("damaged HDF5 content (HDF5 {} takes more than {} seconds to "
                                   "look at it)",
                                   hdf5_library_version(), limits.seconds),
                       kAllowed);
    case ChildEnd::crashed:
      break;
  }
  throw InputError(
      path, "",
      fmt::format("damaged HDF5 content (HDF5 {} breaks on it: {})", hdf5_library_version(),
                  child.signal == 0 ? "its process ended" : strsignal(child.signal)),
      kAllowed);
}

}  // namespace edgesweep
