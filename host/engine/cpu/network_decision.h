#pragma once
#include <cstdint>
#include <vector>

#include "host/engine/cpu/simulated_network.h"

namespace edgesweep {

/// A DQN that decides image by image, as it would on a camera: the simulations decide many images
/// together, this one at a time. Same bits, same decisions. docs/model.md#decision.
class NetworkDecision {
 public:
  /// shape: of a network with these settings and bucket. weights: its layout.
  NetworkDecision(const NetworkShape& shape, const TokenBucket& bucket, const DqnSettings& dqn,
                  const std::vector<float>& weights);
  NetworkDecision(const NetworkDecision&) = delete;
  NetworkDecision& operator=(const NetworkDecision&) = delete;

  /// The next image of a sequence: its normalised metric, the time units since the image before (0
  /// for the first), the bucket units before it and, with after_states, the reward that its metric
  /// promises (host/policy/rewards), else 0. True: offload.
  bool decide(float metric, float gap_before, int32_t units, float expected_reward);

  /// Begins another sequence: what was before it counts as 0.
  void restart();

 private:
  TokenBucket bucket_;
  size_t metrics_, gaps_;  ///< in the window
  SimulatedNetwork network_;
  HiddenLayers layers_;
  AlignedVector<float> window_;  ///< metrics, newest first, then gaps, newest first
};

}  // namespace edgesweep
