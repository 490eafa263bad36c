// Cameras behind a switch: kernels/fleet.h.
#include "kernels/camera_images.cuh"
#include "kernels/fleet.h"
#include "kernels/launch.cuh"

namespace edgesweep {
namespace {

// ---------------------------------------------------------------------------------------- kernels

/// A thread's numbers of all cameras, in shared memory: neighbouring threads lie side by side.
class CameraColumn {
 public:
  EDGESWEEP_DEVICE CameraColumn(int32_t* shared, int32_t cameras)
      : first_(shared + threadIdx.x), cameras_(cameras) {}
  EDGESWEEP_DEVICE uint32_t rank(int step, int32_t camera) const {
    return static_cast<uint32_t>(at(step, camera));
  }
  EDGESWEEP_DEVICE void set_rank(int step, int32_t camera, uint32_t rank) {
    at(step, camera) = static_cast<int32_t>(rank);
  }
  EDGESWEEP_DEVICE int32_t& units(int32_t camera) { return at(kStepsTogether, camera); }
  EDGESWEEP_DEVICE int32_t& location(int32_t camera) { return at(kStepsTogether + 1, camera); }

 private:
  EDGESWEEP_DEVICE int32_t& at(int row, int32_t camera) const {
    return first_[(row * cameras_ + camera) * kFleetThreads];
  }
  int32_t* first_;
  int32_t cameras_;
};

/// Ranks of the steps from `first` on, up to kStepsTogether.
EDGESWEEP_DEVICE void draw_steps(const FleetTask& task, int32_t sequence, int64_t first, int steps,
                                 CameraColumn& column) {
  for (int32_t camera = 0; camera < task.cameras; ++camera) {
    uint32_t location = static_cast<uint32_t>(column.location(camera));
    draw_camera_images(task.source, static_cast<uint32_t>(sequence), camera,
                       static_cast<int64_t>(sequence) * task.rows + camera, first, steps, location,
                       [&](int step, uint32_t rank) { column.set_rank(step, camera, rank); });
    column.location(camera) = static_cast<int32_t>(location);
  }
}

/// The switches of a lane, in registers.
struct SwitchStates {
  int32_t units[kSwitchesTogether];
  int32_t passed[kSwitchesTogether];
  int32_t offloads[kSwitchesTogether];
  double reward[kSwitchesTogether];
};

/// One slot at every switch that has this camera.
EDGESWEEP_DEVICE void take_slot(const FleetTask& task, int32_t camera, uint32_t rank,
                                CameraColumn& column, SwitchStates& states) {
  const bool camera_offloads = task.pooled == 0 && step_policy(task.bucket, task.last_local_rank,
                                                               rank, column.units(camera));
  const double reward = task.source.reward[rank];
  EDGESWEEP_UNROLL
  for (int w = 0; w < kSwitchesTogether; ++w) {
    if (w >= task.switch_count || camera >= task.switches[w].cameras) continue;
    const bool offload = task.pooled != 0
                             ? step_policy(task.bucket, task.last_local_rank, rank, states.units[w])
                             : camera_offloads;
    const bool passes =
        task.pooled != 0 ? offload : step_switch(task.switches[w].bucket, offload, states.units[w]);
    states.offloads[w] += offload ? 1 : 0;
    states.passed[w] += passes ? 1 : 0;
    if (passes) states.reward[w] += reward;
  }
}

__global__ void fleet_kernel(const FleetTask* tasks, const PolicySequence* lanes, int count,
                             FleetOutcomes outcomes) {
  EDGESWEEP_DYNAMIC_SHARED(int32_t, shared);
  const int number = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (number >= count) return;
  const PolicySequence lane = lanes[number];
  const FleetTask& task = tasks[lane.task];
  CameraColumn column(shared, task.cameras);
  for (int32_t camera = 0; camera < task.cameras; ++camera) {
    column.units(camera) = task.bucket.capacity;
    column.location(camera) = 0;
  }
  SwitchStates states;
  EDGESWEEP_UNROLL
  for (int w = 0; w < kSwitchesTogether; ++w) {
    const bool used = w < task.switch_count;
    states.units[w] = task.pooled != 0 ? task.bucket.capacity
                      : used           ? task.switches[w].bucket.capacity
                                       : 0;
    states.passed[w] = 0;
    states.offloads[w] = 0;
    states.reward[w] = 0;
  }
  for (int64_t first = 0; first < task.steps; first += kStepsTogether) {
    const int64_t left = task.steps - first;
    const int steps = left < kStepsTogether ? static_cast<int>(left) : kStepsTogether;
    draw_steps(task, lane.sequence, first, steps, column);
    for (int step = 0; step < steps; ++step)
      for (int32_t camera = 0; camera < task.cameras; ++camera)
        take_slot(task, camera, column.rank(step, camera), column, states);
  }
  EDGESWEEP_UNROLL
  for (int w = 0; w < kSwitchesTogether; ++w) {
    const int64_t at = static_cast<int64_t>(number) * kSwitchesTogether + w;
    outcomes.reward[at] = states.reward[w];
    outcomes.passed[at] = states.passed[w];
    outcomes.offloads[at] = states.offloads[w];
  }
}

}  // namespace

// -------------------------------------------------------------------------------------- launchers

cudaError_t launch_fleets(const FleetTask* tasks, const PolicySequence* lanes, int count,
                          int32_t cameras, const FleetOutcomes& outcomes, cudaStream_t stream) {
  const unsigned blocks = static_cast<unsigned>((count + kFleetThreads - 1) / kFleetThreads);
  return launch(fleet_kernel, blocks, kFleetThreads, fleet_shared_bytes(cameras), stream, tasks,
                lanes, count, outcomes);
}

}  // namespace edgesweep
