#include "tests/support/classifier_files.h"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <random>

#include "host/hdf5/hdf5_handle.h"

namespace edgesweep::testing {

PairArrays small_pair(uint64_t images, uint64_t classes) {
  std::minstd_rand generator(11);
  const auto uniform = [&] { return static_cast<double>(generator() % 10000) / 10000; };
  Matrix logits{{}, classes};
  std::vector<double> label, strong_rank;
  for (uint64_t i = 0; i < images; ++i) {
    const uint64_t truth = generator() % classes;
    const double sureness = 4 * uniform();
    for (uint64_t c = 0; c < classes; ++c)
      logits.values.push_back(2 * uniform() + (c == truth ? sureness - 0.7 : 0));
    label.push_back(static_cast<double>(truth));
    strong_rank.push_back(uniform() < 0.9 ? 1
                                          : 2 + static_cast<double>(generator() % (classes - 1)));
  }
  return {{{"weak_logits", logits}}, {{"label", label}, {"strong_rank", strong_rank}}};
}

PairArrays pair_without(PairArrays arrays, const std::string& name) {
  std::erase_if(arrays.vectors, [&](const auto& array) { return array.first == name; });
  std::erase_if(arrays.matrices, [&](const auto& array) { return array.first == name; });
  return arrays;
}

PairArrays pair_with(PairArrays arrays, const std::string& name,
                     const std::vector<double>& values) {
  arrays = pair_without(std::move(arrays), name);
  arrays.vectors.emplace_back(name, values);
  return arrays;
}

void write_pair_npz(const std::string& path, const PairArrays& arrays) {
  NamedBytes entries = npy_entries(arrays.vectors);
  for (const auto& [name, matrix] : arrays.matrices) {
    const std::string shape = fmt::format("({}, {})", matrix.rows(), matrix.columns);
    entries.emplace_back(name + ".npy", npy("<f8", shape, bytes_of<double>(matrix.values)));
  }
  write_npz(path, entries);
}

void write_pair_hdf5(const std::string& path, const PairArrays& arrays, uint64_t chunk_rows,
                     uint64_t chunk_columns) {
  write_hdf5(path, arrays.vectors);
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, path);
  for (const auto& [name, matrix] : arrays.matrices) {
    const hsize_t shape[] = {matrix.rows(), matrix.columns};
    const Hdf5Handle space(H5Screate_simple(2, shape, nullptr), H5Sclose, name);
    const Hdf5Handle plan(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, name);
    if (chunk_rows > 0) {
      const hsize_t chunk[] = {chunk_rows, chunk_columns};
      hdf5_check(H5Pset_chunk(plan.get(), 2, chunk), name);
      hdf5_check(H5Pset_shuffle(plan.get()), name);
      hdf5_check(H5Pset_deflate(plan.get(), 1), name);
    }
    const Hdf5Handle dataset(H5Dcreate2(file.get(), name.c_str(), H5T_IEEE_F64LE, space.get(),
                                        H5P_DEFAULT, plan.get(), H5P_DEFAULT),
                             H5Dclose, name);
    if (matrix.values.empty()) continue;
    hdf5_check(H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                        matrix.values.data()),
               name);
  }
  file.close(path);
}

}  // namespace edgesweep::testing
