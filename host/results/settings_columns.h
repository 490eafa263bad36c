#pragma once
#include <string>
#include <vector>

#include "host/hdf5/hdf5_table.h"
#include "host/results/results_file.h"

namespace edgesweep {

/// The value of a setting of a run, as in StoredRun::columns; "" when the run does not have it.
std::string setting_text(const StoredRun& run, const std::string& column);

/// Names of all settings of all runs, in the order of their first appearance.
std::vector<std::string> setting_names(const std::vector<const StoredRun*>& runs);

/// The settings as typed columns, one row a run: integers if all runs have an integer or a boolean
/// (0 or 1) there, floating point if all have a number or nothing (NaN), else text (strings without
/// their quotes). `left_out` is skipped.
std::vector<Column> settings_columns(const std::vector<const StoredRun*>& runs,
                                     const std::string& left_out = "");

/// A JSON scalar as people read it: strings without quotes and escapes, everything else as it is.
std::string plain_text(const std::string& json_scalar);

}  // namespace edgesweep
