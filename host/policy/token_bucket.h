#pragma once
#include <optional>
#include <vector>

#include "host/policy/gap_law.h"
#include "kernels/bucket.cuh"

namespace edgesweep {
/// (rate, depth) -> integers (Q, P, M), docs/model.md#token-bucket; nothing when the result is not
/// valid (1 <= Q < P, M >= P) or the depth is above 5 million tokens.
std::optional<TokenBucket> make_token_bucket(double rate, double depth);

/// May a camera of a fleet be given (rate, depth) where its share of the switch is (share_rate,
/// share_depth)? Not when it holds less: a rate of at most the share's with less depth, or a lower
/// rate with at most the depth. docs/model.md#bucket-search.
bool holds_share(double rate, double depth, double share_rate, double share_depth);

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
