#pragma once
#include "kernels/block_multiply.cuh"
#include "kernels/network.cuh"
#include "kernels/network_task.cuh"

namespace edgesweep {

// Layers of one network by all threads of a block. Activations and gradients lie unit by unit: row
// = unit, column = window of the mini-batch, rows `stride` floats apart, in shared memory or
// scratch. Every element is the chain that tests/reference writes down.

/// y = columns first..first+columns-1 of x W + bias; `finish(window, column, value)` takes each
/// element, column counted from `first`. x.at(input, window).
template <typename X, typename Finish>
EDGESWEEP_DEVICE void forward_columns(float* staging, const float* parameters,
                                      const LayerView& layer, int windows, int first, int columns,
                                      const X& x, const Finish& finish) {
  const float* bias = parameters + layer.biases() + first;
  block_multiply<8>(
      staging, layer.inputs, windows, columns, x,
      by_rows(parameters + layer.offset + first, layer.outputs),
      [&](int, int column) { return bias[column]; }, finish);
}

/// A hidden layer: y = leaky_relu(x W + bias), y: outputs x windows.
template <typename X>
EDGESWEEP_DEVICE void forward_hidden(float* staging, const float* parameters,
                                     const LayerView& layer, int windows, const X& x, float* y,
                                     int stride) {
  forward_columns(staging, parameters, layer, windows, 0, layer.outputs, x,
                  [&](int window, int unit, float value) {
                    y[static_cast<int64_t>(unit) * stride + window] = leaky_relu(value);
                  });
}

}  // namespace edgesweep
