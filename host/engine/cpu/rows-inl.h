// What the engine does with single rows: best action values, sums and dot products in chains.
// Included inside Highway's target loop.
#if defined(EDGESWEEP_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_ROWS_INL_H_
#undef EDGESWEEP_ROWS_INL_H_
#else
#define EDGESWEEP_ROWS_INL_H_
#endif

#include "host/engine/cpu/vector-inl.h"
#include "kernels/targets.cuh"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

void best_values(const TokenBucket& bucket, const float* outputs, float* best) {
  const Tag tag;
  const int keep_only = bucket.cost - bucket.refill;
  const int count = bucket.capacity + 1 - bucket.cost;
  const float* offload = outputs + offload_output(bucket, bucket.cost);
  for (int i = 0; i < keep_only; ++i) best[i] = outputs[i];
  int i = 0;
  for (; i + kLanes <= count; i += kLanes)
    hn::StoreU(
        greater_or_second(hn::LoadU(tag, offload + i), hn::LoadU(tag, outputs + keep_only + i)),
        tag, best + keep_only + i);
  for (; i < count; ++i) best[keep_only + i] = best_value(bucket, outputs, bucket.cost + i);
}

void expected_values_after(const TokenBucket& bucket, const float* best, float discount,
                           const float* gap_probability, int gaps, const float* remaining_at,
                           float* after) {
  const Tag tag;
  const int units = bucket.capacity + 1;
  for (int a = 0; a < units; ++a) after[a] = 0.0f;
  for (int gap = 1; gap <= gaps; ++gap) {
    // From a units after the action, this gap ends below M for a < M - Q gap; those from there on
    // are in remaining_at.
    const int64_t count = int64_t{bucket.capacity} - int64_t{bucket.refill} * gap;
    const float* from = best + static_cast<ptrdiff_t>(bucket.refill) * (gap - 1);
    const Vector probability = hn::Set(tag, gap_probability[gap - 1]);
    int64_t a = 0;
    for (; a + kLanes <= count; a += kLanes)
      hn::StoreU(fused(probability, hn::LoadU(tag, from + a), hn::LoadU(tag, after + a)), tag,
                 after + a);
    for (; a < count; ++a)
      after[a] = fused_multiply_add(gap_probability[gap - 1], from[a], after[a]);
  }
  const float full = best[bucket.capacity - bucket.refill];
  const Vector full_vector = hn::Set(tag, full);
  const Vector discount_vector = hn::Set(tag, discount);
  int a = 0;
  for (; a + kLanes <= units; a += kLanes) {
    const Vector expected =
        fused(hn::LoadU(tag, remaining_at + a), full_vector, hn::LoadU(tag, after + a));
    hn::StoreU(hn::Mul(discount_vector, expected), tag, after + a);
  }
  for (; a < units; ++a) after[a] = discount * fused_multiply_add(remaining_at[a], full, after[a]);
}

void values_after_gap(const TokenBucket& bucket, const float* best, float discount, int32_t gap,
                      float* after) {
  const Tag tag;
  const int64_t shift = int64_t{bucket.refill} * gap;
  const int64_t below =
      bucket.capacity > shift ? bucket.capacity - shift : 0;  // a < below ends below M
  const Vector discount_vector = hn::Set(tag, discount);
  int64_t a = 0;
  for (; a + kLanes <= below; a += kLanes)
    hn::StoreU(hn::Mul(discount_vector, hn::LoadU(tag, best + shift - bucket.refill + a)), tag,
               after + a);
  for (; a < below; ++a) after[a] = discount * best[shift - bucket.refill + a];
  const float full = discount * best[bucket.capacity - bucket.refill];
  for (; a <= bucket.capacity; ++a) after[a] = full;
}

void expand_targets(const float* after, int count, float reward, float mean, float* target) {
  const Tag tag;
  int i = 0;
  for (; i + kLanes <= count; i += kLanes)
    hn::StoreU(
        hn::Sub(hn::Add(hn::Set(tag, reward), hn::LoadU(tag, after + i)), hn::Set(tag, mean)), tag,
        target + i);
  for (; i < count; ++i) target[i] = (reward + after[i]) - mean;
}

/// Chains of 16 in vectors: vector v holds the chains v * kLanes and up.
constexpr int kChainVectors = kDecisionChains / kLanes;

float chain_sum(const float* values, int count) {
  const Tag tag;
  Vector chain[kChainVectors];
  for (Vector& c : chain) c = hn::Zero(tag);
  int i = 0;
  for (; i + kDecisionChains <= count; i += kDecisionChains)
    for (int v = 0; v < kChainVectors; ++v)
      chain[v] = hn::Add(chain[v], hn::LoadU(tag, values + i + v * kLanes));
  float sum[kDecisionChains];
  for (int v = 0; v < kChainVectors; ++v) hn::StoreU(chain[v], tag, sum + v * kLanes);
  for (int c = 0; i < count; ++i, ++c) sum[c] = sum[c] + values[i];
  return pairwise_sum(sum);
}

float chain_dot(const float* x, const float* y, int count) {
  const Tag tag;
  Vector chain[kChainVectors];
  for (Vector& c : chain) c = hn::Zero(tag);
  int i = 0;
  for (; i + kDecisionChains <= count; i += kDecisionChains)
    for (int v = 0; v < kChainVectors; ++v)
      chain[v] =
          fused(hn::LoadU(tag, x + i + v * kLanes), hn::LoadU(tag, y + i + v * kLanes), chain[v]);
  float sum[kDecisionChains];
  for (int v = 0; v < kChainVectors; ++v) hn::StoreU(chain[v], tag, sum + v * kLanes);
  for (int c = 0; i < count; ++i, ++c) sum[c] = fused_multiply_add(x[i], y[i], sum[c]);
  return pairwise_sum(sum);
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
