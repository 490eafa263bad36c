#pragma once
#include <string>
#include <vector>

#include "host/results/results_file.h"
#include "host/sweep/run_spec.h"

namespace edgesweep {

/// The swept settings of a run for people: "rate 0.1, depth 4"; its id when nothing is swept. Where
/// a config includes several experiments, those of the first that has the run: "figure_6: rate 0.1,
/// depth 4".
std::string run_label(const Sweep& sweep, const RunSpec& spec);

/// The same of a stored run; "" when nothing is swept.
std::string run_label(const StoredSweep& sweep, const StoredRun& run);

/// One setting's text; "" when the run does not have it.
std::string setting_of(const RunSpec& spec, const std::string& column);

}  // namespace edgesweep
