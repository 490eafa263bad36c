#pragma once
#include <vector>

#include "host/engine/device_plan.h"

namespace edgesweep {

/// Share of the peak that estimates assume for every kernel. An assumption, not a measurement: see
/// kernels/README.md.
constexpr double kAssumedShare = 0.5;

/// Expected seconds on one device, by floating-point work alone.
struct DeviceTime {
  double targets = 0;     ///< windows and next states of all iterations, spread over the device
  double training = 0;    ///< mini-batches: one network on one multiprocessor at a time
  double simulation = 0;  ///< evaluations and test, spread over the device
  double total() const { return targets + training + simulation; }
};

/// work of simulation: floating-point operations of all evaluations and tests of the cohort. In
/// each Q iteration the networks are dealt to the multiprocessors as they become free, in order.
DeviceTime expected_time(const std::vector<const NetworkDemand*>& cohort, double simulation_work,
                         const DeviceLimits& limits);

}  // namespace edgesweep
