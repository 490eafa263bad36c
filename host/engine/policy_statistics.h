#pragma once
#include "host/engine/simulation.h"

namespace edgesweep {

/// What the threshold policies of a request did, counted over all its sequences, SPEC.md section 8.
RunStatistics policy_statistics(const SimulationRequest& request);

}  // namespace edgesweep
