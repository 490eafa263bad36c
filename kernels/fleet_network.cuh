#pragma once
#include "kernels/fleet.cuh"

namespace edgesweep {

// Cameras of a fleet that decide by a network, which all of them share. A camera sees its image, a
// bucket of its own and what became of its own offloads: neither the switch's tokens nor the other
// cameras.

/// Time spans over which a camera remembers: 2, 4, 8, ... 64 steps.
constexpr int kMemorySpans = 6;

/// Inputs of the network, in this order:
///   the image's normalised metric,
///   its margin: the metric minus the threshold that the camera's own bucket has for its units,
///   per span: a leaky count of its offloads that passed the switch, and one of those lost there.
constexpr int kFleetInputs = 2 + 2 * kMemorySpans;
constexpr int kMarginInput = 1;
constexpr int kFirstCountInput = 2;

/// The network has the outputs of this bucket: Q0 and Q1 of the one state [1].
constexpr TokenBucket kOneState{1, 1, 1};
constexpr int kFleetOutputs = 2;
constexpr int kKeepOutput = 0;
constexpr int kOffloadOutput = 1;

/// Share of a count of span `span`, 0..kMemorySpans - 1, that is left after one step: 1 - 2^-(span
/// + 1), exact.
EDGESWEEP_HD float kept_share(int span) { return 1.0f - 1.0f / static_cast<float>(2 << span); }

/// What one offload adds to a count: longer spans hold more offloads, each weighing less, so that
/// all counts vary about as much as a normalised metric. About 1.5 * 2^-((span + 1) / 2), exact.
EDGESWEEP_HD float event_weight(int span) {
  return (span % 2 == 0 ? 1.0625f : 0.75f) / static_cast<float>(1 << (span / 2));
}

/// A leaky count one step later. A product and a sum: plain x86-64 has no fused instruction.
EDGESWEEP_HD float next_count(float count, int span, bool event) {
  return kept_share(span) * count + (event ? event_weight(span) : 0.0f);
}

/// Units of a camera's own bucket one step later. An offload it cannot pay for empties it: the
/// network may offload all the same.
EDGESWEEP_HD int32_t next_own_units(const TokenBucket& bucket, int32_t units, bool offload) {
  const int32_t paid = offload ? (units > bucket.cost ? units - bucket.cost : 0) : units;
  return next_units(bucket, paid, false, 1);
}

/// The most cameras of the fleets that a GPU's block simulates side by side.
constexpr int kFleetRows = 128;

/// Images that a Q iteration trains on lie by fleet, step, camera; there may be some more of them
/// than rows of training samples. The row of image `image` of so many, or, beyond the last row, of
/// no sample: neighbouring images go to rows far apart.
EDGESWEEP_HD int64_t training_row(int64_t image, int64_t images) {
  constexpr int64_t kStride = 2654435761;  // a prime near 2^32 divided by the golden ratio
  return image * (kStride % images) % images;
}

/// What the fleet gains in all when a camera offloads in a slot, beside keeping its image there,
/// while every later wish to offload stays what it was: its reward, minus those of the offloads
/// that the token is missing for later. 0 where the switch has no token.
///
/// wants_offload, reward: of that slot and the `slots` - 1 ones after it, which is where the search
/// for the missing token ends; units: of the switch before it. Rewards of `cameras` slots on are
/// discounted once, and so on.
EDGESWEEP_HD double offload_gain(const FleetSwitch& at_switch, const uint8_t* wants_offload,
                                 const float* reward, int64_t slots, int32_t units,
                                 double discount) {
  const TokenBucket& bucket = at_switch.bucket;
  if (!can_offload(bucket, units)) return 0;
  int32_t with = next_units(bucket, units, true, 1);
  int32_t without = next_units(bucket, units, false, 1);
  double gain = reward[0];
  double weight = 1;
  for (int64_t slot = 1; slot < slots && with != without; ++slot) {
    if (slot % at_switch.cameras == 0) weight *= discount;
    const bool passes_with = step_switch(bucket, wants_offload[slot] != 0, with);
    const bool passes_without = step_switch(bucket, wants_offload[slot] != 0, without);
    if (passes_with != passes_without) gain += (passes_with ? weight : -weight) * reward[slot];
  }
  return gain;
}

}  // namespace edgesweep
