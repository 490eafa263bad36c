#pragma once
#include "host/engine/run/simulation.h"

namespace edgesweep {

/// The network of a request, on the threads of the calling arena. outcome: network and its trace,
/// the last one of the traces, with room made. docs/model.md#decision.
void simulate_network(const SimulationRequest& request, SimulationOutcome& outcome);

}  // namespace edgesweep
