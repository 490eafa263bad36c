#pragma once
#include "host/engine/cuda/device_context.h"
#include "host/engine/fleet/fleet_simulation.h"

namespace edgesweep {

/// Simulates every policy behind every switch on the device; bit-equal to simulate_fleet_on_cpu.
/// Launches are short: stop_requested is asked between them.
FleetOutcome simulate_fleet_on_cuda(const FleetRequest& request, DeviceContext& context);

}  // namespace edgesweep
