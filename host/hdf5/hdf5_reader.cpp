#include "host/hdf5/hdf5_reader.h"

#include <fmt/format.h>

#include <atomic>
#include <cstring>

#include "host/error.h"
#include "host/hdf5/hdf5_storage.h"

namespace edgesweep {
namespace {

constexpr const char* kAllowedFile = "an undamaged HDF5 file";
constexpr const char* kAllowedDataset = "a dataset of numbers";
constexpr size_t kMaxNames = 64;

[[noreturn]] void refuse_damaged(const std::string& path, const std::string& name) {
  throw InputError(path, name, fmt::format("damaged HDF5 content ({})", hdf5_error()),
                   kAllowedFile);
}

/// The library call's identifier as a handle, or InputError: here a failed call means a damaged
/// file.
Hdf5Handle opened(hid_t id, Hdf5Handle::Close close, const std::string& path,
                  const std::string& name = "") {
  if (id < 0) refuse_damaged(path, name);
  return Hdf5Handle(id, close, path);
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* collected) {
  auto* names = static_cast<std::vector<std::string>*>(collected);
  names->push_back(name);
  return names->size() < kMaxNames ? 0 : 1;
}

Hdf5Handle open_image(const InputFile& file) {
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "HDF5");
  constexpr size_t kIncrement = size_t{1} << 20;
  hdf5_check(H5Pset_fapl_core(access.get(), kIncrement, /*backing_store=*/false), "HDF5");
  // HDF5 copies the image and only reads the original; its signature leaves out the const.
  auto* bytes = const_cast<unsigned char*>(file.bytes.data());
  hdf5_check(H5Pset_file_image(access.get(), bytes, file.bytes.size()), "HDF5");
  // An image needs a name that no file has and no other image that is open. Nothing lies below a
  // regular file.
  static std::atomic<int> number = 0;
  const std::string name = fmt::format("{}/image{}", file.path, ++number);
  return opened(H5Fopen(name.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose, file.path);
}

Hdf5Handle open_on_disk(const std::string& path) {
  check_regular_file(path);
  return opened(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, path);
}

}  // namespace

bool is_hdf5(const InputFile& file) {
  constexpr unsigned char kSignature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  const size_t size = file.bytes.size();
  for (size_t at = 0; at + sizeof kSignature <= size; at = at == 0 ? 512 : at * 2) {
    if (std::memcmp(file.bytes.data() + at, kSignature, sizeof kSignature) == 0) return true;
  }
  return false;
}

Hdf5Reader::Hdf5Reader(const std::string& path, const std::vector<std::string>& expected)
    : path_(path), expected_(expected), file_(open_on_disk(path)) {}

Hdf5Reader::Hdf5Reader(const InputFile& file, const std::vector<std::string>& expected)
    : path_(file.path), expected_(expected), file_(open_image(file)) {}

std::vector<std::string> Hdf5Reader::names() const {
  std::vector<std::string> names;
  if (H5Literate(file_.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names) < 0) {
    refuse_damaged(path_, "");
  }
  return names;
}

Hdf5Array<double> Hdf5Reader::read_doubles(const std::string& name, int rank,
                                           uint64_t max_values) const {
  return read<double>(name, rank, max_values, /*allow_floats=*/true, H5T_NATIVE_DOUBLE);
}

Hdf5Array<int32_t> Hdf5Reader::read_int32(const std::string& name, int rank,
                                          uint64_t max_values) const {
  return read<int32_t>(name, rank, max_values, /*allow_floats=*/false, H5T_NATIVE_INT32);
}

template <typename T>
Hdf5Array<T> Hdf5Reader::read(const std::string& name, int rank, uint64_t max_values,
                              bool allow_floats, hid_t memory_type) const {
  const Hdf5Handle dataset = open(name);
  Hdf5Array<T> array;
  array.shape = checked_shape(name, dataset.get(), rank, max_values);
  const uint64_t item_bytes = checked_item_bytes(name, dataset.get(), allow_floats);
  check_hdf5_storage(path_, name, dataset.get(), array.shape, item_bytes);
  uint64_t count = 1;
  for (const hsize_t extent : array.shape) count *= extent;
  array.values.resize(count);
  if (count > 0 &&
      H5Dread(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data()) < 0) {
    refuse_damaged(path_, name);
  }
  return array;
}

void Hdf5Rows::read(uint64_t first, uint64_t count, double* values) const {
  const hsize_t start[] = {first, 0};
  const hsize_t shape[] = {count, columns_};
  const Hdf5Handle stored = opened(H5Dget_space(dataset_.get()), H5Sclose, path_, name_);
  const Hdf5Handle memory = opened(H5Screate_simple(2, shape, nullptr), H5Sclose, path_, name_);
  if (H5Sselect_hyperslab(stored.get(), H5S_SELECT_SET, start, nullptr, shape, nullptr) < 0 ||
      H5Dread(dataset_.get(), H5T_NATIVE_DOUBLE, memory.get(), stored.get(), H5P_DEFAULT, values) <
          0) {
    refuse_damaged(path_, name_);
  }
}

Hdf5Rows Hdf5Reader::open_rows(const std::string& name) const {
  constexpr uint64_t kAnySize = uint64_t{1} << 48;
  Hdf5Rows rows;
  rows.path_ = path_;
  rows.name_ = name;
  rows.dataset_ = open(name);
  const std::vector<hsize_t> shape = checked_shape(name, rows.dataset_.get(), 2, kAnySize);
  const uint64_t item_bytes = checked_item_bytes(name, rows.dataset_.get(), /*allow_floats=*/true);
  check_hdf5_storage(path_, name, rows.dataset_.get(), shape, item_bytes);
  rows.rows_ = shape[0];
  rows.columns_ = shape[1];
  rows.dataset_ = Hdf5Handle();
  rows.dataset_ = open_for_rows(name, shape[1], item_bytes);
  return rows;
}

/// With a cache that holds the chunks of one row: the next rows come from the same chunks, and HDF5
/// would unpack them again each time.
Hdf5Handle Hdf5Reader::open_for_rows(const std::string& name, uint64_t columns,
                                     uint64_t item_bytes) const {
  constexpr uint64_t kMaxCacheBytes = uint64_t{1} << 30;
  constexpr size_t kSlots = 10007;
  Hdf5Handle dataset = open(name);
  const Hdf5Handle plan = opened(H5Dget_create_plist(dataset.get()), H5Pclose, path_, name);
  if (H5Pget_layout(plan.get()) != H5D_CHUNKED) return dataset;
  dataset = Hdf5Handle();  // HDF5 keeps the cache of the first one that is open
  hsize_t chunk[2] = {};
  if (H5Pget_chunk(plan.get(), 2, chunk) != 2) refuse_damaged(path_, name);
  const uint64_t chunk_columns = (columns / chunk[1] + 1) * chunk[1];
  if (chunk_columns > kMaxCacheBytes / item_bytes / chunk[0]) {
    throw InputError(path_, name, fmt::format("chunks of {} rows", chunk[0]),
                     "chunks of fewer rows: those of one row at most 1 GiB together");
  }
  const Hdf5Handle access = opened(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose, path_, name);
  hdf5_check(H5Pset_chunk_cache(access.get(), kSlots, chunk_columns * chunk[0] * item_bytes,
                                /*rdcc_w0=*/1),
             "HDF5 chunk cache");
  return opened(H5Dopen2(file_.get(), name.c_str(), access.get()), H5Dclose, path_, name);
}

Hdf5Handle Hdf5Reader::open(const std::string& name) const {
  const htri_t exists = H5Lexists(file_.get(), name.c_str(), H5P_DEFAULT);
  if (exists < 0) refuse_damaged(path_, name);
  if (exists == 0) refuse_missing(path_, name, names(), expected_);
  H5L_info_t link;
  if (H5Lget_info(file_.get(), name.c_str(), &link, H5P_DEFAULT) < 0) refuse_damaged(path_, name);
  // A soft or external link may lead to another file, or to a pipe that never answers.
  if (link.type != H5L_TYPE_HARD) throw InputError(path_, name, "a link", kAllowedDataset);
  H5O_info_t object;
  if (H5Oget_info_by_name2(file_.get(), name.c_str(), &object, H5O_INFO_BASIC, H5P_DEFAULT) < 0) {
    refuse_damaged(path_, name);
  }
  if (object.type != H5O_TYPE_DATASET) {
    throw InputError(path_, name, "a group or named type", kAllowedDataset);
  }
  return opened(H5Dopen2(file_.get(), name.c_str(), H5P_DEFAULT), H5Dclose, path_, name);
}

std::vector<hsize_t> Hdf5Reader::checked_shape(const std::string& name, hid_t dataset, int rank,
                                               uint64_t max_values) const {
  const Hdf5Handle space = opened(H5Dget_space(dataset), H5Sclose, path_, name);
  const int found = H5Sget_simple_extent_ndims(space.get());
  if (found < 0) refuse_damaged(path_, name);
  if (found != rank) {
    throw InputError(path_, name, fmt::format("{} dimensions", found), std::to_string(rank));
  }
  std::vector<hsize_t> shape(static_cast<size_t>(rank));
  if (H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr) < 0) {
    refuse_damaged(path_, name);
  }
  uint64_t count = 1;
  for (const hsize_t extent : shape) {
    if (extent != 0 && count > max_values / extent) {
      throw InputError(path_, name, fmt::format("the shape ({})", fmt::join(shape, ", ")),
                       fmt::format("at most {} numbers", max_values));
    }
    count *= extent;
  }
  return shape;
}

uint64_t Hdf5Reader::checked_item_bytes(const std::string& name, hid_t dataset,
                                        bool allow_floats) const {
  const Hdf5Handle type = opened(H5Dget_type(dataset), H5Tclose, path_, name);
  const H5T_class_t kind = H5Tget_class(type.get());
  const size_t bytes = H5Tget_size(type.get());
  const bool integer = kind == H5T_INTEGER && bytes >= 1 && bytes <= 8;
  const bool real = kind == H5T_FLOAT && bytes >= 2 && bytes <= 16;
  if (!integer && !(real && allow_floats)) {
    const std::string found =
        real ? "floats" : "values that are neither integers nor floats HDF5 can convert";
    throw InputError(path_, name, found, allow_floats ? "integers or floats" : "integers");
  }
  return bytes;
}

}  // namespace edgesweep
