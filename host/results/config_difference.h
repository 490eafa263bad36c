#pragma once
#include <optional>
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

/// A setting in which two configs differ, for messages.
struct ConfigDifference {
  std::string place;  ///< "dqn.width"; "figure_6: dqn.width" where a config includes others
  std::string then;   ///< its value, the list of its axis, or "nothing"
  std::string now;

  /// "dqn.width was 64 and is 32"
  std::string text() const;
};

/// The first setting, in alphabetical order, in which the configs of two sweeps differ. Files count
/// by their content (StoredSweep::inputs), so the same file by another path is no difference.
/// Nothing when they differ in names and descriptions at most.
std::optional<ConfigDifference> first_difference(const StoredSweep& then, const StoredSweep& now);

}  // namespace edgesweep
