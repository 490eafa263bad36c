// Fleets on one sequence per lane: images are drawn tile by tile, then every policy takes its turn
// with the tile, and every switch with what that policy offloads. Included inside Highway's target
// loop.
#if defined(EDGESWEEP_FLEET_SCAN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_FLEET_SCAN_INL_H_
#undef EDGESWEEP_FLEET_SCAN_INL_H_
#else
#define EDGESWEEP_FLEET_SCAN_INL_H_
#endif

#include "host/engine/cpu/threshold_scan-inl.h"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

/// Rewards as doubles, added in the order of the slots.
struct RealRewards {
  using Values = LaneValues;
  using Sums = LaneSums;
  static HWY_INLINE Values gather(const FleetScan& scan, Integers rank) {
    return gather_values(scan.reward_and_cost, rank, 0);
  }
  static HWY_INLINE Sums none() { return no_sums(); }
  static HWY_INLINE void add(Sums& sums, const Values& values, Integers chosen) {
    add_where(sums, values, chosen);
  }
  static HWY_INLINE void store(const Sums& sums, double* out) { store_sums(sums, out); }
};

/// Whole rewards: any order and either arithmetic gives the same sum.
struct WholeRewards {
  using Values = Integers;
  using Sums = Integers;
  static HWY_INLINE Values gather(const FleetScan& scan, Integers rank) {
    return hn::GatherIndex(TagInt(), scan.whole_reward, rank);
  }
  static HWY_INLINE Sums none() { return hn::Zero(TagInt()); }
  static HWY_INLINE void add(Sums& sums, const Values& values, Integers chosen) {
    sums = hn::Add(sums, hn::And(values, chosen));
  }
  static HWY_INLINE void store(const Sums& sums, double* out) {
    HWY_ALIGN int32_t lanes[kLanes];
    hn::Store(sums, TagInt(), lanes);
    for (int lane = 0; lane < kLanes; ++lane) out[lane] = lanes[lane];
  }
};

/// A bucket's integers in all lanes.
struct BucketLanes {
  Integers refill, cost, capacity, last_without;
  explicit HWY_INLINE BucketLanes(const TokenBucket& bucket)
      : refill(hn::Set(TagInt(), bucket.refill)),
        cost(hn::Set(TagInt(), bucket.cost)),
        capacity(hn::Set(TagInt(), bucket.capacity)),
        last_without(hn::Set(TagInt(), bucket.cost - 1)) {}

  /// kernels/bucket.cuh next_units with a gap of 1; offload: all bits of a lane, or none.
  HWY_INLINE Integers next(Integers units, Integers offload) const {
    return hn::Min(capacity, hn::Add(hn::Sub(units, hn::And(offload, cost)), refill));
  }
};

template <typename Rewards>
class FleetScanner {
 public:
  explicit FleetScanner(const FleetScan& scan)
      : scan_(scan), next_room_(static_cast<unsigned char*>(scan.room)) {
    const size_t cameras = static_cast<size_t>(scan.cameras);
    const size_t policies = static_cast<size_t>(scan.policies);
    const size_t pairs = policies * static_cast<size_t>(scan.switches);
    // Real sums and rewards first: with one lane their alignment is coarser than the others'.
    sums_ = take<typename Rewards::Sums>(pairs);
    reward_ = take<typename Rewards::Values>(kFleetTileSteps * cameras);
    rank_ = take<Integers>(kFleetTileSteps * cameras);
    offload_ = take<Integers>(kFleetTileSteps * cameras);
    location_ = take<Words>(cameras);
    units_ = take<Integers>(policies * cameras);
    offloads_ = take<Integers>(policies * cameras);
    switch_units_ = take<Integers>(pairs);
    passed_ = take<Integers>(pairs);
    for (size_t d = 0; d < cameras; ++d) location_[d] = all_lanes(0);
    for (size_t p = 0; p < policies; ++p)
      for (size_t d = 0; d < cameras; ++d) {
        units_[p * cameras + d] = hn::Set(TagInt(), scan.policy[p].bucket.capacity);
        offloads_[p * cameras + d] = hn::Zero(TagInt());
      }
    for (size_t pair = 0; pair < pairs; ++pair) {
      const size_t p = pair / static_cast<size_t>(scan.switches);
      const FleetSwitch& at_switch = scan.at_switch[pair % static_cast<size_t>(scan.switches)];
      switch_units_[pair] = hn::Set(
          TagInt(), scan.pooled ? scan.policy[p].bucket.capacity : at_switch.bucket.capacity);
      passed_[pair] = hn::Zero(TagInt());
      sums_[pair] = Rewards::none();
    }
  }

