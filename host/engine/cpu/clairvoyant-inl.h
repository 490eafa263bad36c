// The dynamic programme of kernels/clairvoyant.cuh with neighbouring slopes in the lanes. Included
// inside Highway's target loop.
#if defined(EDGESWEEP_CLAIRVOYANT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_CLAIRVOYANT_INL_H_
#undef EDGESWEEP_CLAIRVOYANT_INL_H_
#else
#define EDGESWEEP_CLAIRVOYANT_INL_H_
#endif

#include <bit>

#include "host/engine/cpu/clairvoyant_vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

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

/// Slopes of any bucket on any instruction set, between two rows of memory.
class SlopeRows {
 public:
  explicit SlopeRows(const ClairvoyantScan& scan)
      : bucket_(scan.bucket), slope_(scan.slope), spare_(scan.spare) {}

  HWY_INLINE void step(int32_t value, int32_t wait, ptrdiff_t words, uint32_t* row) {
    if (row) mark_worth(value, slope_ + wait, words, row);
    slopes_before(bucket_, value, slope_ + wait, spare_);
    std::swap(slope_, spare_);
  }

  void finish(ClairvoyantScan& scan) const {
    scan.slope = slope_;
    scan.spare = spare_;
  }

 private:
  TokenBucket bucket_;
  int32_t* slope_;
  int32_t* spare_;
};

/// Images of a value above 0, last one first, each with the units that arrive between it and the
/// next such image.
struct WorthyImages {
  static constexpr int64_t kMost = 512;
  int64_t count;
  int32_t value[kMost];
  int32_t wait[kMost];
};

/// Images `first` .. `end` - 1. wait: units that arrive between image `end` and the next worthy
/// one, then between image `first` and it. No branch: nobody foresees which images are worthy.
HWY_INLINE void collect_worthy(const ClairvoyantScan& scan, int64_t first, int64_t end,
                               int32_t& wait, WorthyImages& images) {
  images.count = 0;
  for (int64_t t = end - 1; t >= first; --t) {
    wait = longer_wait(scan.bucket, wait, scan.gap[t]);
    const int32_t value = scan.value[scan.index[t]];
    images.value[images.count] = value;
    images.wait[images.count] = wait;
    const bool worthy = value > 0;
    images.count += worthy ? 1 : 0;
    wait &= static_cast<int32_t>(worthy) - 1;
  }
}

template <class Slopes>
int64_t scan_with(Slopes slopes, ClairvoyantScan& scan) {
  const ptrdiff_t words = decision_words(scan.bucket);
  WorthyImages images;
  int32_t wait = 0;
  int64_t rows = 0;
  for (int64_t end = scan.images; end > 0;) {
    const int64_t first = std::max<int64_t>(end - WorthyImages::kMost, 0);
    collect_worthy(scan, first, end, wait, images);
    for (int64_t i = 0; i < images.count; ++i, ++rows)
      slopes.step(images.value[i], images.wait[i], words,
                  scan.worth ? scan.worth + rows * words : nullptr);
    end = first;
  }
  if (wait > 0) slopes.step(0, wait, words, nullptr);  // nothing to earn: the slopes move
  slopes.finish(scan);
  return rows;
}

int64_t scan_clairvoyant(ClairvoyantScan& scan) {
#if HWY_TARGET == HWY_AVX3
  const int vectors = (scan.bucket.capacity + kLanes - 1) / kLanes;
  if (scan.bucket.cost <= kLanes) {
    if (vectors == 1) return scan_with(SlopeRegisters<1, 1>(scan), scan);
    if (vectors == 2) return scan_with(SlopeRegisters<2, 1>(scan), scan);
    if (vectors == 3) return scan_with(SlopeRegisters<3, 1>(scan), scan);
    if (vectors == 4) return scan_with(SlopeRegisters<4, 1>(scan), scan);
    return scan_with(SlopeVectors<1>(scan), scan);
  }
  if (scan.bucket.cost <= 2 * kLanes) {
    if (vectors == 2) return scan_with(SlopeRegisters<2, 2>(scan), scan);
    if (vectors == 3) return scan_with(SlopeRegisters<3, 2>(scan), scan);
    if (vectors == 4) return scan_with(SlopeRegisters<4, 2>(scan), scan);
    return scan_with(SlopeVectors<2>(scan), scan);
  }
#endif
  return scan_with(SlopeRows(scan), scan);
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
