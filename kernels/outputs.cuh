#pragma once
#include "kernels/bucket.cuh"

namespace edgesweep {

/// What the outputs of a network stand for.
enum class Outputs : int32_t {
  /// Q0[n] for n = Q..M, then Q1[n] for n = P..M. docs/model.md#outputs.
  action_values,
  /// W[a] for a = 0..M, the worth of a units left after the action: Q0[n] = W[n] and Q1[n] =
  /// R + W[n - P], where R is the reward that the image's metric promises. What an image is worth
  /// now need not be learnt, and both actions share what they lead to.
  after_states,
};

// Both are `keep_output_count` values of the units that stay, from `first_kept` units on, then
// `offload_outputs` values of their own for offloading.

EDGESWEEP_HD int32_t first_kept(const TokenBucket& bucket, Outputs outputs) {
  return outputs == Outputs::after_states ? 0 : bucket.refill;
}

EDGESWEEP_HD int32_t keep_output_count(const TokenBucket& bucket, Outputs outputs) {
  return bucket.capacity + 1 - first_kept(bucket, outputs);
}

EDGESWEEP_HD int32_t offload_outputs(const TokenBucket& bucket, Outputs outputs) {
  return outputs == Outputs::after_states ? 0 : bucket.capacity + 1 - bucket.cost;
}

EDGESWEEP_HD int32_t output_count(const TokenBucket& bucket, Outputs outputs) {
  return keep_output_count(bucket, outputs) + offload_outputs(bucket, outputs);
}

/// The output that says what keeping an image with n units is worth, n = Q..M.
EDGESWEEP_HD int32_t keep_output(const TokenBucket& bucket, Outputs outputs, int32_t units) {
  return units - first_kept(bucket, outputs);
}

/// ... offloading it, n = P..M; of after_states without the reward.
EDGESWEEP_HD int32_t offload_output(const TokenBucket& bucket, Outputs outputs, int32_t units) {
  const int32_t after = units - bucket.cost;
  return outputs == Outputs::after_states ? after : keep_output_count(bucket, outputs) + after;
}

/// Where kernels/targets.cu puts U[n], a row per n = Q..M, beside the rows of a tile's outputs:
/// over the values of keeping, or, of after_states, which are read twice, behind all outputs.
EDGESWEEP_HD int32_t best_row(const TokenBucket& bucket, Outputs outputs) {
  return outputs == Outputs::after_states ? output_count(bucket, outputs) : 0;
}
/// Rows of outputs and U together.
EDGESWEEP_HD int32_t target_rows(const TokenBucket& bucket, Outputs outputs) {
  const int32_t behind = best_row(bucket, outputs) + bucket.capacity + 1 - bucket.refill;
  return behind > output_count(bucket, outputs) ? behind : output_count(bucket, outputs);
}

}  // namespace edgesweep
