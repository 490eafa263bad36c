#pragma once
#include <cuda_runtime.h>

#include "kernels/network_task.cuh"

namespace edgesweep {

// One Q iteration of the networks of a cohort (docs/model.md#q-iteration): two launches on one
// stream.

/// Steps 1 to 3: draws the windows of every network and fills `after` and `row_sum` with its
/// weights as they are. tasks: [networks] in device memory, all with the same batch and
/// mini_batches. layout: 2 hidden buffers and all outputs of a tile; scratch: `blocks` times its
/// scratch_floats. The blocks share the tiles of all networks among them.
cudaError_t launch_targets(const TrainTask* tasks, int networks, int batch, int mini_batches,
                           const BufferLayout& layout, float* scratch, int blocks,
                           cudaStream_t stream);

/// The mini-batches of a Q iteration that one launch trains on: first .. end - 1.
struct MiniBatchRange {
  int32_t first, end;
};

/// Steps 4 and 5: the mean of the targets and a pass over mini-batches; one block per network. An
/// iteration may be launched in pieces, in order: the last one writes the error. layout: one hidden
/// buffer per hidden layer and a spare one, outputs in panels.
cudaError_t launch_training(const TrainTask* tasks, int networks, MiniBatchRange range,
                            const BufferLayout& layout, cudaStream_t stream);

/// Allows both kernels this much dynamic shared memory on the current device; once per device.
cudaError_t allow_training_shared(size_t targets_bytes, size_t training_bytes);

}  // namespace edgesweep
