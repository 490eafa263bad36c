#pragma once
#include "kernels/fleet.cuh"
#include "kernels/simulate.h"

namespace edgesweep {

// Simulation of fleets, docs/model.md#fleets. A lane is one policy on one sequence of a fleet.

/// Switches that a lane serves at once: its cameras decide once for all of them.
constexpr int kSwitchesTogether = 8;

/// Threads of a block: few, so that lanes spread over the device and their state fits beside
/// others.
constexpr int kFleetThreads = 32;

struct FleetTask {
  DeviceSource source;
  TokenBucket bucket;              ///< of every camera; pooled: of the switches
  const int32_t* last_local_rank;  ///< [units]
  const FleetSwitch* switches;
  int32_t switch_count;  ///< <= kSwitchesTogether
  int32_t cameras;       ///< images drawn in a step
  int32_t rows;          ///< replayed rows of a sequence
  int64_t steps;
  int32_t pooled;  ///< 1: the switch decides
};

/// What lanes earned, [lane * kSwitchesTogether + switch].
struct FleetOutcomes {
  double* reward;
  int64_t* passed;
  int64_t* offloads;
};

/// Bytes of dynamic shared memory of a block for fleets of so many cameras.
constexpr size_t fleet_shared_bytes(int32_t cameras) {
  return sizeof(int32_t) * 6 * static_cast<size_t>(cameras) * kFleetThreads;
}

/// One thread per lane draws four steps of all cameras at a time, lets them decide and takes their
/// slots to every switch; nothing is stored per image. cameras: the most of all tasks.
cudaError_t launch_fleets(const FleetTask* tasks, const PolicySequence* lanes, int count,
                          int32_t cameras, const FleetOutcomes& outcomes, cudaStream_t stream);

}  // namespace edgesweep