  void run() {
    for (int64_t first = 0; first < scan_.steps; first += kFleetTileSteps) {
      if (first % kFleetStopSteps == 0 && scan_.stop_requested != nullptr &&
          (*scan_.stop_requested)())
        return;
      const int64_t left = scan_.steps - first;
      const int steps = left < kFleetTileSteps ? static_cast<int>(left) : kFleetTileSteps;
      for (int d = 0; d < scan_.cameras; ++d) draw(first, steps, d);
      for (int p = 0; p < scan_.policies; ++p) {
        if (!scan_.pooled) decide(p, steps);
        for (int w = 0; w < scan_.switches; ++w) {
          if (!is_wanted(p, w)) continue;
          if (scan_.pooled)
            decide_pooled(p, w, steps);
          else if (scan_.counts)
            pass<true>(p, w, steps);
          else
            pass<false>(p, w, steps);
        }
      }
    }
    store();
  }

 private:
  template <typename T>
  T* take(size_t count) {
    T* const taken = reinterpret_cast<T*>(next_room_);
    next_room_ += count * sizeof(T);
    return taken;
  }

  bool is_wanted(int p, int w) const {
    return scan_.wanted == nullptr || scan_.wanted[p * scan_.switches + w] != 0;
  }

  void draw(int64_t first, int steps, int camera) {
    IndexDrawer drawer(scan_.metric_law, camera_stream(scan_.first, camera));
    drawer.go_on_from(location_[camera]);
    for (int t = 0; t < steps; t += 4) {
      drawer.start_block(static_cast<uint32_t>((first + t) / 4));
      for (int w = 0; w < 4 && t + w < steps; ++w) {
        const Integers rank = hn::BitCast(TagInt(), drawer.next(w, first + t + w == 0));
        rank_[(t + w) * scan_.cameras + camera] = rank;
        reward_[(t + w) * scan_.cameras + camera] = Rewards::gather(scan_, rank);
      }
    }
    location_[camera] = drawer.location();
  }

  /// The cameras' offloads of a tile. A camera's next state waits for a gather: several cameras go
  /// on side by side.
  void decide(int p, int steps) {
    int camera = 0;
    for (; camera + 4 <= scan_.cameras; camera += 4) decide_side_by_side<4>(p, steps, camera);
    for (; camera + 2 <= scan_.cameras; camera += 2) decide_side_by_side<2>(p, steps, camera);
    if (camera < scan_.cameras) decide_side_by_side<1>(p, steps, camera);
  }

