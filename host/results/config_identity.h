#pragma once
#include <string>
#include <vector>

#include "host/results/results_file.h"

namespace edgesweep {

/// A resolved config reduced to what decides its results: without name and description, and with
/// the hash of each input file in place of its path ("" for a path that is not in `inputs`: a file
/// that no run reads). Text that is not JSON stays as it is.
std::string config_without_paths(const std::string& resolved_json,
                                 const std::vector<InputHash>& inputs);

/// Are two resolved configs the same but for name and description, which change no result?
bool same_config(const std::string& resolved_json, const std::string& other_json);

}  // namespace edgesweep
