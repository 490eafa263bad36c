#pragma once
#include <vector>

#include "host/engine/cuda/device_context.h"
#include "host/engine/fleet/fleet_simulation.h"
#include "host/engine/run/simulation.h"

namespace edgesweep {

/// Simulates all requests side by side; outcomes in their order, bit-equal to simulate_on_cpu.
/// Networks are evaluated tile by tile, so memory does not grow with the length of the sequences,
/// and as many lanes at a time as are resident, so no launch is long. Where memory is short, fewer
/// lanes are at work, then half of the requests after the other; DeviceError (out_of_memory) when
/// it does not hold one. Between launches the requests' stop_requested are asked; all outcomes are
/// `stopped` when one says so.
std::vector<SimulationOutcome> simulate_on_cuda(const std::vector<SimulationRequest>& requests,
                                                DeviceContext& context);

/// Simulates every policy behind every switch on the device; bit-equal to simulate_fleet_on_cpu.
/// Launches are short: stop_requested is asked between them.
FleetOutcome simulate_fleet_on_cuda(const FleetRequest& request, DeviceContext& context);

}  // namespace edgesweep
