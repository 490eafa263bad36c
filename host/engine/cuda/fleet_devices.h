#pragma once
#include <functional>
#include <vector>

#include "host/engine/fleet/fleet_simulation.h"
#include "host/engine/run/fallback_backend.h"

namespace edgesweep {

/// Several devices that simulate fleets together: each takes a share of a request's sequences by
/// its speed, on a host thread of its own, so the bits are those of one device.
class FleetDevices {
 public:
  struct Device {
    int number = 0;    ///< in the runtime's order
    double speed = 1;  ///< DeviceLimits::speed
  };
  /// A device that fails takes no part any more, and the others do its share. on_failure, never
  /// null: told of it before that, with its place in `devices`, on the thread that simulates.
  FleetDevices(const std::vector<Device>& devices,
               std::function<void(size_t device, const DeviceError&)> on_failure);

  /// Throws DeviceError when the last device fails.
  FleetOutcome simulate(const FleetRequest& request);

 private:
  struct Share;
  std::vector<Share> shares_of(const Share& whole) const;
  void simulate_shares(const FleetRequest& request, std::vector<Share>& shares) const;

  const std::vector<Device> devices_;
  const std::function<void(size_t, const DeviceError&)> on_failure_;
  std::vector<bool> works_;  ///< [device]
};

}  // namespace edgesweep
