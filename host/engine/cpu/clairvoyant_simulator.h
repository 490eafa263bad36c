#pragma once
#include "host/engine/plan/clairvoyant_plan.h"
#include "host/engine/run/simulation.h"

namespace edgesweep {

/// The clairvoyant policies of a request on the threads of the calling arena, a sequence on each.
/// outcome: clairvoyants and their traces, which lie behind all others, with room made. Every
/// thread at work takes clairvoyant_bytes. segment_bytes: of clairvoyant_layout; the outcome does
/// not depend on it.
void simulate_clairvoyants(const SimulationRequest& request, SimulationOutcome& outcome,
                           double segment_bytes = kSegmentBytes);

}  // namespace edgesweep
