#pragma once
#include <string>
#include <vector>

#include "host/sweep/run_spec.h"

namespace edgesweep {

/// Reads a config, applies `--set` texts (see apply_overrides), checks it and expands it into runs.
/// Throws InputError for anything that is wrong with either, also two runs of equal settings, more
/// than 100,000 runs, runs whose texts together exceed 256 MiB. Paths of files are hashed as
/// written, so an id does not depend on where the config lies; RunSettings has them relative to the
/// config's folder.
Sweep load_sweep(const std::string& config_path, const std::vector<std::string>& overrides);

}  // namespace edgesweep
