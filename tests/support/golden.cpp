#include "tests/support/golden.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "host/hdf5/hdf5_handle.h"
#include "tests/support/paths.h"

namespace edgesweep::testing {
namespace {

Hdf5Handle open_golden() {
  return Hdf5Handle(H5Fopen(golden_path().c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose,
                    golden_path());
}

std::vector<hsize_t> shape_of(hid_t dataset, const std::string& what) {
  const Hdf5Handle space(H5Dget_space(dataset), H5Sclose, what);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  hdf5_check(rank, what);
  std::vector<hsize_t> shape(static_cast<size_t>(rank));
  if (rank > 0) hdf5_check(H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr), what);
  return shape;
}

herr_t collect_group(hid_t parent, const char* name, const H5L_info_t*, void* names) {
  H5O_info_t info;
  if (H5Oget_info_by_name2(parent, name, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) return -1;
  if (info.type == H5O_TYPE_GROUP)
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

std::string golden_path() {
  const char* path = std::getenv("EDGESWEEP_GOLDEN");
  return path != nullptr ? path : testing::source_dir() + "/tests/data/golden.h5";
}

GoldenArray read_golden(const std::string& dataset_path) {
  const Hdf5Silence silence;
  const std::string what = golden_path() + ": " + dataset_path;
  const Hdf5Handle file = open_golden();
  const Hdf5Handle dataset(H5Dopen2(file.get(), dataset_path.c_str(), H5P_DEFAULT), H5Dclose, what);
  GoldenArray array;
  array.shape = shape_of(dataset.get(), what);
  size_t count = 1;
  for (const hsize_t extent : array.shape) count *= extent;
  array.values.resize(count);
  hdf5_check(
      H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data()),
      what);
  return array;
}

double golden_scalar(const std::string& dataset_path) {
  const GoldenArray array = read_golden(dataset_path);
  if (array.values.size() != 1) {
    throw std::runtime_error(golden_path() + ": " + dataset_path + " is not one value");
  }
  return array.values[0];
}

std::vector<std::string> golden_groups(const std::string& parent) {
  const Hdf5Silence silence;
  const std::string what = golden_path() + ": " + parent;
  const Hdf5Handle file = open_golden();
  const std::string path = parent.empty() ? "/" : parent;
  const Hdf5Handle group(H5Gopen2(file.get(), path.c_str(), H5P_DEFAULT), H5Gclose, what);
  std::vector<std::string> names;
  hdf5_check(H5Literate(group.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_group, &names),
             what);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace edgesweep::testing
