#include "tests/support/dataset_files.h"

#include <fmt/format.h>
#include <hdf5.h>
#include <zip.h>

#include <random>
#include <stdexcept>

#include "host/hdf5/hdf5_handle.h"

namespace edgesweep::testing {
namespace {

Hdf5Handle create_file(const std::string& path) {
  return Hdf5Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose,
                    path);
}

}  // namespace

NamedArrays small_dataset() {
  std::minstd_rand generator(7);
  const auto numbers = [&](size_t count, unsigned below, double scale) {
    std::vector<double> values(count);
    for (double& value : values) value = scale * static_cast<double>(generator() % below);
    return values;
  };
  return {{"metric_tr", numbers(60, 40, 0.025)}, {"wcost_tr", numbers(60, 2, 1)},
          {"scost_tr", numbers(60, 2, 1)},       {"metric_ts", numbers(40, 40, 0.025)},
          {"wcost_ts", numbers(40, 2, 1)},       {"scost_ts", numbers(40, 2, 1)}};
}

NamedArrays small_dataset_with(const std::string& name, const std::vector<double>& values) {
  NamedArrays arrays = small_dataset();
  for (auto& array : arrays) {
    if (array.first == name) array.second = values;
  }
  return arrays;
}

std::string npy(const std::string& dtype, const std::string& shape, const std::string& content,
                int version) {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", dtype, shape);
  const size_t preamble = version == 1 ? 10 : 12;
  while ((preamble + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string bytes("\x93NUMPY\0\0", 8);
  bytes[6] = static_cast<char>(version);
  for (size_t i = 0; i < preamble - 8; ++i) bytes += static_cast<char>(header.size() >> 8 * i);
  return bytes.append(header).append(content);
}

std::string npy(const std::vector<double>& values) {
  return npy("<f8", fmt::format("({},)", values.size()), bytes_of<double>(values));
}

NamedBytes npy_entries(const NamedArrays& arrays) {
  NamedBytes entries;
  for (const auto& [name, values] : arrays) entries.emplace_back(name + ".npy", npy(values));
  return entries;
}

NamedBytes replaced(NamedBytes entries, const std::string& name, const std::string& content) {
  for (auto& entry : entries) {
    if (entry.first != name + ".npy") continue;
    entry.second = content;
    return entries;
  }
  throw std::runtime_error("no entry " + name);
}

void write_npz(const std::string& path, const NamedBytes& entries, bool deflated) {
  int error = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
  require_written(archive != nullptr, path);
  for (const auto& [name, content] : entries) {
    zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
    const zip_int64_t index = zip_file_add(archive, name.c_str(), source, 0);
    require_written(index >= 0, name);
    // Not the time of writing: equal entries make equal files.
    require_written(
        zip_file_set_mtime(archive, static_cast<zip_uint64_t>(index), 1'000'000'000, 0) == 0, name);
    require_written(zip_set_file_compression(archive, static_cast<zip_uint64_t>(index),
                                             deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) == 0,
                    name);
    // Equal contents make equal files, whenever they are written.
    require_written(zip_file_set_mtime(archive, static_cast<zip_uint64_t>(index), 0, 0) == 0, name);
  }
  require_written(zip_close(archive) == 0, path);
}

void write_hdf5(const std::string& path, const NamedArrays& arrays, bool packed) {
  Hdf5Handle file = create_file(path);
  for (const auto& [name, values] : arrays) {
    const hsize_t count = values.size();
    const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose, name);
    const Hdf5Handle plan(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, name);
    // Without times in it the file has the same bytes whenever it is written.
    hdf5_check(H5Pset_obj_track_times(plan.get(), false), name);
    if (packed) {
      const hsize_t chunk = 16;
      hdf5_check(H5Pset_chunk(plan.get(), 1, &chunk), name);
      hdf5_check(H5Pset_shuffle(plan.get()), name);
      hdf5_check(H5Pset_deflate(plan.get(), 6), name);
    }
    const Hdf5Handle dataset(H5Dcreate2(file.get(), name.c_str(), H5T_IEEE_F64LE, space.get(),
                                        H5P_DEFAULT, plan.get(), H5P_DEFAULT),
                             H5Dclose, name);
    hdf5_check(
        H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
        name);
  }
  file.close(path);
}

void write_hdf5_table(const std::string& path, const std::string& name, int64_t type, uint64_t rows,
                      uint64_t columns, const std::vector<int64_t>& values) {
  Hdf5Handle file = create_file(path);
  const hsize_t shape[] = {rows, columns};
  const Hdf5Handle space(H5Screate_simple(2, shape, nullptr), H5Sclose, name);
  const Hdf5Handle plan(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, name);
  hdf5_check(H5Pset_obj_track_times(plan.get(), false), name);
  const Hdf5Handle dataset(
      H5Dcreate2(file.get(), name.c_str(), type, space.get(), H5P_DEFAULT, plan.get(), H5P_DEFAULT),
      H5Dclose, name);
  if (!values.empty()) {
    hdf5_check(
        H5Dwrite(dataset.get(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
        name);
  }
  file.close(path);
}

}  // namespace edgesweep::testing
