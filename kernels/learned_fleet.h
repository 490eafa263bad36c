#pragma once
#include <cuda_runtime.h>

#include "kernels/fleet_network.cuh"
#include "kernels/network_task.cuh"

namespace edgesweep {

// Fleets whose cameras decide by one network, docs/model.md#learned-fleets: simulated, or simulated
// to train on. A row is a camera: fleet * cameras + camera, fleets counted within a task.

/// Where fleets stand between two launches.
struct FleetStates {
  float* count;        ///< 2 kMemorySpans x rows: the leaky counts, as the network's inputs
  int32_t* own_units;  ///< [rows]
  uint32_t* location;  ///< [rows]
  int32_t* units;      ///< [fleets], of the switch
  double* reward;      ///< [fleets], of images that passed, in the order of the slots
  int64_t* passed;     ///< [fleets]
  int64_t* offloads;   ///< [fleets], lost ones too
};

/// What happened in the slots from the first image on that is trained on: fleet by fleet, step by
/// step, camera by camera.
struct FleetSlots {
  uint8_t* wants_offload;
  float* reward;   ///< of the image
  int32_t* units;  ///< of the switch when the slot began
};

/// Fleets of one network.
struct LearnedFleetTask {
  DeviceSource source;
  DeviceNetwork network;
  const float* weights;
  FleetSwitch at_switch;
  TokenBucket own;
  const float* threshold;  ///< [units] of a camera's own bucket
  int64_t first_sequence;
  int32_t fleets;
  int64_t steps;  ///< of all launches together
  FleetStates states;
  unsigned long long* occupancy;  ///< [units] of the switch, added to; null: not counted

  // To train on: of the steps, the first `warm_up` are not recorded, and the inputs of the
  // `trained` after those are training samples of the task in training.
  const TrainTask* training;  ///< null: simulated alone
  int64_t warm_up;
  int64_t trained;
  double discount;
  FleetSlots slots;

  EDGESWEEP_HD int64_t recorded_slots() const { return (steps - warm_up) * at_switch.cameras; }
  EDGESWEEP_HD int64_t trained_images() const { return trained * at_switch.cameras; }
};

/// Fleets first .. first + count - 1 of a task, which a block simulates side by side: at most
/// kFleetRows cameras.
struct FleetBlock {
  int32_t task;
  int32_t first;
  int32_t count;
};

/// Steps of one launch: first .. end - 1. first: a multiple of 4; 0 begins with full buckets.
struct StepRange {
  int64_t first, end;
};

/// One block of threads per FleetBlock walks from step to step: all cameras decide, then the
/// switches take their offloads. layout: 2 hidden buffers of the widest layer; the output buffer
/// holds the inputs. scratch: `count` times its scratch_floats.
cudaError_t launch_learned_fleets(const LearnedFleetTask* tasks, const FleetBlock* blocks,
                                  int count, StepRange range, const BufferLayout& layout,
                                  float* scratch, cudaStream_t stream);

/// When all steps are done: rewards, values after the action and row sums of the tasks in training,
/// from the slots. most_images: the most trained images of a task's fleets together.
cudaError_t launch_offload_gains(const LearnedFleetTask* tasks, int count, int64_t most_images,
                                 cudaStream_t stream);

/// Allows launch_learned_fleets this much dynamic shared memory on the current device.
cudaError_t allow_learned_fleet_shared(size_t bytes);

}  // namespace edgesweep
