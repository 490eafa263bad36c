#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/config/settings_json.h"

namespace edgesweep {

/// What a run's settings rest on besides its texts; shared by the runs of a sweep.
struct RunContext {
  std::filesystem::path folder;              ///< what relative paths start from
  std::function<void(RunSettings&)> change;  ///< what no config says, of a given network; or none
};

/// One run of a sweep: its settings, and what identifies it. Small, as there may be 100,000.
struct RunSpec {
  std::string id;  ///< 12 hex digits of the SHA-256 of the resolved config: same settings, same id
  RunConfig config;  ///< every default filled in; columns as in /runs, the same for all runs
  std::shared_ptr<const RunContext> context;

  /// Takes microseconds; RunReader is quicker for all runs of a sweep.
  RunSettings settings() const;
};

/// Reads the settings of runs one after another, quickly where neighbours are alike.
class RunReader {
 public:
  /// Valid until the next call.
  const RunSettings& read(const RunSpec& run);

 private:
  std::shared_ptr<const RunContext> context_;
  std::optional<SettingsReader> reader_;
  RunSettings changed_;
};

struct Sweep;

/// Gives the settings of a run by its number in the sweep, which outlives it; valid until the next
/// call. Quick where it is called for one run after another.
std::function<const RunSettings&(size_t run)> settings_of(const Sweep& sweep);

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
