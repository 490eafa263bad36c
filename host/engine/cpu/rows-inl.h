// What training does with the rows of a network's outputs: values after the action and the sums of
// their targets. Also the dot product of a decision. Included inside Highway's target
// loop.
#if defined(EDGESWEEP_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_ROWS_INL_H_
#undef EDGESWEEP_ROWS_INL_H_
#else
#define EDGESWEEP_ROWS_INL_H_
#endif

#include "host/engine/cpu/targets-inl.h"
#include "kernels/targets.cuh"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

// Loops go over whole vectors and may run over the end of a row by up to kPadding - 1 elements:
// every buffer here has room for that, and nothing valid is read from there.

/// Chains of 16 in vectors: vector v holds the chains v * kLanes and up.
constexpr int kChainVectors = kDecisionChains / kLanes;

#if HWY_TARGET != HWY_SCALAR
/// Adds the upper half of a vector to the lower until four lanes are left.
template <class D>
HWY_INLINE hn::Vec<hn::Full128<float>> folded_to_four(D, hn::Vec<D> vector) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    return vector;
  } else {
    const hn::Half<D> half;
    return folded_to_four(half, hn::Add(hn::LowerHalf(half, vector), hn::UpperHalf(half, vector)));
  }
}
#endif

/// kernels/network.cuh `pairwise_sum`: chains c and c + 8, then c and c + 4, ...
HWY_INLINE float pairwise_sum_of_vectors(Vector (&chain)[kChainVectors]) {
#if HWY_TARGET == HWY_SCALAR
  float sum[kDecisionChains];
  for (int v = 0; v < kChainVectors; ++v) sum[v] = hn::GetLane(chain[v]);
  return pairwise_sum(sum);
#else
  for (int half = kChainVectors / 2; half > 0; half /= 2)
    for (int v = 0; v < half; ++v) chain[v] = hn::Add(chain[v], chain[v + half]);
  const auto four = folded_to_four(Tag(), chain[0]);
  const auto two = hn::Add(four, hn::Shuffle1032(four));
  return hn::GetLane(hn::Add(two, hn::Shuffle2301(two)));
#endif
}

/// Sum in kDecisionChains interleaved chains, then pairwise. Missing elements add 0.
HWY_INLINE float chain_sum(const float* values, int count) {
  const Tag tag;
  Vector chain[kChainVectors];
#pragma GCC unroll 16
  for (int v = 0; v < kChainVectors; ++v) chain[v] = hn::Zero(tag);
  int i = 0;
  for (; i + kDecisionChains <= count; i += kDecisionChains)
#pragma GCC unroll 16
    for (int v = 0; v < kChainVectors; ++v)
      chain[v] = hn::Add(chain[v], hn::LoadU(tag, values + i + v * kLanes));
  if (i < count) {
#pragma GCC unroll 16
    for (int v = 0; v < kChainVectors; ++v) {
      const int at = i + v * kLanes;
      chain[v] = hn::Add(chain[v],
                         hn::IfThenElseZero(lanes_below(at, count), hn::LoadU(tag, values + at)));
    }
  }
  return pairwise_sum_of_vectors(chain);
}

/// U[n - Q] of kernels/targets.cuh `best_value`.
HWY_INLINE void best_values(const TokenBucket& bucket, Outputs output_kind, const float* outputs,
                            float reward, float* best) {
  const Tag tag;
  const int count = bucket.capacity + 1 - bucket.refill;
  const int keep_only = bucket.cost - bucket.refill;
  const float* keep = outputs + keep_output(bucket, output_kind, bucket.refill);
  for (int i = 0; i < keep_only; i += kLanes)
    hn::StoreU(hn::LoadU(tag, keep + i), tag, best + i);  // past keep_only: overwritten below
  keep += keep_only;
  const float* offload = outputs + offload_output(bucket, output_kind, bucket.cost);
  const bool rewarded = output_kind == Outputs::after_states;
  const Vector gain = hn::Set(tag, reward);
  for (int i = 0; i < count - keep_only; i += kLanes) {
    const Vector value = hn::LoadU(tag, offload + i);
    hn::StoreU(greater_or_second(rewarded ? hn::Add(gain, value) : value, hn::LoadU(tag, keep + i)),
               tag, best + keep_only + i);
  }
}

/// kernels/targets.cuh `value_after_expected_gap` for a = 0..M.
HWY_INLINE void expected_values_after(const NextStates& next, const float* best, float* after) {
  const Tag tag;
  const TokenBucket& bucket = next.bucket;
  const Vector full = hn::Set(tag, best[bucket.capacity - bucket.refill]);
  const Vector discount = hn::Set(tag, next.discount);
  for (int a = 0; a <= bucket.capacity; a += kLanes) {
    Vector expected = hn::Zero(tag);
    for (int gap = 1; gap <= next.gaps; ++gap) {
      // From a units after the action this gap ends below M for a < M - Q gap; where it does not,
      // it is in remaining_at.
      const int64_t below = int64_t{bucket.capacity} - int64_t{bucket.refill} * gap;
      if (a >= below) break;
      const float* from = best + static_cast<ptrdiff_t>(bucket.refill) * (gap - 1) + a;
      const Vector sum =
          fused(hn::Set(tag, next.gap_probability[gap - 1]), hn::LoadU(tag, from), expected);
      expected = a + kLanes <= below ? sum : hn::IfThenElse(lanes_below(a, below), sum, expected);
    }
    expected = fused(hn::Load(tag, next.remaining_at + a), full, expected);
    hn::Store(hn::Mul(discount, expected), tag, after + a);
  }
}

