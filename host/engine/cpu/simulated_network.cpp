#include "host/engine/cpu/simulated_network.h"

#include <algorithm>

#include "host/engine/cpu/simd.h"
#include "host/engine/network/padding.h"

namespace edgesweep {

SimulatedNetwork::SimulatedNetwork(const NetworkShape& network_shape, const TokenBucket& bucket,
                                   Outputs outputs, const std::vector<float>& weights)
    : shape(network_shape),
      parameters(shape),
      decisions(make_decision_table(shape, bucket, outputs, weights)) {
  parameters.load(weights);
}

HiddenLayers::HiddenLayers(const SimulatedNetwork& network, size_t rows) : network_(network) {
  int widest = 0;
  for (int l = 1; l < network.shape.layers(); ++l)
    widest = std::max(widest, padded(network.shape.sizes[static_cast<size_t>(l)]));
  ping_.resize(rows * static_cast<size_t>(widest));
  pong_.resize(rows * static_cast<size_t>(widest));
}

const float* HiddenLayers::evaluate(const float* const* windows, int rows) {
  const PaddedParameters& parameters = network_.parameters;
  const int columns = parameters.columns(0);
  simd_kernels().forward_rows(windows, rows, network_.shape.inputs(),
                              {parameters.weights(0), columns}, parameters.biases(0), columns,
                              {ping_.data(), columns});
  return resume(rows);
}

const float* HiddenLayers::evaluate(const InputView& x, int rows) {
  const PaddedParameters& parameters = network_.parameters;
  const int columns = parameters.columns(0);
  simd_kernels().forward(x, rows, network_.shape.inputs(), {parameters.weights(0), columns},
                         parameters.biases(0), columns, true, {ping_.data(), columns});
  return resume(rows);
}

const float* HiddenLayers::resume(int rows) {
  const SimdKernels& simd = simd_kernels();
  const NetworkShape& shape = network_.shape;
  const PaddedParameters& parameters = network_.parameters;
  MatrixView y{ping_.data(), parameters.columns(0)};
  for (int l = 1; l + 1 < shape.layers(); ++l) {
    const int columns = parameters.columns(l);
    const MatrixView x = y;
    y = {(l % 2 == 0 ? ping_ : pong_).data(), columns};
    simd.forward(x, rows, shape.sizes[static_cast<size_t>(l)], {parameters.weights(l), columns},
                 parameters.biases(l), columns, true, y);
  }
  return y.data;
}

}  // namespace edgesweep
