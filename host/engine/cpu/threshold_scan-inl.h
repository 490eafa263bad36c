// Threshold policies on one sequence per lane: ranks, gaps and bucket stay in registers. Included
// inside Highway's target loop.
#if defined(EDGESWEEP_THRESHOLD_SCAN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_THRESHOLD_SCAN_INL_H_
#undef EDGESWEEP_THRESHOLD_SCAN_INL_H_
#else
#define EDGESWEEP_THRESHOLD_SCAN_INL_H_
#endif

#include "host/engine/cpu/sequences-inl.h"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

using TagInt = hn::RebindToSigned<Tag32>;
using Integers = hn::Vec<TagInt>;

/// Sums in double of one value per lane: the lower and the upper half of the lanes.
#if HWY_TARGET == HWY_SCALAR

struct LaneSums {
  double sum;
};
HWY_INLINE LaneSums no_sums() { return {0}; }
struct LaneValues {
  double value;
};
HWY_INLINE LaneValues gather_values(const double* pairs, Integers rank, int member) {
  return {pairs[2 * hn::GetLane(rank) + member]};
}
HWY_INLINE void add(LaneSums& sums, const LaneValues& values) { sums.sum += values.value; }
HWY_INLINE void add_where(LaneSums& sums, const LaneValues& values, Integers chosen) {
  if (hn::GetLane(chosen) != 0) sums.sum += values.value;
}
HWY_INLINE void store_sums(const LaneSums& sums, double* out) { *out = sums.sum; }

#else

using TagDouble = hn::RepartitionToWide<hn::RebindToFloat<TagInt> >;
using Doubles = hn::Vec<TagDouble>;

struct LaneSums {
  Doubles low, high;
};
HWY_INLINE LaneSums no_sums() { return {hn::Zero(TagDouble()), hn::Zero(TagDouble())}; }
struct LaneValues {
  Doubles low, high;
};

HWY_INLINE LaneValues gather_values(const double* pairs, Integers rank, int member) {
  const TagDouble tag;
  const hn::RebindToSigned<TagDouble> wide;
  const hn::Half<TagInt> half;
  const Integers doubled = hn::ShiftLeft<1>(rank);
  const auto low = hn::PromoteTo(wide, hn::LowerHalf(half, doubled));
  const auto high = hn::PromoteTo(wide, hn::UpperHalf(half, doubled));
  return {hn::GatherIndex(tag, pairs + member, low), hn::GatherIndex(tag, pairs + member, high)};
}
HWY_INLINE void add(LaneSums& sums, const LaneValues& values) {
  sums.low = hn::Add(sums.low, values.low);
  sums.high = hn::Add(sums.high, values.high);
}
/// chosen: all bits of a lane, or none.
HWY_INLINE void add_where(LaneSums& sums, const LaneValues& values, Integers chosen) {
  const TagDouble tag;
  const hn::RebindToSigned<TagDouble> wide;
  const hn::Half<TagInt> half;
  const auto low = hn::BitCast(tag, hn::PromoteTo(wide, hn::LowerHalf(half, chosen)));
  const auto high = hn::BitCast(tag, hn::PromoteTo(wide, hn::UpperHalf(half, chosen)));
  sums.low = hn::Add(sums.low, hn::And(values.low, low));
  sums.high = hn::Add(sums.high, hn::And(values.high, high));
}
HWY_INLINE void store_sums(const LaneSums& sums, double* out) {
  const TagDouble tag;
  hn::StoreU(sums.low, tag, out);
  hn::StoreU(sums.high, tag, out + hn::MaxLanes(tag));
}

#endif

/// kernels/arrivals.cuh `next_gap` of kLanes streams.
class GapDrawer {
 public:
  HWY_INLINE GapDrawer(const ArrivalLaw& law, const StreamKey& first)
      : law_(law), first_(first), keys_(first.seed), periodic_(law.is_periodic()) {
    if (periodic_) return;
    StreamWords word[4];
    blocks_of_streams(keys_, first, Channel::start, 0, word);
    HWY_ALIGN uint32_t start[kLanes];
    hn::Store(all_words(word[0]), Tag32(), start);
    for (int lane = 0; lane < kLanes; ++lane)
      state_[lane] = draw_state(law.first_limit, start[lane]);
  }

  HWY_INLINE void start_block(uint32_t block) {
    if (!periodic_) blocks_of_streams(keys_, first_, Channel::gap, block, word_);
  }

