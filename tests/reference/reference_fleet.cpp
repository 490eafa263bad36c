#include "tests/reference/reference_fleet.h"

namespace edgesweep {
namespace {

/// Ranks of one camera's images, drawn one by one.
std::vector<uint32_t> draw_ranks(const FleetRequest& request, int64_t sequence, int32_t camera) {
  const SequenceSource& source = *request.source;
  const StreamKey key{source.seed, static_cast<uint32_t>(sequence), static_cast<uint32_t>(camera),
                      source.purpose};
  const int64_t row = sequence * cameras_of(request) + camera;
  uint32_t location = 0;
  std::vector<uint32_t> ranks;
  for (int64_t t = 0; t < request.size.images; ++t) {
    const uint32_t drawn = draw_index(source.metric_law, key, static_cast<uint32_t>(t), location);
    ranks.push_back(source.index_replay ? static_cast<uint32_t>(source.index_replay->row(row)[t])
                                        : drawn);
  }
  return ranks;
}

int32_t refilled(const TokenBucket& bucket, int32_t units) {
  return std::min(bucket.capacity, units + bucket.refill);
}

/// ranks: [camera][step].
FleetSums simulate_cameras(const FleetRequest& request, const RankPolicy& policy,
                           const FleetSwitch& at_switch,
                           const std::vector<std::vector<uint32_t>>& ranks) {
  FleetSums sums;
  std::vector<int32_t> tokens(static_cast<size_t>(at_switch.cameras), policy.bucket.capacity);
  int32_t switch_tokens = at_switch.bucket.capacity;
  for (size_t t = 0; t < static_cast<size_t>(request.size.images); ++t)
    for (size_t camera = 0; camera < tokens.size(); ++camera) {
      const uint32_t rank = ranks[camera][t];
      const bool offload =
          tokens[camera] >= policy.bucket.cost &&
          static_cast<int64_t>(rank) > policy.last_local_rank[static_cast<size_t>(tokens[camera])];
      if (offload) {
        tokens[camera] -= policy.bucket.cost;
        ++sums.offloads;
        if (switch_tokens >= at_switch.bucket.cost) {
          switch_tokens -= at_switch.bucket.cost;
          ++sums.passed;
          sums.reward += request.source->images->reward[rank];
        }
      }
      tokens[camera] = refilled(policy.bucket, tokens[camera]);
      switch_tokens = refilled(at_switch.bucket, switch_tokens);
    }
  return sums;
}

FleetSums simulate_pooled(const FleetRequest& request, const RankPolicy& policy, int32_t cameras,
                          const std::vector<std::vector<uint32_t>>& ranks) {
  FleetSums sums;
  int32_t tokens = policy.bucket.capacity;
  for (size_t t = 0; t < static_cast<size_t>(request.size.images); ++t)
    for (size_t camera = 0; camera < static_cast<size_t>(cameras); ++camera) {
      const uint32_t rank = ranks[camera][t];
      if (tokens >= policy.bucket.cost &&
          static_cast<int64_t>(rank) > policy.last_local_rank[static_cast<size_t>(tokens)]) {
        tokens -= policy.bucket.cost;
        ++sums.offloads;
        ++sums.passed;
        sums.reward += request.source->images->reward[rank];
      }
      tokens = refilled(policy.bucket, tokens);
    }
  return sums;
}

}  // namespace

FleetOutcome reference_fleet(const FleetRequest& request) {
  const size_t sequences = static_cast<size_t>(request.size.sequences);
  const size_t switches = request.switches.size();
  FleetOutcome outcome;
  outcome.sums.resize(request.policies.size() * switches * sequences);
  for (size_t s = 0; s < sequences; ++s) {
    std::vector<std::vector<uint32_t>> ranks;
    for (int32_t camera = 0; camera < cameras_of(request); ++camera)
      ranks.push_back(
          draw_ranks(request, request.first_sequence + static_cast<int64_t>(s), camera));
    for (size_t p = 0; p < request.policies.size(); ++p)
      for (size_t w = 0; w < switches; ++w) {
        if (!is_wanted(request, p, w)) continue;
        const FleetSwitch& at_switch = request.switches[w];
        outcome.sums[(p * switches + w) * sequences + s] =
            request.mode == FleetMode::cameras
                ? simulate_cameras(request, request.policies[p], at_switch, ranks)
                : simulate_pooled(request, request.policies[p], at_switch.cameras, ranks);
      }
  }
  return outcome;
}

}  // namespace edgesweep
