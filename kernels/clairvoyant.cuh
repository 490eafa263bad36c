#pragma once
#include "kernels/bucket.cuh"

namespace edgesweep {

// The best that a policy could do that knows all images and gaps in advance: what one element of
// the dynamic programme over (image, units) is. docs/model.md#clairvoyant-policies.
//
// Let V(n) be the most that can still be earned with n units before an image, and V(n) = V(M) for
// n > M. The programme is kept in slopes, S[i] = V(i + P) - V(i) for i = 0..M-1: what the P units
// of one offload are worth to who has i beside them (0 for i >= M). Offloads are a matter of prefix
// sums bounded over every interval of images, whose linear programme has a matrix of consecutive
// ones: it is integral, and its optimum is concave in its right-hand side. So V is concave along
// i, i + P, i + 2 P, ...: slopes descend along it. An image of value v puts v in its place among
// them, and a gap moves all of them. Slopes are at least 0 and at most the largest value, so 32
// bits hold them for sequences of any length.

/// Slopes are sums of values and these are at most this much.
constexpr int32_t kLargestValue = 1 << 30;

/// Units that arrive between two images that are worth a decision: waits add up, and from M on a
/// longer one makes no difference.
EDGESWEEP_HD int32_t longer_wait(const TokenBucket& bucket, int32_t wait, int32_t gap) {
  const int64_t longer = wait + static_cast<int64_t>(bucket.refill) * gap;
  return static_cast<int32_t>(longer < bucket.capacity ? longer : bucket.capacity);
}

/// Whether an image is offloaded from i + P units: it is worth more than the tokens that it takes.
/// slope: S[i + wait] after it. Equal: it is kept.
EDGESWEEP_HD bool worth_a_token(int32_t value, int32_t slope) { return value > slope; }

/// What offloading from a full bucket adds to V(M). slope: S[M - P + wait] after the image.
EDGESWEEP_HD int32_t full_bucket_gain(int32_t value, int32_t slope) {
  return worth_a_token(value, slope) ? value - slope : 0;
}

/// S[i] before an image of value >= 0, i <= M - P, from S[i + wait] and S[i + wait - P] after it
/// (`value` itself for i < P: who has too few units cannot offload).
EDGESWEEP_HD int32_t slope_before(int32_t value, int32_t slope, int32_t lower) {
  const int32_t most = lower < value ? lower : value;
  return slope > most ? slope : most;
}

/// The same for i > M - P: V(i + P) is V(M). gain: full_bucket_gain.
EDGESWEEP_HD int32_t top_slope_before(int32_t value, int32_t slope, int32_t lower, int32_t gain) {
  return slope_before(value, slope, lower) - full_bucket_gain(value, slope) + gain;
}

/// How one sequence is worked on: last image first to find out what images are worth, then first
/// image first to decide. Decisions need a bit for each image worth one and each number of units.
/// Long sequences are cut into segments, so that not all of them are kept: the slopes at their ends
/// are, and a segment is worked through again when its turn to decide comes.
struct ClairvoyantLayout {
  TokenBucket bucket;   ///< in steps of `unit`
  int32_t unit = 1;     ///< gcd(Q, P): no other numbers of units are met
  int32_t rest = 0;     ///< n of `bucket` are n * unit + rest units of the run's bucket
  int64_t images = 0;   ///< of the sequence
  int64_t segment = 0;  ///< images in a segment, the last one may be shorter

  EDGESWEEP_HD int64_t segments() const { return (images + segment - 1) / segment; }
  EDGESWEEP_HD int64_t first_of(int64_t number) const { return number * segment; }
  EDGESWEEP_HD int64_t images_of(int64_t number) const {
    const int64_t left = images - first_of(number);
    return left < segment ? left : segment;
  }
};

/// Words of an image's row of decisions: bit i is worth_a_token at i + P units.
EDGESWEEP_HD int64_t decision_words(const TokenBucket& bucket) {
  return (bucket.capacity - bucket.cost) / 32 + 1;
}

/// The decision of a row at `units` >= P.
EDGESWEEP_HD bool offloads_at(const TokenBucket& bucket, const uint32_t* row, int32_t units) {
  const int32_t i = units - bucket.cost;
  return (row[i / 32] >> (i % 32) & 1) != 0;
}

}  // namespace edgesweep
