#pragma once
#include <optional>

#include "kernels/bucket.cuh"

namespace edgesweep {

/// (rate, depth) -> integers (Q, P, M), docs/model.md#token-bucket; nothing when the result is not
/// valid (1 <= Q < P, M >= P) or the depth is above 5 million tokens.
std::optional<TokenBucket> make_token_bucket(double rate, double depth);

/// May a device of a fleet be given (rate, depth) where its share of the switch is (share_rate,
/// share_depth)? Not when it holds less: a rate of at most the share's with less depth, or a lower
/// rate with at most the depth. docs/model.md#bucket-search.
bool holds_share(double rate, double depth, double share_rate, double share_depth);

}  // namespace edgesweep
