#include "tests/reference/reference_fleet.h"

namespace edgesweep {
namespace {

/// Ranks of one device's images, drawn one by one.
std::vector<uint32_t> draw_ranks(const FleetRequest& request, int64_t sequence, int32_t device) {
  const SequenceSource& source = *request.source;
  const StreamKey key{source.seed, static_cast<uint32_t>(sequence), static_cast<uint32_t>(device),
                      source.purpose};
  const int64_t row = sequence * devices_of(request) + device;
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

/// ranks: [device][step].
FleetSums simulate_devices(const FleetRequest& request, const RankPolicy& policy,
                           const FleetSwitch& at_switch,
                           const std::vector<std::vector<uint32_t>>& ranks) {
  FleetSums sums;
  std::vector<int32_t> tokens(static_cast<size_t>(at_switch.devices), policy.bucket.capacity);
  int32_t switch_tokens = at_switch.bucket.capacity;
  for (size_t t = 0; t < static_cast<size_t>(request.size.images); ++t)
    for (size_t device = 0; device < tokens.size(); ++device) {
      const uint32_t rank = ranks[device][t];
      const bool offload =
          tokens[device] >= policy.bucket.cost &&
          static_cast<int64_t>(rank) > policy.last_local_rank[static_cast<size_t>(tokens[device])];
      if (offload) {
        tokens[device] -= policy.bucket.cost;
        ++sums.offloads;
        if (switch_tokens >= at_switch.bucket.cost) {
          switch_tokens -= at_switch.bucket.cost;
          ++sums.passed;
          sums.reward += request.source->images->reward[rank];
        }
      }
      tokens[device] = refilled(policy.bucket, tokens[device]);
      switch_tokens = refilled(at_switch.bucket, switch_tokens);
    }
  return sums;
}

FleetSums simulate_pooled(const FleetRequest& request, const RankPolicy& policy, int32_t devices,
                          const std::vector<std::vector<uint32_t>>& ranks) {
  FleetSums sums;
  int32_t tokens = policy.bucket.capacity;
  for (size_t t = 0; t < static_cast<size_t>(request.size.images); ++t)
    for (size_t device = 0; device < static_cast<size_t>(devices); ++device) {
      const uint32_t rank = ranks[device][t];
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
    for (int32_t device = 0; device < devices_of(request); ++device)
      ranks.push_back(
          draw_ranks(request, request.first_sequence + static_cast<int64_t>(s), device));
    for (size_t p = 0; p < request.policies.size(); ++p)
      for (size_t w = 0; w < switches; ++w) {
        if (!is_wanted(request, p, w)) continue;
        const FleetSwitch& at_switch = request.switches[w];
        outcome.sums[(p * switches + w) * sequences + s] =
            request.mode == FleetMode::devices
                ? simulate_devices(request, request.policies[p], at_switch, ranks)
                : simulate_pooled(request, request.policies[p], at_switch.devices, ranks);
      }
  }
  return outcome;
}

}  // namespace edgesweep
