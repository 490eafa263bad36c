#pragma once
#include "kernels/bucket.cuh"
#include "kernels/random.cuh"

namespace edgesweep {

// A fleet: cameras behind one switch that has a token bucket of its own, docs/model.md#fleets. In
// every time step each camera sees an image and decides; then the switch takes the cameras one
// after another, each in a slot of its own.

/// The most cameras of a fleet.
constexpr int kMostCameras = 64;

/// A switch and the number of cameras in front of it.
struct FleetSwitch {
  int32_t cameras = 1;
  TokenBucket bucket;  ///< refilled after every slot, so `cameras` times in a step
};

EDGESWEEP_HD bool operator==(const FleetSwitch& a, const FleetSwitch& b) {
  return a.cameras == b.cameras && a.bucket == b.bucket;
}

/// The stream of one camera. Neither its policy nor the number of cameras beside it is in the key,
/// and camera 0 sees what a camera alone would see.
EDGESWEEP_HD StreamKey camera_stream(StreamKey sequence, int32_t camera) {
  sequence.iteration = static_cast<uint32_t>(camera);
  return sequence;
}

/// One step of a bucket whose policy offloads the images of rank above last_local_rank[units]
/// (ascending metric; a state without a token keeps every rank). `units` moves on by one time unit.
EDGESWEEP_HD bool step_policy(const TokenBucket& bucket, const int32_t* last_local_rank,
                              uint32_t rank, int32_t& units) {
  const bool offload = static_cast<int32_t>(rank) > last_local_rank[units];
  units = next_units(bucket, units, offload, 1);
  return offload;
}

/// One slot of the switch: true when the offload, if there is one, finds a token.
EDGESWEEP_HD bool step_switch(const TokenBucket& bucket, bool offload, int32_t& units) {
  const bool passes = offload && can_offload(bucket, units);
  units = next_units(bucket, units, passes, 1);
  return passes;
}

}  // namespace edgesweep
