#include "host/engine/cpu/network_decision.h"

#include <algorithm>

#include "host/engine/cpu/simd.h"

namespace edgesweep {
namespace {

/// The newest comes first, the oldest is forgotten.
void shift_in(float* first, size_t count, float newest) {
  std::copy_backward(first, first + count - 1, first + count);
  *first = newest;
}

}  // namespace

NetworkDecision::NetworkDecision(const NetworkShape& shape, const TokenBucket& bucket,
                                 const DqnSettings& dqn, const std::vector<float>& weights)
    : bucket_(bucket),
      metrics_(static_cast<size_t>(dqn.history_metrics) + 1),
      gaps_(dqn.history_gaps < 0 ? 0 : static_cast<size_t>(dqn.history_gaps) + 1),
      network_(shape, bucket, dqn.outputs, weights),
      layers_(network_, 1),
      window_(metrics_ + gaps_, 0.0f) {}

void NetworkDecision::restart() { std::fill(window_.begin(), window_.end(), 0.0f); }

bool NetworkDecision::decide(float metric, float gap_before, int32_t units, float expected_reward) {
  shift_in(window_.data(), metrics_, metric);
  if (gaps_ > 0) shift_in(window_.data() + metrics_, gaps_, gap_before);
  if (!can_offload(bucket_, units)) return false;  // whatever the network says
  const float* window = window_.data();
  const float* hidden = layers_.evaluate(&window, 1);
  const DecisionTable& decisions = network_.decisions;
  const int32_t state = units - bucket_.cost;
  const float* difference = decisions.row(state);
  float dot = 0;
  simd_kernels().chain_dots(&hidden, &difference, 1, decisions.stride, &dot);
  return decisions.bias_difference[static_cast<size_t>(state)] + dot + expected_reward >= 0.0f;
}

}  // namespace edgesweep
