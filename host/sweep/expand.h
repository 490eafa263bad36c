#pragma once
#include <string>
#include <vector>

#include "host/config/experiments.h"
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

}  // namespace edgesweep