/// What best_values gives, straight from a row of outputs: fewer loads and no detour over memory
/// where few gaps are possible.
class BestOfRow {
 public:
  HWY_INLINE BestOfRow(const NextStates& next, const float* outputs, float reward)
      : outputs_(outputs),
        keep_(keep_output(next.bucket, next.output_kind, 0)),
        offload_(offload_output(next.bucket, next.output_kind, 0)),
        cost_(next.bucket.cost),
        gain_(hn::Set(Tag(), reward)),
        rewarded_(next.output_kind == Outputs::after_states) {}

  /// U[n], U[n + 1], ... as far as they are in the row.
  HWY_INLINE Vector at(int64_t n) const {
    const Vector keep = hn::LoadU(Tag(), outputs_ + (n + keep_));
    if (n + kLanes <= cost_) return keep;
    const Vector value = hn::LoadU(Tag(), outputs_ + (n + offload_));
    const Vector best = greater_or_second(rewarded_ ? hn::Add(gain_, value) : value, keep);
    return n >= cost_ ? best : hn::IfThenElse(lanes_below(n, cost_), keep, best);
  }

 private:
  const float* outputs_;
  int64_t keep_, offload_;  ///< outputs of n = 0, where there is none
  int64_t cost_;
  Vector gain_;
  bool rewarded_;
};

/// U[M].
HWY_INLINE float best_of_full(const NextStates& next, const float* outputs, float reward) {
  return best_value(next.bucket, next.output_kind, outputs, reward, next.bucket.capacity);
}

/// kernels/targets.cuh `value_after_gap` for a = 0..M.
HWY_INLINE void values_after_gap(const NextStates& next, const float* outputs, float reward,
                                 int32_t gap, float* after) {
  const Tag tag;
  const BestOfRow best(next, outputs, reward);
  const int64_t shift = int64_t{next.bucket.refill} * gap;
  const int64_t below = next.bucket.capacity - shift;  // a < below ends below M
  const Vector full = hn::Set(tag, best_of_full(next, outputs, reward));
  const Vector discount = hn::Set(tag, next.discount);
  for (int64_t a = 0; a <= next.bucket.capacity; a += kLanes) {
    Vector value = full;
    if (a < below) value = hn::IfThenElse(lanes_below(a, below), best.at(a + shift), full);
    hn::Store(hn::Mul(discount, value), tag, after + a);
  }
}

/// kernels/targets.cuh `value_after_expected_gap` for a = 0..M where all gaps but those that end at
/// M are of one time unit: images that arrive one each, above all.
HWY_INLINE void values_after_one_unit(const NextStates& next, const float* outputs, float reward,
                                      float* after) {
  const Tag tag;
  const BestOfRow best(next, outputs, reward);
  const int64_t shift = next.bucket.refill;
  const int64_t below = next.bucket.capacity - shift;
  const Vector full = hn::Set(tag, best_of_full(next, outputs, reward));
  const Vector discount = hn::Set(tag, next.discount);
  const Vector probability = hn::Set(tag, next.gap_probability[0]);
  for (int64_t a = 0; a <= next.bucket.capacity; a += kLanes) {
    Vector expected = hn::Zero(tag);
    if (a < below) {
      const Vector sum = fused(probability, best.at(a + shift), expected);
      expected = a + kLanes <= below ? sum : hn::IfThenElse(lanes_below(a, below), sum, expected);
    }
    expected = fused(hn::Load(tag, next.remaining_at + a), full, expected);
    hn::Store(hn::Mul(discount, expected), tag, after + a);
  }
}

void next_state_values(const NextStates& next, int rows, float* best) {
  const TokenBucket& bucket = next.bucket;
  const int kept = keep_output_count(bucket, next.output_kind);
  const int offloaded = offload_outputs(bucket, next.output_kind);
  const int first = first_kept(bucket, next.output_kind);
  for (int row = 0; row < rows; ++row) {
    float* after = next.afterstate_values + row * next.afterstate_stride;
    const float* outputs = next.outputs + row * next.output_stride;
    if (next.gap) {
      values_after_gap(next, outputs, next.reward[row], next.gap[row], after);
    } else if (next.gaps == 1) {
      values_after_one_unit(next, outputs, next.reward[row], after);
    } else {
      best_values(bucket, next.output_kind, outputs, next.reward[row], best);
      expected_values_after(next, best, after);
    }
    next.sum[row] = double{chain_sum(after + first, kept)} + double{chain_sum(after, offloaded)} +
                    double{next.reward[row]} * offloaded;
    if (!next.center) continue;
    const Vector mean = hn::Set(Tag(), target_mean(next.sum[row], kept + offloaded));
    for (int a = 0; a <= bucket.capacity; a += kLanes)
      hn::Store(hn::Sub(hn::Load(Tag(), after + a), mean), Tag(), after + a);
    next.sum[row] = 0;
  }
}

HWY_INLINE float chain_dot(const float* x, const float* y, int count) {
  const Tag tag;
  Vector chain[kChainVectors];
#pragma GCC unroll 16
  for (int v = 0; v < kChainVectors; ++v) chain[v] = hn::Zero(tag);
  for (int i = 0; i < count; i += kDecisionChains)
#pragma GCC unroll 16
    for (int v = 0; v < kChainVectors; ++v)
      chain[v] =
          fused(hn::Load(tag, x + i + v * kLanes), hn::Load(tag, y + i + v * kLanes), chain[v]);
  return pairwise_sum_of_vectors(chain);
}

void chain_dots(const float* const* x, const float* const* y, int rows, int count, float* dot) {
  for (int row = 0; row < rows; ++row) dot[row] = chain_dot(x[row], y[row], count);
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
