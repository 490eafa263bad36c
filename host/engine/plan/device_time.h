#pragma once
#include <vector>

#include "host/engine/plan/device_plan.h"

namespace edgesweep {

/// Share of the peak that estimates assume for every kernel. An assumption, not a measurement: see
/// kernels/README.md.
constexpr double kAssumedShare = 0.5;

/// What one network does in one Q iteration, by the kernels' loops: floating-point operations, and
/// bytes that its blocks read and write outside shared memory (L2 serves what it holds).
struct IterationWork {
  double targets_work = 0;
  double training_work = 0;
  double parameter_bytes = 0;   ///< weights of each pass, Adam's reads and writes
  double activation_bytes = 0;  ///< hidden buffers and panel that do not fit into shared memory
  double window_bytes = 0;  ///< windows and values after the action, written once and read again
};
IterationWork iteration_work(const NetworkDemand& network, const TrainingPlan& plan);

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
