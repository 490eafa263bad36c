// What the engine does with single rows: best action values, sums and dot products in chains, and
// the ranks of drawn sequences. Included inside Highway's target loop.
#if defined(EDGESWEEP_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_ROWS_INL_H_
#undef EDGESWEEP_ROWS_INL_H_
#else
#define EDGESWEEP_ROWS_INL_H_
#endif

#include "host/engine/cpu/last_reset_table.h"
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

// Philox4x32-10 on 64-bit lanes whose low halves hold the words: one widening multiply gives both
// halves of a product, and what is left in the high halves never matters.
using Tag64 = hn::CappedTag<uint64_t, 8>;
using Vector64 = hn::Vec<Tag64>;
constexpr int kLanes64 = static_cast<int>(hn::MaxLanes(Tag64()));

HWY_INLINE Vector64 widening_product(Vector64 x, Vector64 y) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(Tag64(), (hn::GetLane(x) & 0xFFFFFFFF) * (hn::GetLane(y) & 0xFFFFFFFF));
#else
  const hn::RepartitionToNarrow<Tag64> narrow;
  return hn::MulEven(hn::BitCast(narrow, x), hn::BitCast(narrow, y));
#endif
}

HWY_INLINE void philox_rounds(uint64_t seed, Vector64 (&word)[4]) {
  const Tag64 tag;
  const Vector64 multiplier_0 = hn::Set(tag, PHILOX_M4x32_0);
  const Vector64 multiplier_1 = hn::Set(tag, PHILOX_M4x32_1);
  uint32_t key_0 = static_cast<uint32_t>(seed);
  uint32_t key_1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const Vector64 product_0 = widening_product(multiplier_0, word[0]);
    const Vector64 product_1 = widening_product(multiplier_1, word[2]);
    word[0] =
        hn::Xor(hn::Xor(hn::ShiftRight<32>(product_1), word[1]), hn::Set(tag, uint64_t{key_0}));
    word[2] =
        hn::Xor(hn::Xor(hn::ShiftRight<32>(product_0), word[3]), hn::Set(tag, uint64_t{key_1}));
    word[1] = product_1;
    word[3] = product_0;
    key_0 += PHILOX_W32_0;
    key_1 += PHILOX_W32_1;
  }
}

/// Bit i: lane i is below the limit. Values and limit are below 2^33.
HWY_INLINE uint64_t bits_below(Vector64 values, uint64_t limit) {
  const hn::RebindToSigned<Tag64> tag;
  const auto below = hn::Lt(hn::BitCast(tag, values), hn::Set(tag, static_cast<int64_t>(limit)));
  uint8_t bits[8] = {};
  hn::StoreMaskBits(tag, below, bits);
  return bits[0];
}

/// The location at each lane: where a reset was last drawn, or `location` before the first one.
HWY_INLINE Vector64 resolve_locations(uint64_t resets, Vector64 drawn, Vector64 location) {
  // No branch: whether there is a reset is a coin toss, and a wrong guess would stall the next
  // block's rounds.
  const Tag64 tag;
  const Vector64 last = hn::Load(tag, kLastReset[resets].data());
  const Vector64 resolved = hn::TableLookupLanes(drawn, hn::IndicesFromVec(tag, last));
  const Vector64 first = hn::Set(tag, static_cast<uint64_t>(__builtin_ctzll(resets | 256)));
  const hn::RebindToSigned<Tag64> signed_tag;
  const auto before =
      hn::Lt(hn::BitCast(signed_tag, hn::Iota(tag, 0)), hn::BitCast(signed_tag, first));
  return hn::IfThenElse(hn::RebindMask(tag, before), location, resolved);
}

/// Ranks of kLanes64 images: location + offset, going round at the last image.
HWY_INLINE Vector64 ranks_of(Vector64 location, Vector64 offset, uint64_t images) {
  const hn::RebindToSigned<Tag64> signed_tag;
  const Tag64 tag;
  const Vector64 all = hn::Set(tag, images);
  const Vector64 rank = hn::Add(location, offset);
  const auto inside = hn::Lt(hn::BitCast(signed_tag, rank), hn::BitCast(signed_tag, all));
  return hn::IfThenElse(hn::RebindMask(tag, inside), rank, hn::Sub(rank, all));
}

HWY_INLINE void store_low_halves(Vector64 values, int count, uint32_t* out) {
  HWY_ALIGN uint64_t lanes[kLanes64];
  hn::Store(values, Tag64(), lanes);
  for (int i = 0; i < count; ++i) out[i] = static_cast<uint32_t>(lanes[i]);
}

/// Draws kLanes64 images from `position` on; returns their locations.
HWY_INLINE Vector64 draw_vector(const MetricLaw& law, uint64_t seed, uint32_t stream,
                                uint32_t iteration, Purpose purpose, uint32_t position,
                                Vector64 location, Vector64& rank, Vector64& gap_word) {
  const Tag64 tag;
  Vector64 word[4] = {hn::Add(hn::Iota(tag, 0), hn::Set(tag, uint64_t{position})),
                      hn::Set(tag, uint64_t{stream}), hn::Set(tag, uint64_t{iteration}),
                      hn::Set(tag, static_cast<uint64_t>(purpose))};
  philox_rounds(seed, word);
  const uint64_t first_image = position == 0 ? 1 : 0;  // always draws a location
  const Vector64 reset_word = hn::And(word[0], hn::Set(tag, uint64_t{0xFFFFFFFF}));
  const uint64_t resets = bits_below(reset_word, law.reset_threshold) | first_image;
  const Vector64 offset =
      hn::ShiftRight<32>(widening_product(word[1], hn::Set(tag, uint64_t{law.offsets})));
  const Vector64 drawn =
      hn::ShiftRight<32>(widening_product(word[2], hn::Set(tag, uint64_t{law.locations})));
  const Vector64 at = resolve_locations(resets, drawn, location);
  rank = ranks_of(at, offset, law.images);
  gap_word = word[3];
  return at;
}

void draw_indices(const MetricLaw& law, uint64_t seed, uint32_t stream, uint32_t iteration,
                  Purpose purpose, uint32_t first_position, int count, uint32_t& location,
                  uint32_t* index, uint32_t* gap_word) {
  const Tag64 tag;
  const auto last_lane = hn::IndicesFromVec(tag, hn::Set(tag, uint64_t{kLanes64 - 1}));
  Vector64 current = hn::Set(tag, uint64_t{location});
  Vector64 rank, gap;
  int done = 0;
  for (; done + kLanes64 <= count; done += kLanes64) {
    const uint32_t position = first_position + static_cast<uint32_t>(done);
    const Vector64 at =
        draw_vector(law, seed, stream, iteration, purpose, position, current, rank, gap);
    current = hn::TableLookupLanes(at, last_lane);
    store_low_halves(rank, kLanes64, index + done);
    if (gap_word) store_low_halves(gap, kLanes64, gap_word + done);
  }
  HWY_ALIGN uint64_t locations[kLanes64];
  hn::Store(current, tag, locations);
  const int rest = count - done;
  if (rest > 0) {
    const uint32_t position = first_position + static_cast<uint32_t>(done);
    hn::Store(draw_vector(law, seed, stream, iteration, purpose, position, current, rank, gap), tag,
              locations);
    store_low_halves(rank, rest, index + done);
    if (gap_word) store_low_halves(gap, rest, gap_word + done);
  }
  location = static_cast<uint32_t>(locations[rest > 0 ? rest - 1 : 0]);
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
