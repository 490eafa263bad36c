#pragma once
#include <functional>
#include <vector>

#include "host/engine/network/network_shape.h"
#include "host/engine/plan/device_limits.h"
#include "kernels/network_task.cuh"

namespace edgesweep {

// Decides, before anything is allocated or launched, what a GPU holds where: pure arithmetic on
// shapes and limits, the same on a machine without a GPU (`edgesweep plan --device`).

/// What one network in training asks of a device.
struct NetworkDemand {
  NetworkShape shape;
  DqnSettings dqn;
  TokenBucket bucket;
  int gap_terms = 0;  ///< terms of the expectation over gaps
  Math math = Math::exact;
};

/// Layouts of a set of networks that are trained side by side (the largest of them decides).
struct TrainingPlan {
  BufferLayout targets;
  BufferLayout training;
  int target_blocks = 0;  ///< blocks that share the tiles of windows: as many as are resident
};
TrainingPlan plan_training(const std::vector<const NetworkDemand*>& networks,
                           const DeviceLimits& limits);

/// Layout of the simulation of networks. histories: the longest H1 + H2 + 2 (H2 = -1 without gaps).
struct SimulationPlan {
  BufferLayout layout;
  int blocks = 0;  ///< resident at once
};
SimulationPlan plan_simulation(int widest_hidden, int64_t longest_history,
                               const DeviceLimits& limits);

/// Device memory of one network in training under a plan, and of what the networks share.
int64_t network_bytes(const NetworkDemand& network, const TrainingPlan& plan);
int64_t shared_scratch_bytes(const TrainingPlan& plan);

/// Networks with the same hidden layers, batch, mini-batches and math are trained side by side, as
/// many as `memory` bytes hold, in the given order (longest first). Returns the cohorts as indices
/// into `networks`. Throws SystemError when not even one network fits.
std::vector<std::vector<size_t>> plan_cohorts(const std::vector<NetworkDemand>& networks,
                                              const DeviceLimits& limits, int64_t memory);

/// Deals jobs, longest first, each to the device that is done with it first. work: of each job, >=
/// 0; speed: of each device, > 0; allowed: whether a device may have a job, null for always.
/// Returns the jobs of each device; a job that no device may have is none's.
std::vector<std::vector<size_t>> deal_jobs(
    const std::vector<double>& work, const std::vector<double>& speed,
    const std::function<bool(size_t job, size_t device)>& allowed = {});

/// Shared memory per block without which a kernel cannot be launched, whatever the plan: staging
/// panels and static arrays, or a block of the largest fleets.
constexpr int64_t kLeastSharedPerBlock = 48 * 1024;

/// Static shared memory that is left to the training kernel and to the simulation of networks
/// beside what their plans ask for; the test Nvcc.KernelsDoNotSpill holds the kernels to it.
constexpr int64_t kTrainingStaticShared = 2560;
constexpr int64_t kSimulationStaticShared = 4096;

/// Share of a device's memory that networks may take; the rest is for datasets, simulations, the
/// driver and fragmentation.
constexpr double kMemoryShare = 0.85;

}  // namespace edgesweep
