#pragma once
#include <algorithm>
#include <vector>

#include "host/engine/fleet/fleet_simulation.h"

namespace edgesweep {

/// What happened in one slot.
struct FleetSlot {
  uint32_t rank = 0;
  int32_t units = 0;     ///< of the switch when the slot began
  bool offload = false;  ///< the camera wants to offload
  bool passed = false;
};

/// Walks through one sequence slot by slot; visit(const FleetSlot&). For replayed sequences and for
/// what is counted slot by slot.
template <typename Visit>
void walk_fleet(const FleetRequest& request, const RankPolicy& policy,
                const FleetSwitch& fleet_switch, int64_t sequence, const Visit& visit) {
  constexpr int64_t kPieceSteps = 1024;
  const auto cameras = static_cast<size_t>(fleet_switch.cameras);
  const bool pooled = request.mode == FleetMode::pooled;
  std::vector<SequenceStream> streams;
  for (int32_t d = 0; d < fleet_switch.cameras; ++d)
    streams.emplace_back(*request.source, sequence, d, cameras_of(request));
  std::vector<std::vector<uint32_t>> ranks(cameras, std::vector<uint32_t>(kPieceSteps));
  std::vector<int32_t> gaps(kPieceSteps);
  std::vector<int32_t> units(cameras, policy.bucket.capacity);
  int32_t shared = pooled ? policy.bucket.capacity : fleet_switch.bucket.capacity;
  const int32_t* last_local_rank = policy.last_local_rank.data();
  for (int64_t first = 0; first < request.size.images; first += kPieceSteps) {
    const int64_t count = std::min(kPieceSteps, request.size.images - first);
    for (size_t d = 0; d < cameras; ++d) streams[d].next(count, ranks[d].data(), gaps.data());
    for (size_t t = 0; t < static_cast<size_t>(count); ++t)
      for (size_t d = 0; d < cameras; ++d) {
        FleetSlot slot{ranks[d][t], shared};
        slot.offload =
            step_policy(policy.bucket, last_local_rank, slot.rank, pooled ? shared : units[d]);
        slot.passed =
            pooled ? slot.offload : step_switch(fleet_switch.bucket, slot.offload, shared);
        visit(slot);
      }
  }
}

}  // namespace edgesweep
