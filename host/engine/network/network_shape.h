#pragma once
#include <cstdint>
#include <vector>

#include "host/config/settings.h"
#include "kernels/outputs.cuh"

namespace edgesweep {

/// Layer sizes of one network: inputs, hidden layers, outputs. Parameters are stored layer by
/// layer: weights (inputs, outputs) row-major, then biases.
struct NetworkShape {
  std::vector<int32_t> sizes;

  int layers() const { return static_cast<int>(sizes.size()) - 1; }
  int inputs() const { return sizes.front(); }
  int outputs() const { return sizes.back(); }
  int64_t parameters() const;
  /// Floating-point operations (a fused multiply-add counts two) of one image's forward pass.
  double forward_work() const;
  /// ... of forward, input gradients, weight gradients of one image in a training step.
  double training_work() const;
};

/// Many cameras that share one network.
bool is_learned_fleet(const RunSettings& settings);

/// The dqn settings whose histories are the inputs of a run's network, and the bucket whose states
/// are its outputs: those of the run for a camera alone; for many cameras kFleetInputs inputs and
/// kOneState (kernels/fleet_network.cuh). bucket: of the run.
DqnSettings network_settings(const RunSettings& settings);
TokenBucket network_bucket(const RunSettings& settings, const TokenBucket& bucket);

/// docs/model.md#network: H1 + 1 metrics, H2 + 1 gaps if H2 >= 0, `layers` hidden layers of
/// `width`, one output per value of kernels/outputs.cuh.
NetworkShape make_network_shape(const DqnSettings& dqn, const TokenBucket& bucket);

/// He-uniform weights, zero biases, in the layout above: weight i of layer l is limit_l *
/// uniform_symmetric(word), limit_l = sqrt(6 / inputs), words of stream l in order.
std::vector<float> initial_weights(const NetworkShape& shape, uint64_t seed);

}  // namespace edgesweep
