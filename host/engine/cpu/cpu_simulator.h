#pragma once
#include "host/engine/fleet/fleet_simulation.h"
#include "host/engine/plan/clairvoyant_plan.h"
#include "host/engine/run/simulation.h"

namespace edgesweep {

/// Simulates all policies of a request on the threads of the calling arena. Sequences are taken in
/// groups whose images are generated in chunks, so memory does not grow with their length. Every
/// sequence is scanned in order by one thread: the outcome does not depend on groups, chunks or
/// threads. docs/model.md#policies.
SimulationOutcome simulate_on_cpu(const SimulationRequest& request);

/// The threshold policies of a request, and the sums over whole sequences if asked for, on the
/// threads of the calling arena. outcome: thresholds, strong, weak_cost and their traces, with room
/// made. Drawn sequences go through the vector scan, replayed ones image by image.
void simulate_thresholds(const SimulationRequest& request, SimulationOutcome& outcome);

/// The clairvoyant policies of a request on the threads of the calling arena, a sequence on each.
/// outcome: clairvoyants and their traces, which lie behind all others, with room made. Every
/// thread at work takes clairvoyant_bytes. segment_bytes: of clairvoyant_layout; the outcome does
/// not depend on it.
void simulate_clairvoyants(const SimulationRequest& request, SimulationOutcome& outcome,
                           double segment_bytes = kSegmentBytes);

/// The network of a request, on the threads of the calling arena. outcome: network and its trace,
/// the last one of the traces, with room made. docs/model.md#decision.
void simulate_network(const SimulationRequest& request, SimulationOutcome& outcome);

/// Simulates every policy behind every switch on all threads, drawing images once for all of them;
/// bit-equal to reference_fleet.
FleetOutcome simulate_fleet_on_cpu(const FleetRequest& request);

}  // namespace edgesweep
