#pragma once
#include <optional>
#include <string>

#include "host/results/results_file.h"

namespace edgesweep {

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
