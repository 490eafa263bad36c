#pragma once
#include "kernels/portability.cuh"

namespace edgesweep {

/// Integer token bucket, docs/model.md#token-bucket. Its letters: Q = refill, P = cost,
/// M = capacity. One token is `cost` units; the state n counts units.
struct TokenBucket {
  int32_t refill = 0;    ///< Q: units that arrive in one time unit, >= 1
  int32_t cost = 0;      ///< P: units that one offload takes, > refill
  int32_t capacity = 0;  ///< M: most units kept, >= cost
};

EDGESWEEP_HD bool operator==(const TokenBucket& a, const TokenBucket& b) {
  return a.refill == b.refill && a.cost == b.cost && a.capacity == b.capacity;
}

EDGESWEEP_HD bool can_offload(const TokenBucket& bucket, int32_t units) {
  return units >= bucket.cost;
}

/// Units at the next image: min(M, n - P a + Q g). gap >= 1 in time units; large gaps do not
/// overflow.
EDGESWEEP_HD int32_t next_units(const TokenBucket& bucket, int32_t units, bool offload,
                                int32_t gap) {
  const int64_t after = static_cast<int64_t>(units) - (offload ? bucket.cost : 0);
  const int64_t next = after + static_cast<int64_t>(bucket.refill) * gap;
  return static_cast<int32_t>(next < bucket.capacity ? next : bucket.capacity);
}

}  // namespace edgesweep
