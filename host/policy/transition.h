#pragma once
#include <vector>

#include "host/policy/gap_law.h"
#include "kernels/bucket.cuh"

namespace edgesweep {

/// Law of the units at the next image given the units after the action,
/// docs/model.md#transition-matrix. From n = 0..M: with gap_probability[i - 1], i =
/// 1..floor(M / Q), to min(n + Q i, M); all remaining probability goes to M.
struct TransitionMatrix {
  TokenBucket bucket;
  std::vector<double> gap_probability;
  double remaining = 0;

  /// One row as the reference stores it: entry [n' - Q], n' = Q..M. For tests and for reading.
  std::vector<double> dense_row(int units_after_action) const;
};

TransitionMatrix make_transition_matrix(const TokenBucket& bucket, const GapLaw& gaps);

}  // namespace edgesweep
