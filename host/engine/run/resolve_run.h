#pragma once
#include <string>

#include "host/engine/problem/input_cache.h"
#include "host/stop_request.h"

namespace edgesweep {

/// Resolves the settings of a run to everything that a backend needs of it: the policies of one
/// camera (host/engine/problem/resolve.h) and those of a fleet, for which the searches must have
/// been made (run_searches). Throws InputError, and Stopped when asked to stop meanwhile.
RunProblem resolve_run(const std::string& id, const RunSettings& settings, InputCache& inputs,
                       const StopRequest& stop = {});

}  // namespace edgesweep
