#include "host/hdf5/hdf5_group.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "host/error.h"
#include "host/hdf5/hdf5_trial.h"

namespace edgesweep {
namespace {

constexpr size_t kMaxNames = 64;
constexpr std::array<unsigned char, 8> kSignature = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
/// Deflate packs at most 258 bytes into 2 bits.
constexpr uint64_t kMostUnpacked = 1032;
/// For what is stored without being counted in the size, as fill values are.
constexpr uint64_t kLeastAllowance = uint64_t{1} << 16;

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* collected) {
  auto* names = static_cast<std::vector<std::string>*>(collected);
  names->emplace_back(name);
  return names->size() < kMaxNames ? 0 : 1;
}

uint64_t next_signature(uint64_t at) { return at == 0 ? 512 : at * 2; }

}  // namespace

bool is_hdf5(const InputFile& file) {
  const size_t size = file.bytes.size();
  for (uint64_t at = 0; at + kSignature.size() <= size; at = next_signature(at))
    if (std::memcmp(file.bytes.data() + at, kSignature.data(), kSignature.size()) == 0) return true;
  return false;
}

bool is_hdf5(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<unsigned char, kSignature.size()> found = {};
  for (uint64_t at = 0; file.good(); at = next_signature(at)) {
    file.seekg(static_cast<std::streamoff>(at));
    file.read(reinterpret_cast<char*>(found.data()), found.size());
    if (file.good() && found == kSignature) return true;
  }
  return false;
}

Hdf5Group Hdf5Group::opened_root(const std::string& path, const std::function<hid_t()>& open,
                                 uint64_t bytes, const std::string& root) {
  try_hdf5_file(path, bytes, open);
  auto file = std::make_shared<File>();
  file->path = path;
  file->bytes = bytes;
  file->most = file->left = std::max(bytes * kMostUnpacked, kLeastAllowance);
  Hdf5Group group(file, root);
  file->handle = group.opened(open(), H5Fclose, "");
  return group;
}

Hdf5Group Hdf5Group::open(const std::string& path, const std::string& root) {
  check_regular_file(path);
  if (!is_hdf5(path)) throw InputError(path, "", "no HDF5 file", "an HDF5 file");
  std::error_code error;
  const uint64_t bytes = std::filesystem::file_size(path, error);
  if (error) throw SystemError(path + ": " + error.message());
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "HDF5 file access");
  hdf5_check(H5Pset_file_locking(access.get(), false, true), "HDF5 file access");
  return opened_root(
      path, [&] { return H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()); }, bytes, root);
}

Hdf5Group Hdf5Group::open_bytes(const std::string& path, const std::vector<unsigned char>& bytes,
                                const std::string& root) {
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "HDF5 file in memory");
  constexpr size_t kIncrement = size_t{1} << 20;
  hdf5_check(H5Pset_fapl_core(access.get(), kIncrement, /*backing_store=*/false), "HDF5");
  // HDF5 copies the bytes and only reads the original; its signature leaves out the const.
  auto* content = const_cast<unsigned char*>(bytes.data());
  hdf5_check(H5Pset_file_image(access.get(), content, bytes.size()), "HDF5");
  // It needs a name that no file has and no other one that is open: nothing lies below a regular
  // file.
  static std::atomic<int> number = 0;
  const std::string name = fmt::format("{}/bytes{}", path, ++number);
  return opened_root(
      path, [&] { return H5Fopen(name.c_str(), H5F_ACC_RDONLY, access.get()); }, bytes.size(),
      root);
}

std::vector<std::string> Hdf5Group::names() const {
  std::vector<std::string> names;
  if (H5Literate(id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names) < 0)
    refuse_unreadable(prefix_);
  return names;
}

bool Hdf5Group::has(const std::string& name) const {
  // HDF5 would follow the links on the way of a path.
  if (name.empty() || name == "." || name.find('/') != std::string::npos)
    refuse(prefix_, fmt::format("the name \"{}\"", printable(name)), "names without a slash");
  const htri_t exists = H5Lexists(id(), name.c_str(), H5P_DEFAULT);
  if (exists < 0) refuse_unreadable(place(name));
  return exists > 0;
}

H5O_type_t Hdf5Group::kind_of(const std::string& name) const {
  H5L_info_t link;
  if (H5Lget_info(id(), name.c_str(), &link, H5P_DEFAULT) < 0) refuse_unreadable(place(name));
  // A soft or external link may lead to another file, or to a pipe that never answers.
  if (link.type != H5L_TYPE_HARD)
    refuse(place(name), "a link", "content that lies in the file itself");
  H5O_info_t object;
  if (H5Oget_info_by_name2(id(), name.c_str(), &object, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
    refuse_unreadable(place(name));
  return object.type;
}

bool Hdf5Group::is_group(const std::string& name) const { return kind_of(name) == H5O_TYPE_GROUP; }

Hdf5Group Hdf5Group::group(const std::string& name) const {
  if (!has(name)) refuse(place(name), "nothing", "a group");
  if (!is_group(name)) refuse(place(name), "a dataset or named type", "a group");
  Hdf5Group group(file_, place(name) + "/");
  group.handle_ = std::make_shared<Hdf5Handle>(
      opened(H5Gopen2(id(), name.c_str(), H5P_DEFAULT), H5Gclose, place(name)));
  return group;
}

Hdf5Handle Hdf5Group::dataset(const std::string& name, hid_t access) const {
  if (!has(name)) refuse(place(name), "nothing", "a dataset");
  if (kind_of(name) != H5O_TYPE_DATASET) refuse(place(name), "a group or named type", "a dataset");
  return opened(H5Dopen2(id(), name.c_str(), access), H5Dclose, place(name));
}

void Hdf5Group::take(const std::string& place, uint64_t count, uint64_t each,
                     const std::string& what) const {
  if (each != 0 && count > file_->left / each) {
    const double bytes = static_cast<double>(count) * static_cast<double>(each);
    refuse(place,
           fmt::format("{:.0f} bytes of {} in a file of {} bytes", bytes, what, file_->bytes),
           fmt::format("at most {} together, which is what a file of this size can hold packed",
                       file_->most));
  }
  file_->left -= count * each;
}

void Hdf5Group::refuse(const std::string& place, const std::string& found,
                       const std::string& allowed) const {
  throw InputError(path(), place, found, allowed);
}

void Hdf5Group::refuse_unreadable(const std::string& place) const {
  if (const std::string version = hdf5_version_error(); !version.empty())
    refuse(place,
           fmt::format("content of a newer HDF5 than {}, with which this program was built ({})",
                       hdf5_library_version(), version),
           "a file for older readers: written with h5py's libver=('earliest', 'v110'), or "
           "converted by h5repack --low=0 --high=2; complex numbers as two arrays");
  refuse(place, fmt::format("damaged HDF5 content ({})", hdf5_error()), "an undamaged HDF5 file");
}

Hdf5Handle Hdf5Group::opened(hid_t id, Hdf5Handle::Close close, const std::string& place) const {
  if (id < 0) refuse_unreadable(place);
  return Hdf5Handle(id, close, path());
}

}  // namespace edgesweep
