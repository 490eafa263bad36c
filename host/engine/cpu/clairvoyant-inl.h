// The dynamic programme of kernels/clairvoyant.cuh with neighbouring slopes in the lanes. Included
// inside Highway's target loop.
#if defined(EDGESWEEP_CLAIRVOYANT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_CLAIRVOYANT_INL_H_
#undef EDGESWEEP_CLAIRVOYANT_INL_H_
#else
#define EDGESWEEP_CLAIRVOYANT_INL_H_
#endif

#include <bit>

#include "host/engine/cpu/threshold_scan-inl.h"
#include "kernels/clairvoyant.cuh"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

/// full_bucket_gain of every lane.
HWY_INLINE Integers gain_vector(Integers value, Integers slope) {
  return hn::Max(hn::Sub(value, slope), hn::Zero(TagInt()));
}

/// All slopes before an image of `value` from those after it: after[i] is S[i + wait], to[i] gets
/// S[i]. Three stretches of i, each written a little too far and overwritten by the next.
HWY_INLINE void slopes_before(const TokenBucket& bucket, int32_t value, const int32_t* after,
                              int32_t* to) {
  const TagInt tag;
  const Integers values = hn::Set(tag, value);
  const ptrdiff_t cost = bucket.cost;
  const ptrdiff_t top = bucket.capacity - bucket.cost;  // from here on, V(M) is above
  const Integers gain = hn::Set(tag, full_bucket_gain(value, after[top]));
  const auto slope_at = [&](ptrdiff_t i) { return hn::LoadU(tag, after + i); };

  for (ptrdiff_t i = 0; i < std::min(cost, top); i += kLanes)
    hn::StoreU(hn::Max(slope_at(i), values), tag, to + i);
  for (ptrdiff_t i = cost; i < top; i += kLanes)
    hn::StoreU(hn::Max(slope_at(i), hn::Min(slope_at(i - cost), values)), tag, to + i);
  for (ptrdiff_t i = top; i < cost; i += kLanes)
    hn::StoreU(hn::Add(slope_at(i), gain), tag, to + i);
  for (ptrdiff_t i = std::max(cost, top); i < bucket.capacity; i += kLanes) {
    const Integers slope = slope_at(i);
    const Integers before = hn::Max(slope, hn::Min(slope_at(i - cost), values));
    hn::StoreU(hn::Add(hn::Sub(before, gain_vector(values, slope)), gain), tag, to + i);
  }
  hn::StoreU(hn::Zero(tag), tag, to + bucket.capacity);
}

/// worth_a_token at i + P units to bit i of the row.
HWY_INLINE void mark_worth(int32_t value, const int32_t* after, ptrdiff_t words, uint32_t* row) {
  const TagInt tag;
  const Integers values = hn::Set(tag, value);
  if constexpr (kLanes % 8 == 0 && std::endian::native == std::endian::little) {
    auto* const bytes = reinterpret_cast<uint8_t*>(row);
    for (ptrdiff_t i = 0; i < 32 * words; i += kLanes)
      hn::StoreMaskBits(tag, hn::Gt(values, hn::LoadU(tag, after + i)), bytes + i / 8);
    return;
  }
  for (ptrdiff_t w = 0; w < words; ++w) {
    uint32_t word = 0;
#pragma GCC unroll 8
    for (int i = 0; i < 32; i += kLanes) {
      uint8_t bytes[8] = {};
      hn::StoreMaskBits(tag, hn::Gt(values, hn::LoadU(tag, after + 32 * w + i)), bytes);
      word |= (bytes[0] | static_cast<uint32_t>(bytes[1]) << 8) << i;
    }
    row[w] = word;
  }
}

int64_t scan_clairvoyant(ClairvoyantScan& scan) {
  const TokenBucket bucket = scan.bucket;
  const ptrdiff_t words = decision_words(bucket);
  int32_t wait = 0;
  int64_t rows = 0;
  const auto step = [&](int32_t value) {
    slopes_before(bucket, value, scan.slope + wait, scan.spare);
    std::swap(scan.slope, scan.spare);
    wait = 0;
  };
  for (int64_t t = scan.images - 1; t >= 0; --t) {
    wait = longer_wait(bucket, wait, scan.gap[t]);
    const int32_t value = scan.value[scan.index[t]];
    if (value == 0) continue;
    if (scan.worth) mark_worth(value, scan.slope + wait, words, scan.worth + rows * words);
    ++rows;
    step(value);
  }
  if (wait > 0) step(0);  // nothing to earn: the slopes move
  return rows;
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
