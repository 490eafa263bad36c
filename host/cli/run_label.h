#pragma once
#include <string>
#include <vector>

#include "host/sweep/run_spec.h"

namespace edgesweep {

/// The swept settings of a run for people: "rate 0.1, depth 4"; its id when nothing is swept.
std::string run_label(const RunSpec& spec, const std::vector<std::string>& swept);

/// One setting's text; "" when the run does not have it.
std::string setting_of(const RunSpec& spec, const std::string& column);

}  // namespace edgesweep
