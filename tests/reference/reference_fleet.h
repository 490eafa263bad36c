#pragma once
#include "host/engine/fleet/fleet_simulation.h"

namespace edgesweep {

/// docs/model.md#fleets step by step and slot by slot: slow, the oracle of the tests.
FleetOutcome reference_fleet(const FleetRequest& request);

}  // namespace edgesweep