  /// Gaps behind the images of number `w` in the block begun last.
  HWY_INLINE Integers next(int w) {
    if (periodic_) return hn::Set(TagInt(), 1);
    // Nearly always every lane takes the first, most probable step of its state.
    const Integers state = hn::Load(TagInt(), state_);
    const auto second = hn::Ne(state, hn::Zero(TagInt()));
    const Words word = all_words(word_[w]);
    const Words last = hn::IfThenElse(hn::RebindMask(Tag32(), second), last_word(1), last_word(0));
    if (hn::AllFalse(Tag32(), hn::Gt(word, last))) {
      hn::Store(hn::IfThenElse(second, first_state(1), first_state(0)), TagInt(), state_);
      return hn::IfThenElse(second, first_gap(1), first_gap(0));
    }
    HWY_ALIGN uint32_t words[kLanes];
    HWY_ALIGN int32_t gaps[kLanes];
    hn::Store(word, Tag32(), words);
    for (int lane = 0; lane < kLanes; ++lane)
      gaps[lane] = next_gap(law_, words[lane], state_[lane]);
    return hn::Load(TagInt(), gaps);
  }

 private:
  const ArrivalStep& first_step(int state) const { return law_.steps[law_.begin[state]]; }
  /// The last word that takes the first step of a state; limits are 1 at least.
  HWY_INLINE Words last_word(int state) const {
    return all_lanes(static_cast<uint32_t>(first_step(state).limit - 1));
  }
  HWY_INLINE Integers first_gap(int state) const {
    return hn::Set(TagInt(), first_step(state).gap);
  }
  HWY_INLINE Integers first_state(int state) const {
    return hn::Set(TagInt(), first_step(state).next_state);
  }

  const ArrivalLaw law_;
  const StreamKey first_;
  const RoundKeys keys_;
  const bool periodic_;
  StreamWords word_[4];
  HWY_ALIGN int32_t state_[kLanes] = {};
};

/// A policy's buckets and sums.
struct PolicyLanes {
  Integers units;
  Integers offloads;
  LaneSums reward;
};

void scan_thresholds(const ThresholdScan& scan) {
  const TagInt tag;
  const TokenBucket& bucket = scan.bucket;
  const Integers capacity = hn::Set(tag, bucket.capacity);
  const Integers cost = hn::Set(tag, bucket.cost);
  const Integers refill = hn::Set(tag, bucket.refill);
  IndexDrawer ranks(scan.metric_law, scan.first);
  GapDrawer gaps(scan.arrivals, scan.first);
  LaneSums strong = no_sums();
  LaneSums weak = no_sums();
  PolicyLanes policy[kMostScanned];
  for (int p = 0; p < scan.policies; ++p)
    policy[p] = {capacity, hn::Zero(tag), no_sums()};  // every sequence starts with a full bucket

  for (int64_t first = 0; first < scan.images; first += 4) {
    ranks.start_block(static_cast<uint32_t>(first / 4));
    gaps.start_block(static_cast<uint32_t>(first / 4));
    for (int w = 0; w < 4 && first + w < scan.images; ++w) {
      const Integers rank = hn::BitCast(tag, ranks.next(w, first + w == 0));
      const Integers refilled = hn::Mul(refill, gaps.next(w));
      const LaneValues reward = gather_values(scan.reward_and_cost, rank, 0);
      if (scan.sums) {
        add(strong, reward);
        add(weak, gather_values(scan.reward_and_cost, rank, 1));
      }
      for (int p = 0; p < scan.policies; ++p) {
        PolicyLanes& lanes = policy[p];
        const Integers kept = hn::GatherIndex(tag, scan.last_local_rank[p], lanes.units);
        const Integers offload = hn::VecFromMask(tag, hn::Gt(rank, kept));
        add_where(lanes.reward, reward, offload);
        lanes.offloads = hn::Sub(lanes.offloads, offload);
        const Integers after = hn::Sub(lanes.units, hn::And(offload, cost));
        lanes.units = hn::Min(capacity, hn::Add(after, refilled));
      }
    }
  }

  for (int p = 0; p < scan.policies; ++p) {
    store_sums(policy[p].reward, scan.reward + p * kLanes);
    HWY_ALIGN int32_t offloads[kLanes];
    hn::Store(policy[p].offloads, tag, offloads);
    for (int lane = 0; lane < kLanes; ++lane) scan.offloads[p * kLanes + lane] = offloads[lane];
  }
  if (scan.sums) {
    store_sums(strong, scan.strong_reward);
    store_sums(weak, scan.weak_cost);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
