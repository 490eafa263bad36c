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

/// A named list of runs: what one config asks for.
struct Experiment {
  std::string name;
  std::string description;
  std::vector<std::string>
      swept;  ///< column names of the settings that differ between its runs, in axis order
  std::vector<std::string> runs;  ///< ids: product of its axes, the last axis fastest
};

/// A config file read, checked, filled and expanded.
struct Sweep {
  std::string name;
  std::string description;
  std::string config_path;
  std::vector<std::string> config_files;  ///< config_path and every config that it includes
  std::string resolved_json;  ///< the whole config with defaults filled in, canonical JSON: what a
                              ///< results file belongs to
  /// Column names of the settings that differ between runs: those of the experiments in axis order,
  /// then what else differs between experiments, in schema order.
  std::vector<std::string> swept;
  std::vector<Experiment> experiments;  ///< the config itself where it includes none
  std::vector<RunSpec> runs;  ///< of all experiments, each once, in order of first use; ids are
                              ///< unique
};

}  // namespace edgesweep
