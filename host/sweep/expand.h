#pragma once
#include <functional>
#include <string>
#include <vector>

#include "host/config/experiments.h"
#include "host/config/settings.h"
#include "host/sweep/run_spec.h"

namespace edgesweep {

/// Reads a config with what it includes, applies the changes of the command line (see
/// load_experiments), checks it and expands it into runs. Throws InputError for anything that is
/// wrong with either, also two runs of equal settings in an experiment, more than 100,000 runs,
/// runs whose texts together exceed 256 MiB. Paths of files are hashed as written (from the
/// config's folder), so an id does not depend on where the config lies; RunSettings has them
/// relative to that folder.
///
/// Where a config includes others, runs that are equal but for policies and store are one run:
/// with the policies of all, weights if one keeps them, and traces that cover those of each.
Sweep load_sweep(const std::string& config_path, const ConfigChanges& changes);

/// The same of a resolved config (Sweep::resolved_json), as results files keep it: runs and ids are
/// those of the config that it was made of. config_path: where that one lay.
Sweep expand_resolved(const std::string& resolved_json, const std::string& config_path);

/// Where a setting of a run was written: "dqn.width" -> "/base/dqn/width" or "/sweep/dqn.width/3".
using PlaceOfSetting = std::function<std::string(const std::string&)>;

/// What no schema can say: rules that join settings of one run. Throws InputError unless rate and
/// depth round to a valid token bucket, images arrive at all, histories fit into sequences, traces
/// into the test, a dqn has a schedule, and replays have the files that the run's policies need.
void check_run(const RunSettings& run, const std::string& file, const PlaceOfSetting& place);

}  // namespace edgesweep
