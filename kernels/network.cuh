#pragma once
#include "kernels/portability.cuh"

namespace edgesweep {

// The arithmetic of one element of the network, docs/model-exactness.md#exact-arithmetic. Every
// backend uses these operations in this order.

constexpr float kLeakySlope = 0.2f;

/// max(x, 0.2 x); NaN stays NaN.
EDGESWEEP_HD float leaky_relu(float x) {
  const float scaled = kLeakySlope * x;
  return x < scaled ? scaled : x;
}

/// Derivative from the stored output: the slope is positive, so output and input have the same
/// sign.
EDGESWEEP_HD float leaky_relu_gradient(float output) { return output > 0.0f ? 1.0f : kLeakySlope; }

constexpr double kAdamBeta1 = 0.9;
constexpr double kAdamBeta2 = 0.999;
constexpr float kAdamGain1 = 0.1f;    ///< 1 - beta_1, rounded once (1.0f - 0.9f would be 2e-7 off)
constexpr float kAdamGain2 = 0.001f;  ///< 1 - beta_2
constexpr float kAdamEpsilon = 1e-7f;

/// Keras' Adam: epsilon outside the square root of the uncorrected second moment; `step` holds the
/// bias corrections, lr * sqrt(1 - beta_2^t) / (1 - beta_1^t).
EDGESWEEP_HD void adam_update(float gradient, float step, float& weight, float& mean,
                              float& square) {
  mean = fused_multiply_add(kAdamGain1, gradient - mean, mean);
  square = fused_multiply_add(kAdamGain2, gradient * gradient - square, square);
  weight = weight - (step * mean) / (sqrtf(square) + kAdamEpsilon);
}

/// Chains of the decision's sum: chain c takes the units c, c + 16, c + 32, ...
constexpr int kDecisionChains = 16;

/// Adds 16 chains pairwise: c and c + 8, then c and c + 4, ...
EDGESWEEP_HD float pairwise_sum(float* chain) {
  for (int half = kDecisionChains / 2; half > 0; half /= 2)
    for (int c = 0; c < half; ++c) chain[c] = chain[c] + chain[c + half];
  return chain[0];
}

/// D = Q1[n] - Q0[n] as docs/model.md#decision defines it; offload if D >= 0. hidden, difference:
/// `width` values, the last hidden layer and column(Q1[n]) - column(Q0[n]).
EDGESWEEP_HD float decision(const float* hidden, const float* difference, int width,
                            float bias_difference) {
  float chain[kDecisionChains] = {};
  for (int k = 0; k < width; ++k)
    chain[k % kDecisionChains] =
        fused_multiply_add(hidden[k], difference[k], chain[k % kDecisionChains]);
  return bias_difference + pairwise_sum(chain);
}

}  // namespace edgesweep
