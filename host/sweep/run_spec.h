#pragma once
#include <string>
#include <utility>
#include <vector>

#include "host/config/settings.h"

namespace edgesweep {

/// One run of a sweep: its settings, and what identifies it.
struct RunSpec {
  std::string id;  ///< 12 hex digits of the SHA-256 of the resolved config: same settings, same id
  RunSettings settings;
  std::string
      resolved_json;  ///< the settings with every default filled in, canonical JSON (sorted keys)
  /// Every setting as (column name, value), nested names joined by "_": ("metric_sequence_spread",
  /// "0.1"). Value is a JSON scalar as text, or "" where the setting does not apply to the run.
  /// Same columns for all runs.
  std::vector<std::pair<std::string, std::string>> columns;
};

/// A config file read, checked, filled and expanded.
struct Sweep {
  std::string name;
  std::string description;
  std::string config_path;
  std::string resolved_json;  ///< the whole config with defaults filled in, canonical JSON: what a
                              ///< results file belongs to
  std::vector<std::string>
      swept;  ///< column names of the settings that differ between runs, in axis order
  std::vector<RunSpec> runs;  ///< product of the axes, the last axis fastest; ids are unique
};

}  // namespace edgesweep
