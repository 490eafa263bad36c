#pragma once
#include "host/engine/plan/device_limits.h"

namespace edgesweep {

/// What the runtime says of a device; nothing is done on it. Throws DeviceError.
DeviceLimits limits_of(int device);

}  // namespace edgesweep
