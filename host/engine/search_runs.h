#pragma once
#include <string>

#include "host/config/settings.h"
#include "host/engine/fleet.h"

namespace edgesweep {

/// The switch that the devices of a run share.
FleetSwitch switch_of(const RunSettings& settings);

/// Names all that the search for a run depends on, as InputCache keeps it.
std::string switch_key(const RunSettings& settings);

}  // namespace edgesweep
