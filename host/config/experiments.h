#pragma once
#include <optional>
#include <string>
#include <vector>

#include "host/config/json_text.h"

namespace edgesweep {

/// Changes to a config from the command line.
struct ConfigChanges {
  std::vector<std::string> overrides;  ///< --set texts
  std::optional<double> scale;         ///< --scale; goes before the config's own
};

/// One experiment: a config of base and sweep, valid, all changes applied, defaults not filled in.
struct ExperimentConfig {
  std::string file;  ///< where it was written, for messages
  std::string name;
  std::string description;
  OrderedJson config;  ///< paths start at the folder of the config that was loaded first
  double scale = 1;    ///< what was applied
};

/// A config with the experiments that it includes, or itself as the only one.
struct LoadedConfig {
  std::string name;
  std::string description;
  bool includes = false;
  std::vector<std::string> files;  ///< every config that was read, this one first
  std::vector<ExperimentConfig> experiments;
};

/// Includes deeper than this are refused.
constexpr size_t kDeepestInclude = 8;

/// Reads a config and what it includes, applies the changes (those of an including config to each
/// of its experiments, then the command line's) and checks the outcome against the schema. Throws
/// InputError for bad configs and changes, includes that are missing, too deep, or in a circle, two
/// experiments of one name, more than 1000 experiments, a change that no experiment can take.
LoadedConfig load_experiments(const std::string& path, const ConfigChanges& changes);

}  // namespace edgesweep
