// The slopes of a clairvoyant policy in whole, aligned vectors of AVX-512, which has one
// instruction for lanes that lie across two vectors. Included inside Highway's target loop.
#if defined(EDGESWEEP_CLAIRVOYANT_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_CLAIRVOYANT_VECTORS_INL_H_
#undef EDGESWEEP_CLAIRVOYANT_VECTORS_INL_H_
#else
#define EDGESWEEP_CLAIRVOYANT_VECTORS_INL_H_
#endif

#include <cstring>
#include <limits>

#include "host/engine/cpu/threshold_scan-inl.h"
#include "host/engine/network/aligned.h"
#include "kernels/clairvoyant.cuh"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

/// full_bucket_gain of every lane.
HWY_INLINE Integers gain_vector(Integers value, Integers slope) {
  return hn::Max(hn::Sub(value, slope), hn::Zero(TagInt()));
}

#if HWY_TARGET == HWY_AVX3

/// Lane i becomes lane from[i] of the 32 in `low` and `high`.
HWY_INLINE Integers lanes_of_two(Integers low, Integers high, Integers from) {
  return Integers{_mm512_permutex2var_epi32(low.raw, from.raw, high.raw)};
}

/// S[0 .. M-1] end at the last lane of the last vector and zeros follow. So an image finds what the
/// image behind it stored in the vectors that were stored, without waiting for them to reach the
/// cache, and i >= M - P is always the last P lanes. Lanes before S[0] count as more than any
/// value: who has too few units cannot offload. kCost: vectors that P lanes take.
template <int kCost>
class SlopeVectors {
  static_assert(kCost == 1 || kCost == 2);

 public:
  explicit SlopeVectors(const ClairvoyantScan& scan)
      : capacity_(scan.bucket.capacity),
        vectors_((capacity_ + kLanes - 1) / kLanes),
        empty_(vectors_ * kLanes - capacity_),
        first_top_(kCost * kLanes - scan.bucket.cost),
        slope_(static_cast<size_t>((2 * vectors_ + 1) * kLanes)),
        worth_(static_cast<size_t>(vectors_ + 4)) {
    std::copy_n(scan.slope, capacity_, slope_.data() + empty_);
  }

  /// Slopes before an image of `value` from those `wait` units after it; the image's row of
  /// decisions unless null.
  HWY_INLINE void step(int32_t value, int32_t wait, ptrdiff_t words, uint32_t* row) {
    const TagInt tag;
    const Integers values = hn::Set(tag, value);
    const Integers above_all = hn::Set(tag, std::numeric_limits<int32_t>::max());
    const Integers lane = hn::Iota(tag, 0);
    const Integers from_after = hn::Add(lane, hn::Set(tag, wait % kLanes));
    const Integers from_lower = hn::Add(lane, hn::Set(tag, first_top_));
    const int top = vectors_ - kCost;  // the vector of S[M - P]
    int32_t* const slope = slope_.data();
    const int32_t* const after = slope + wait / kLanes * kLanes;
    const int32_t full = slope[top * kLanes + first_top_ + wait];
    const Integers gain = hn::Set(tag, full_bucket_gain(value, full));

    // Of the vector in hand and of the two before it: S[i + wait].
    Integers slopes = above_all, before = above_all, before_that = above_all;
    Integers next = hn::Load(tag, after);
    const auto turn_to = [&](int j) {
      before_that = before;
      before = slopes;
      const Integers here = next;
      next = hn::Load(tag, after + (j + 1) * kLanes);
      slopes = lanes_of_two(here, next, from_after);
      if (j == 0) slopes = hn::IfThenElse(hn::Lt(lane, hn::Set(tag, empty_)), above_all, slopes);
      worth_[static_cast<size_t>(j)] = hn::Gt(values, slopes).raw;
    };
    const auto put = [&] {  // slope_before
      const Integers lower = kCost == 1 ? lanes_of_two(before, slopes, from_lower)
                                        : lanes_of_two(before_that, before, from_lower);
      return hn::Max(slopes, hn::Min(lower, values));
    };
    const auto top_change = [&] { return hn::Sub(gain, gain_vector(values, slopes)); };

    int j = 0;
    for (; j < top; ++j) {
      turn_to(j);
      hn::Store(put(), tag, slope + j * kLanes);
    }
    turn_to(j);
    const auto kept = hn::Lt(lane, hn::Set(tag, first_top_));
    hn::Store(hn::Add(put(), hn::IfThenZeroElse(kept, top_change())), tag, slope + j * kLanes);
    if constexpr (kCost == 2) {
      turn_to(++j);
      hn::Store(hn::Add(put(), top_change()), tag, slope + j * kLanes);
    }
    if (!row) return;
    for (ptrdiff_t w = 0; w < words; ++w) {
      uint64_t bits;
      std::memcpy(&bits, worth_.data() + 2 * w, sizeof(bits));
      row[w] = static_cast<uint32_t>(bits >> empty_);
    }
  }

