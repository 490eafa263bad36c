#pragma once
#include <functional>
#include <string>

#include "host/config/settings.h"

namespace edgesweep {

/// Where a setting of a run was written: "dqn.width" -> "/base/dqn/width" or "/sweep/dqn.width/3".
using PlaceOfSetting = std::function<std::string(const std::string&)>;

/// What no schema can say: rules that join settings of one run. Throws InputError unless rate and
/// depth round to a valid token bucket, images arrive at all, histories fit into sequences, traces
/// into the test, a dqn has a schedule, and replays have the files that the run's policies need.
void check_run(const RunSettings& run, const std::string& file, const PlaceOfSetting& place);

}  // namespace edgesweep
