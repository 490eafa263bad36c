#pragma once
#include "host/engine/run/simulation.h"

namespace edgesweep {

/// The threshold policies of a request, and the sums over whole sequences if asked for, on the
/// threads of the calling arena. outcome: thresholds, strong, weak_cost and their traces, with room
/// made. Drawn sequences go through the vector scan, replayed ones image by image.
void simulate_thresholds(const SimulationRequest& request, SimulationOutcome& outcome);

}  // namespace edgesweep
