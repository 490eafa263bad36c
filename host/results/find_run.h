#pragma once
#include <string>

#include "host/results/results_file.h"

namespace edgesweep {

/// The run whose id begins with `prefix`. Throws InputError (file, place --run) when none or
/// several do; it names the nearest ids, or those several.
const StoredRun& find_run(const StoredSweep& sweep, const std::string& prefix,
                          const std::string& file);

}  // namespace edgesweep
