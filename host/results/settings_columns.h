#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "host/hdf5/hdf5_table.h"
#include "host/results/results_file.h"

namespace edgesweep {

/// The value of a setting of a run, as in StoredRun::config; "" when the run does not have it.
std::string setting_text(const StoredRun& run, const std::string& column);

/// Names of all settings of all runs, in the order of their first appearance.
std::vector<std::string> setting_names(std::span<const StoredRun* const> runs);

/// The settings of runs as typed columns: integers if all runs have an integer or a boolean (0 or
/// 1) there, floating point if all have a number or nothing (NaN), else text (strings without their
/// quotes).
class SettingsTable {
 public:
  /// runs: all of them; they decide about names and types. `left_out` is skipped.
  explicit SettingsTable(std::span<const StoredRun* const> runs, const std::string& left_out = "");

  /// One row for each of these runs.
  std::vector<Column> columns(std::span<const StoredRun* const> runs) const;

 private:
  enum class Kind { integers, unsigned_integers, numbers, texts };
  std::vector<std::string> names_;
  std::vector<Kind> kinds_;
};

/// A JSON scalar as people read it: strings without quotes and escapes, everything else as it is.
std::string plain_text(const std::string& json_scalar);

}  // namespace edgesweep
