#pragma once
#include <vector>

#include "host/engine/network/aligned.h"
#include "host/engine/network/network_shape.h"

namespace edgesweep {

/// What a decision needs of the last layer, docs/model.md#decision: per token state n = P..M the
/// column of Q1[n] minus the column of Q0[n], and the same of the biases, in single precision. Of
/// after_states, W[n - P] minus W[n]: the image's expected reward is added last.
struct DecisionTable {
  int width = 0;                       ///< units of the last hidden layer
  int stride = 0;                      ///< width padded to a cache line
  AlignedVector<float> difference;     ///< [n - P] x stride
  std::vector<float> bias_difference;  ///< [n - P]

  const float* row(int32_t state) const {
    return difference.data() + static_cast<size_t>(state) * stride;
  }
};

/// weights: layout of NetworkShape.
DecisionTable make_decision_table(const NetworkShape& shape, const TokenBucket& bucket,
                                  Outputs outputs, const std::vector<float>& weights);

}  // namespace edgesweep
