#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/engine/network/network_shape.h"
#include "host/engine/plan/device_limits.h"
#include "kernels/network_task.cuh"

namespace edgesweep {

// Decides, before anything is allocated or launched, what a GPU holds where: pure arithmetic on
// shapes and limits, the same on a machine without a GPU (`edgesweep plan --device`).

/// Of a network that the cameras of a fleet share: what its training simulates.
struct FleetDemand {
  int32_t cameras = 0;
  FleetSettings::Training training;
  int64_t own_states = 0;  ///< of a camera's own bucket, at most
};

/// What one network in training asks of a device.
struct NetworkDemand {
  NetworkShape shape;
  DqnSettings dqn;
  TokenBucket bucket;
  int gap_terms = 0;  ///< terms of the expectation over gaps
  Math math = Math::exact;
  std::optional<FleetDemand> fleet;
};

/// Forward passes of the network for each window that is trained on, beside those of its step: of
/// next states, or of a fleet's images.
double forward_passes(const NetworkDemand& network);

/// Floating-point operations of one Q iteration.
double floating_point_work(const NetworkDemand& network);

/// Of a run with a network, before anything of it is loaded.
NetworkDemand demand_of(const RunSettings& settings);

/// Layouts of a set of networks that are trained side by side (the largest of them decides).
struct TrainingPlan {
  BufferLayout targets;  ///< of fleets: that of their simulation
  BufferLayout training;
  int target_blocks = 0;  ///< blocks that share the tiles of windows: as many as are resident
};
/// networks: all of fleets, or none.
TrainingPlan plan_training(const std::vector<const NetworkDemand*>& networks,
                           const DeviceLimits& limits);

/// Layout of the simulation of networks. histories: the longest H1 + H2 + 2 (H2 = -1 without gaps).
struct SimulationPlan {
  BufferLayout layout;
  int blocks = 0;  ///< resident at once
};
SimulationPlan plan_simulation(int widest_hidden, int64_t longest_history,
                               const DeviceLimits& limits);

/// Layout of the simulation of fleets whose cameras share a network.
SimulationPlan plan_learned_fleets(int widest_hidden, const DeviceLimits& limits);

/// Fleets of so many cameras that one block simulates, so that all `fleets` of a launch are spread
/// over the `blocks` that are resident: one at least, and at most kFleetRows cameras.
int fleets_per_block(int64_t fleets, int32_t cameras, int blocks);

/// Device memory of one network in training under a plan, and of what the networks share.
int64_t network_bytes(const NetworkDemand& network, const TrainingPlan& plan);
int64_t shared_scratch_bytes(const TrainingPlan& plan);

/// Why not even this network alone fits into `memory` bytes, for people; empty where it fits.
std::string why_too_large(const NetworkDemand& network, const DeviceLimits& limits, int64_t memory);

/// Networks with the same hidden layers, batch, mini-batches and math, all of fleets or none, are
/// trained side by side, as many as `memory` bytes hold, in the given order (longest first).
/// Returns those that are trained together with the first of `networks` (not empty), as ascending
/// indices. Throws SystemError when not even that one fits.
std::vector<size_t> first_cohort(const std::vector<NetworkDemand>& networks,
                                 const DeviceLimits& limits, int64_t memory);

/// The elements of these ascending indices, which are then gone from `from`.
template <typename T>
std::vector<T> take_out(std::vector<T>& from, const std::vector<size_t>& indices) {
  std::vector<T> taken, left;
  auto next = indices.begin();
  for (size_t i = 0; i < from.size(); ++i) {
    const bool wanted = next != indices.end() && *next == i;
    (wanted ? taken : left).push_back(std::move(from[i]));
    if (wanted) ++next;
  }
  from = std::move(left);
  return taken;
}

/// All cohorts, one after another, as indices into `networks`.
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

/// Static shared memory that is left to the training kernel, to the simulation of networks and to
/// that of fleets beside what their plans ask for; the test Nvcc.KernelsDoNotSpill holds the
/// kernels to it.
constexpr int64_t kTrainingStaticShared = 2560;
constexpr int64_t kSimulationStaticShared = 4096;
constexpr int64_t kFleetStaticShared = 7168;

/// Share of a device's memory that networks may take; the rest is for datasets, simulations, the
/// driver and fragmentation.
constexpr double kMemoryShare = 0.85;

}  // namespace edgesweep
