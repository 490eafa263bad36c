#pragma once
#include <string>
#include <vector>

#include "host/engine/cuda/device_context.h"
#include "host/engine/problem/input_cache.h"
#include "host/engine/run/remembering_observer.h"

namespace edgesweep {

/// Work of a job, for dealing: of its training, in floating-point operations, and an operation for
/// each test image and policy, so that jobs without a network are spread too.
double work_of(const RunJob& job);

/// A run that a device has no memory for, even alone.
struct RefusedJob {
  size_t run = 0;   ///< its number in the sweep
  std::string why;  ///< for people
};

/// Executes the jobs on one device, on the thread that calls: as many networks side by side as the
/// memory holds that is free when they begin. When memory runs out, because other processes share
/// the device, what is at work is halved and goes on from where it was; a run that does not fit
/// even alone is returned, and the others go on. A device that fails otherwise throws DeviceError.
/// `observer` then knows what is left.
std::vector<RefusedJob> execute_on_device(const std::vector<const RunJob*>& jobs,
                                          InputCache& inputs, DeviceContext& context,
                                          double seconds_between_questions,
                                          RememberingObserver& observer);

}  // namespace edgesweep
