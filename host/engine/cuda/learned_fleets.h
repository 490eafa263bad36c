#pragma once
#include <vector>

#include "host/engine/cuda/device_context.h"
#include "host/engine/fleet/learned_fleet_simulation.h"
#include "kernels/learned_fleet.h"

namespace edgesweep {

/// Fleets of one network in device memory: where they stand, and what is recorded to train on.
class DeviceFleets {
 public:
  /// recorded_steps: of each fleet; 0: it is simulated alone. Throws DeviceError when memory runs
  /// out.
  DeviceFleets(const FleetNetwork& network, int64_t fleets, int64_t recorded_steps,
               const DeviceStream& stream);

  /// The kernels' view; source, network, weights, first_sequence, steps, what is trained on and
  /// occupancy are the caller's.
  LearnedFleetTask task() const;

  /// Rewards, offloads that passed and all offloads, by fleet. Waits for the stream.
  std::vector<FleetSums> sums(const DeviceStream& stream) const;

 private:
  FleetSwitch at_switch_;
  TokenBucket own_;
  size_t fleets_;
  DeviceBuffer<float> threshold_, count_, slot_reward_;
  DeviceBuffer<int32_t> own_units_, units_, slot_units_;
  DeviceBuffer<uint32_t> location_;
  DeviceBuffer<double> reward_;
  DeviceBuffer<int64_t> passed_, offloads_;
  DeviceBuffer<uint8_t> wants_offload_;
};

/// Launches of fleets of several networks side by side, each short.
class FleetLaunches {
 public:
  /// layout, blocks: of plan_learned_fleets; scratch: `blocks` times its scratch_floats.
  FleetLaunches(const BufferLayout& layout, int blocks, float* scratch, DeviceContext& context);

  /// Queues all steps of all tasks; stop: asked before each launch, when the device has done those
  /// before. False: it said so, and the fleets are of no use.
  bool run(std::vector<LearnedFleetTask> tasks, const StopRequest& stop);
  /// Queues the rewards and values after the action of the tasks of the last run.
  void queue_gains();

 private:
  const BufferLayout layout_;
  const int blocks_;
  float* const scratch_;
  DeviceContext& context_;
  std::vector<LearnedFleetTask> tasks_;
  std::vector<FleetBlock> fleet_blocks_;
  DeviceBuffer<LearnedFleetTask> device_tasks_;
  DeviceBuffer<FleetBlock> device_blocks_;
};

/// Simulates all requests side by side; outcomes in their order, bit-equal to
/// simulate_learned_fleet of the CPU. When one of the requests' stop_requested says so, all
/// outcomes are `stopped`. Where memory is short, fewer fleets are at work, then half of the
/// requests after the other; DeviceError (out_of_memory) when it does not hold one.
std::vector<LearnedFleetOutcome> simulate_learned_fleets_on_cuda(
    const std::vector<LearnedFleetRequest>& requests, DeviceContext& context);

}  // namespace edgesweep
