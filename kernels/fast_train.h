#pragma once
#include <cuda_runtime.h>

#include "kernels/network_task.cuh"

namespace edgesweep {

// What `math: "fast"` needs beside cuBLAS' matrix products: networks of the same sizes, one
// mini-batch at a time, matrices of all networks at constant distances. The order of sums is not
// that of the reference.

/// Networks of one group; all memory is the host's (host/engine/cuda/fast_iteration). Matrices lie
/// unit by unit as in TrainTask: rows `stride` floats apart, one column per window.
struct FastGroup {
  const TrainTask* tasks;  ///< [networks]
  int32_t networks;
  int32_t batch;
  int32_t stride;
  int64_t parameters;   ///< of one network
  float* weights;       ///< networks x parameters, during a Q iteration
  float* gradient;      ///< networks x parameters
  float* inputs;        ///< networks x inputs x stride: current states of the mini-batch
  float* target_mean;   ///< [networks]
  int32_t* mini_batch;  ///< [1]: counted on the device, so that one graph serves all
};

/// One layer's outputs in a group: networks x units x stride, and where its parameters are.
struct FastLayer {
  int32_t units;
  int64_t biases;  ///< offset of the biases from the network's first parameter
  float* output;
};

/// Mean of the targets, weights into the group's memory, mini-batch 0.
cudaError_t launch_fast_begin(const FastGroup& group, cudaStream_t stream);
/// Inputs of the present mini-batch.
cudaError_t launch_fast_inputs(const FastGroup& group, int inputs, cudaStream_t stream);
/// output = leaky_relu(output + bias).
cudaError_t launch_fast_activation(const FastGroup& group, const FastLayer& layer,
                                   cudaStream_t stream);
/// Last layer: output becomes the gradient of the loss; losses and the bias gradient.
cudaError_t launch_fast_output_gradient(const FastGroup& group, const FastLayer& layer,
                                        cudaStream_t stream);
/// Hidden layer: gradient times the derivative at the stored output; the bias gradient.
cudaError_t launch_fast_hidden_gradient(const FastGroup& group, const FastLayer& layer,
                                        float* gradient, cudaStream_t stream);
/// Adam on all parameters, then on to the next mini-batch.
cudaError_t launch_fast_update(const FastGroup& group, cudaStream_t stream);
/// Weights back to the networks, mean error.
cudaError_t launch_fast_end(const FastGroup& group, cudaStream_t stream);

}  // namespace edgesweep
