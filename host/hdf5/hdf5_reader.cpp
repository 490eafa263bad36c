#include "host/hdf5/hdf5_reader.h"

#include <fmt/format.h>

#include "host/error.h"

namespace edgesweep {
namespace {

/// A dataset that is read whole. It may take what its file can hold.
template <typename T>
Hdf5Array<T> read_whole(const Hdf5Dataset& dataset) {
  uint64_t count = 1;
  for (const hsize_t extent : dataset.shape) count *= extent;
  dataset.parent.take(dataset.place, count, dataset.number.bytes, "numbers");
  Hdf5Array<T> array{dataset.shape, std::vector<T>(count)};
  read_numbers(dataset, H5S_ALL, H5S_ALL, 0, count, array.values.data());
  return array;
}

void check_present(const Hdf5Group& root, const std::string& name,
                   const std::vector<std::string>& expected) {
  if (!root.has(name)) refuse_missing(root.path(), name, root.names(), expected);
}

/// With a cache that holds the chunks of one row: the next rows come from the same chunks, and HDF5
/// would unpack them again each time.
Hdf5Handle opened_for_rows(Hdf5Dataset& dataset) {
  constexpr uint64_t kMaxCacheBytes = uint64_t{1} << 30;
  constexpr size_t kSlots = 10007;
  const Hdf5Group& group = dataset.parent;
  const std::string& place = dataset.place;
  const Hdf5Handle plan = group.opened(H5Dget_create_plist(dataset.handle.get()), H5Pclose, place);
  if (H5Pget_layout(plan.get()) != H5D_CHUNKED) return std::move(dataset.handle);
  dataset.handle = Hdf5Handle();  // HDF5 keeps the cache of the first one that is open
  hsize_t chunk[2] = {};
  if (H5Pget_chunk(plan.get(), 2, chunk) != 2) group.refuse_unreadable(place);
  const uint64_t item_bytes = dataset.number.bytes;
  const uint64_t chunk_columns = (dataset.shape[1] + chunk[1] - 1) / chunk[1] * chunk[1];
  if (chunk_columns > kMaxCacheBytes / item_bytes / chunk[0])
    group.refuse(place, fmt::format("chunks of {} rows", chunk[0]),
                 "chunks of fewer rows: those of one row at most 1 GiB together");
  const Hdf5Handle access = group.opened(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose, place);
  hdf5_check(H5Pset_chunk_cache(access.get(), kSlots, chunk_columns * chunk[0] * item_bytes,
                                /*rdcc_w0=*/1),
             "HDF5 chunk cache");
  return group.dataset(dataset.name, access.get());
}

}  // namespace

Hdf5Reader::Hdf5Reader(const std::string& path, const std::vector<std::string>& expected)
    : expected_(expected), root_(Hdf5Group::open(path, /*root=*/"")) {}

Hdf5Reader::Hdf5Reader(const InputFile& file, const std::vector<std::string>& expected)
    : expected_(expected), root_(Hdf5Group::open_bytes(file.path, file.bytes, /*root=*/"")) {}

Hdf5Array<double> Hdf5Reader::read_doubles(const std::string& name, int rank,
                                           uint64_t max_values) const {
  check_present(root_, name, expected_);
  return read_whole<double>(open_numbers(root_, name, {rank, max_values, /*floats=*/true}));
}

Hdf5Array<int32_t> Hdf5Reader::read_int32(const std::string& name, int rank,
                                          uint64_t max_values) const {
  check_present(root_, name, expected_);
  return read_whole<int32_t>(open_numbers(root_, name, {rank, max_values, /*floats=*/false}));
}

Hdf5Rows Hdf5Reader::open_rows(const std::string& name) const {
  constexpr uint64_t kAnySize = uint64_t{1} << 48;
  check_present(root_, name, expected_);
  Hdf5Dataset dataset = open_numbers(root_, name, {2, kAnySize, /*floats=*/true});
  Hdf5Handle handle = opened_for_rows(dataset);
  return Hdf5Rows(std::move(dataset), std::move(handle));
}

void Hdf5Rows::read(uint64_t first, uint64_t count, double* values) const {
  const hsize_t start[] = {first, 0};
  const hsize_t shape[] = {count, columns_};
  const Hdf5Group& group = dataset_.parent;
  const Hdf5Handle stored =
      group.opened(H5Dget_space(dataset_.handle.get()), H5Sclose, dataset_.place);
  const Hdf5Handle memory =
      group.opened(H5Screate_simple(2, shape, nullptr), H5Sclose, dataset_.place);
  if (H5Sselect_hyperslab(stored.get(), H5S_SELECT_SET, start, nullptr, shape, nullptr) < 0)
    group.refuse_unreadable(dataset_.place);
  read_numbers(dataset_, memory.get(), stored.get(), first * columns_, count * columns_, values);
}

}  // namespace edgesweep