  template <int kCameras>
  HWY_INLINE void decide_side_by_side(int p, int steps, int camera) {
    const FleetPolicy& policy = scan_.policy[p];
    const BucketLanes bucket(policy.bucket);
    Integers units[kCameras];
    Integers count[kCameras];
    Integers* const kept_units = units_ + p * scan_.cameras + camera;
    Integers* const counts = offloads_ + p * scan_.cameras + camera;
    for (int d = 0; d < kCameras; ++d) {
      units[d] = kept_units[d];
      count[d] = counts[d];
    }
    for (int t = 0; t < steps; ++t) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(t) * scan_.cameras + camera;
#pragma GCC unroll 4
      for (int d = 0; d < kCameras; ++d) {
        const Integers kept = hn::GatherIndex(TagInt(), policy.last_local_rank, units[d]);
        const Integers offload = hn::VecFromMask(TagInt(), hn::Gt(rank_[at + d], kept));
        offload_[at + d] = offload;
        count[d] = hn::Sub(count[d], offload);
        units[d] = bucket.next(units[d], offload);
      }
    }
    for (int d = 0; d < kCameras; ++d) {
      kept_units[d] = units[d];
      counts[d] = count[d];
    }
  }

  /// A tile of slots at one switch.
  template <bool kCounts>
  HWY_INLINE void pass(int p, int w, int steps) {
    const FleetSwitch& at_switch = scan_.at_switch[w];
    const BucketLanes bucket(at_switch.bucket);
    const int pair = p * scan_.switches + w;
    Integers units = switch_units_[pair];
    Integers passed = passed_[pair];
    typename Rewards::Sums sums = sums_[pair];
    for (int t = 0; t < steps; ++t) {
      const Integers* const offload = offload_ + static_cast<ptrdiff_t>(t) * scan_.cameras;
      const typename Rewards::Values* const reward =
          reward_ + static_cast<ptrdiff_t>(t) * scan_.cameras;
      for (int d = 0; d < at_switch.cameras; ++d) {
        const Integers passes = hn::IfThenElseZero(hn::Gt(units, bucket.last_without), offload[d]);
        Rewards::add(sums, reward[d], passes);
        if (kCounts) passed = hn::Sub(passed, passes);
        units = bucket.next(units, passes);
      }
    }
    switch_units_[pair] = units;
    passed_[pair] = passed;
    sums_[pair] = sums;
  }

  void decide_pooled(int p, int w, int steps) {
    const FleetPolicy& policy = scan_.policy[p];
    const BucketLanes bucket(policy.bucket);
    const int pair = p * scan_.switches + w;
    Integers units = switch_units_[pair];
    Integers passed = passed_[pair];
    typename Rewards::Sums sums = sums_[pair];
    for (int t = 0; t < steps; ++t)
      for (int d = 0; d < scan_.at_switch[w].cameras; ++d) {
        const ptrdiff_t at = static_cast<ptrdiff_t>(t) * scan_.cameras + d;
        const Integers kept = hn::GatherIndex(TagInt(), policy.last_local_rank, units);
        const Integers offload = hn::VecFromMask(TagInt(), hn::Gt(rank_[at], kept));
        Rewards::add(sums, reward_[at], offload);
        passed = hn::Sub(passed, offload);
        units = bucket.next(units, offload);
      }
    switch_units_[pair] = units;
    passed_[pair] = passed;
    sums_[pair] = sums;
  }

  void store() {
    for (int p = 0; p < scan_.policies; ++p)
      for (int w = 0; w < scan_.switches; ++w) {
        const int pair = p * scan_.switches + w;
        Rewards::store(sums_[pair], scan_.reward + pair * kLanes);
        if (!scan_.counts) continue;
        Integers offloads = passed_[pair];
        if (!scan_.pooled && is_wanted(p, w)) {
          offloads = hn::Zero(TagInt());
          for (int d = 0; d < scan_.at_switch[w].cameras; ++d)
            offloads = hn::Add(offloads, offloads_[p * scan_.cameras + d]);
        }
        store_counts(passed_[pair], scan_.passed + pair * kLanes);
        store_counts(offloads, scan_.offloads + pair * kLanes);
      }
  }

  static void store_counts(Integers counts, int64_t* out) {
    HWY_ALIGN int32_t lanes[kLanes];
    hn::Store(counts, TagInt(), lanes);
    for (int lane = 0; lane < kLanes; ++lane) out[lane] = lanes[lane];
  }

  const FleetScan& scan_;
  unsigned char* next_room_;
  // A tile, [step * cameras + camera].
  Integers* rank_;
  typename Rewards::Values* reward_;
  Integers* offload_;  ///< of the policy whose turn it is; all bits or none
  Words* location_;    ///< [camera]
  Integers* units_;    ///< [policy * cameras + camera]
  Integers* offloads_;
  Integers* switch_units_;  ///< [policy * switches + switch]
  Integers* passed_;
  typename Rewards::Sums* sums_;
};

void scan_fleets(const FleetScan& scan) {
  if (scan.whole_reward != nullptr)
    FleetScanner<WholeRewards>(scan).run();
  else
    FleetScanner<RealRewards>(scan).run();
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
