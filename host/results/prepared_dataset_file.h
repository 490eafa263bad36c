#pragma once
#include <string>

#include "host/data/prepared_dataset.h"

namespace edgesweep {

/// Writes a prepared dataset as HDF5, whole or not at all: the six arrays every dataset has
/// (load_dataset), then what they were made from: entropy_tr, entropy_ts, image_tr and image_ts
/// (positions in the source), fit_entropy and fit_reward (the fitted curve), bandwidth_share and
/// bandwidth_error. Attributes say how it was made. The bytes do not depend on machine, threads or
/// folder. version: of the program. Throws InputError when even the training metrics are no
/// dataset, SystemError when the file cannot be written.
void write_prepared_dataset(const std::string& path, const PreparedDataset& dataset,
                            const std::string& version);

}  // namespace edgesweep