  void finish(ClairvoyantScan& scan) const {
    std::copy_n(slope_.data() + empty_, capacity_, scan.slope);
  }

 private:
  int32_t capacity_;
  int vectors_;
  int empty_;      ///< lanes before S[0]
  int first_top_;  ///< lane of S[M - P]
  AlignedVector<int32_t> slope_;
  AlignedVector<uint16_t> worth_;  ///< by vector: worth_a_token of its lanes
};

/// The same in registers, for the buckets of most sweeps: at most four vectors of slopes.
template <int kVectors, int kCost>
class SlopeRegisters {
  static_assert(kVectors <= 4 && kCost >= 1 && kCost <= kVectors);

 public:
  explicit SlopeRegisters(const ClairvoyantScan& scan)
      : capacity_(scan.bucket.capacity),
        empty_(kVectors * kLanes - capacity_),
        first_top_(kCost * kLanes - scan.bucket.cost) {
    HWY_ALIGN int32_t slope[kVectors * kLanes] = {};
    std::copy_n(scan.slope, capacity_, slope + empty_);
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) slope_[j] = hn::Load(TagInt(), slope + j * kLanes);
  }

  HWY_INLINE void step(int32_t value, int32_t wait, ptrdiff_t words, uint32_t* row) {
    const TagInt tag;
    const Integers values = hn::Set(tag, value);
    const Integers above_all = hn::Set(tag, std::numeric_limits<int32_t>::max());
    const Integers lane = hn::Iota(tag, 0);
    for (; wait >= kLanes; wait -= kLanes) {
#pragma GCC unroll 4
      for (int j = 0; j + 1 < kVectors; ++j) slope_[j] = slope_[j + 1];
      slope_[kVectors - 1] = hn::Zero(tag);
    }
    const Integers from_after = hn::Add(lane, hn::Set(tag, wait));
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j)
      slope_[j] =
          lanes_of_two(slope_[j], j + 1 < kVectors ? slope_[j + 1] : hn::Zero(tag), from_after);
    slope_[0] = hn::IfThenElse(hn::Lt(lane, hn::Set(tag, empty_)), above_all, slope_[0]);

    if (row) {
      uint64_t bits = 0;
#pragma GCC unroll 4
      for (int j = 0; j < kVectors; ++j)
        bits |= static_cast<uint64_t>(hn::Gt(values, slope_[j]).raw) << (j * kLanes);
      bits >>= empty_;
      row[0] = static_cast<uint32_t>(bits);
      if (words > 1) row[1] = static_cast<uint32_t>(bits >> 32);
    }

    const Integers first_top = hn::Set(tag, first_top_);
    const Integers from_lower = hn::Add(lane, first_top);
    const Integers gain =
        gain_vector(values, lanes_of_two(slope_[kVectors - kCost], above_all, first_top));
    // From the last vector to the first: the lower ones are still those after the image.
#pragma GCC unroll 4
    for (int j = kVectors - 1; j >= 0; --j) {
      const Integers slopes = slope_[j];
      const Integers lower =
          lanes_of_two(j < kCost ? above_all : slope_[j - kCost],
                       j + 1 < kCost ? above_all : slope_[j - kCost + 1], from_lower);
      slope_[j] = hn::Max(slopes, hn::Min(lower, values));
      if (j < kVectors - kCost) continue;
      const Integers change = hn::Sub(gain, gain_vector(values, slopes));
      slope_[j] = hn::Add(slope_[j], j > kVectors - kCost
                                         ? change
                                         : hn::IfThenZeroElse(hn::Lt(lane, first_top), change));
    }
  }

  void finish(ClairvoyantScan& scan) const {
    HWY_ALIGN int32_t slope[kVectors * kLanes];
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) hn::Store(slope_[j], TagInt(), slope + j * kLanes);
    std::copy_n(slope + empty_, capacity_, scan.slope);
  }

 private:
  int32_t capacity_;
  int empty_;      ///< lanes before S[0]
  int first_top_;  ///< lane of S[M - P]
  Integers slope_[kVectors];
};

#endif

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
