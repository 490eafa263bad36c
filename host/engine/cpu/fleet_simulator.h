#pragma once
#include "host/engine/fleet/fleet_simulation.h"

namespace edgesweep {

/// Simulates every policy behind every switch on all threads, drawing images once for all of them;
/// bit-equal to reference_fleet.
FleetOutcome simulate_fleet_on_cpu(const FleetRequest& request);

}  // namespace edgesweep
