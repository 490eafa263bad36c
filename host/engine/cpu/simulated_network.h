#pragma once
#include <vector>

#include "host/engine/cpu/padded_network.h"
#include "host/engine/network/aligned.h"
#include "host/engine/network/decision_table.h"

namespace edgesweep {

/// A trained network in the layout of the vector kernels: hidden layers, and the last layer as what
/// a decision needs of it. docs/model.md#decision.
struct SimulatedNetwork {
  /// weights: layout of NetworkShape.
  SimulatedNetwork(const NetworkShape& shape, const TokenBucket& bucket, Outputs outputs,
                   const std::vector<float>& weights);

  NetworkShape shape;
  PaddedParameters parameters;
  DecisionTable decisions;
};

/// Evaluates windows up to the last hidden layer.
class HiddenLayers {
 public:
  /// At most `rows` windows at once. `network` must outlive this.
  HiddenLayers(const SimulatedNetwork& network, size_t rows);

  /// windows[r]: H1 + 1 metrics, newest first, then H2 + 1 gaps if the network sees gaps. Returns
  /// the last hidden layer, row r at r * network.decisions.stride, valid until the next call.
  const float* evaluate(const float* const* windows, int rows);
  /// The same for inputs that lie evenly spaced.
  const float* evaluate(const InputView& x, int rows);

 private:
  /// From the first hidden layer's output, which lies in ping_, on.
  const float* resume(int rows);

  const SimulatedNetwork& network_;
  AlignedVector<float> ping_, pong_;
};

}  // namespace edgesweep
