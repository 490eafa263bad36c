#pragma once
#include <optional>

#include "kernels/bucket.cuh"

namespace edgesweep {

/// (rate, depth) -> integers (Q, P, M), SPEC.md section 2; nothing when the result is not valid
/// (1 <= Q < P, M >= P) or the depth is above 5 million tokens.
std::optional<TokenBucket> make_token_bucket(double rate, double depth);

}  // namespace edgesweep
