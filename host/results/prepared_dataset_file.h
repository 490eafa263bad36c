#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/data/prepared_dataset.h"

namespace edgesweep {
enum class DatasetFormat { hdf5, npz };

/// By the name's ending: .h5, .hdf5 or .npz.
std::optional<DatasetFormat> dataset_format(const std::string& path);

/// Writes a prepared dataset, whole or not at all: the six arrays every dataset has (load_dataset),
/// then what they were made from: entropy_tr, entropy_ts, image_tr and image_ts (positions in the
/// source), fit_entropy and fit_reward (the fitted curve), bandwidth_share and bandwidth_error. How
/// it was made stands in attributes of an HDF5 file, in .npz in the text `attributes`, as JSON. The
/// bytes do not depend on machine, threads or folder. version: of the program. Throws InputError
/// when even the training metrics are no dataset, SystemError when the file cannot be written.
void write_prepared_dataset(const std::string& path, DatasetFormat format,
                            const PreparedDataset& dataset, const std::string& version);

}  // namespace edgesweep
