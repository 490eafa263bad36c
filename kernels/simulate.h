#pragma once
#include <cuda_runtime.h>

#include "kernels/network_task.cuh"

namespace edgesweep {

// Simulation of policies along sequences, docs/model.md#policies. A lane is one policy on one
// sequence; every lane starts with a full bucket and adds rewards in double in the order of its
// images, so its outcome does not depend on the lanes beside it.

/// Where some of a policy's sequences are recorded; images == 0: nowhere. All (sequences x images).
struct TraceView {
  int64_t first_sequence = 0;  ///< recorded in row 0
  int64_t sequences = 0;
  int64_t images = 0;
  int32_t* index = nullptr;  ///< null: the sequence itself is recorded by another lane
  float* metric = nullptr;
  int32_t* gap = nullptr;
  int32_t* units = nullptr;  ///< null: no bucket
  uint8_t* offload = nullptr;
};

/// Policies without a network. threshold: [n - P], or null for the lane that offloads every image
/// and adds up the weak costs.
struct ThresholdTask {
  DeviceSource source;
  TokenBucket bucket;
  const float* threshold;
  int64_t images;
  TraceView trace;
};

/// A network's policy. difference: [n - P] x width, the decision's column differences;
/// bias_difference: [n - P]. expected_reward: by rank, added to every decision of a network whose
/// outputs are after_states; null otherwise.
struct NetworkPolicyTask {
  DeviceSource source;
  TokenBucket bucket;
  DeviceNetwork network;
  const float* weights;
  const float* difference;
  const float* bias_difference;
  const float* expected_reward;
  int32_t width;    ///< of the last hidden layer
  int32_t metrics;  ///< H1 + 1
  int32_t gaps;     ///< H2 + 1, or 0
  int64_t images;
  TraceView trace;
};

struct PolicySequence {
  int32_t task;
  int32_t sequence;
};

/// What lanes earned, [lanes]. weak_cost: of lanes without threshold.
struct LaneOutcomes {
  double* reward;
  double* weak_cost;
  int64_t* offloads;
};

/// One thread per lane draws its sequence and scans the bucket; nothing is stored per image.
cudaError_t launch_threshold_policies(const ThresholdTask* tasks, const PolicySequence* lanes,
                                      int count, const LaneOutcomes& outcomes, cudaStream_t stream);

/// One block per lane at a time: draws a tile of images, evaluates the hidden layers of all its
/// windows, then scans the tile. layout: 2 hidden buffers of the widest layer; the output buffer
/// holds the streams of metrics and gaps (history and one tile each). scratch: `blocks` times its
/// scratch_floats.
cudaError_t launch_network_policies(const NetworkPolicyTask* tasks, const PolicySequence* lanes,
                                    int count, const LaneOutcomes& outcomes,
                                    const BufferLayout& layout, float* scratch, int blocks,
                                    cudaStream_t stream);

/// Allows launch_network_policies this much dynamic shared memory on the current device.
cudaError_t allow_simulation_shared(size_t bytes);

}  // namespace edgesweep
