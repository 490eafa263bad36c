#pragma once
#include "kernels/block_multiply.cuh"
#include "kernels/network.cuh"

namespace edgesweep {

// Layers of one network by all threads of a block. Activations and gradients lie unit by unit: row
// = unit, column = window of the mini-batch, rows `stride` floats apart, in shared memory or
// scratch. Every element is the chain that tests/reference writes down.

/// A layer inside the parameters: weights (inputs, outputs) row-major, then biases.
struct LayerView {
  int32_t inputs;
  int32_t outputs;
  int64_t offset;  ///< of the weights from the network's first parameter

  EDGESWEEP_DEVICE int64_t biases() const {
    return offset + static_cast<int64_t>(inputs) * outputs;
  }
  EDGESWEEP_DEVICE int64_t end() const { return biases() + outputs; }
};

/// y = columns first..first+columns-1 of x W + bias; `finish(window, column, value)` takes each
/// element, column counted from `first`. x.at(input, window).
template <typename X, typename Finish>
EDGESWEEP_DEVICE void forward_columns(float* staging, const float* parameters,
                                      const LayerView& layer, int windows, int first, int columns,
                                      const X& x, const Finish& finish) {
  const float* bias = parameters + layer.biases() + first;
  block_multiply<8>(staging, layer.inputs, windows, columns, x,
                    by_rows(parameters + layer.offset + first, layer.outputs),
                    EachElement{[&](int, int column, float& value) { value = bias[column]; }},
                    EachElement{finish});
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

/// dx = dy W^T over the outputs first..first+columns-1 ascending, going on from dx unless `first`
/// is 0; after the last column times the derivative of LeakyReLU at the stored output of the layer
/// below. dy: columns x windows; stored, dx: inputs x windows.
EDGESWEEP_DEVICE void input_gradient(float* staging, const float* parameters,
                                     const LayerView& layer, int windows, int first, int columns,
                                     const float* dy, const float* stored, float* dx, int stride) {
  const bool last = first + columns == layer.outputs;
  block_multiply<8>(staging, columns, windows, layer.inputs, by_rows(dy, stride),
                    transposed(parameters + layer.offset + first, layer.outputs),
                    EachElement{[&](int window, int input, float& value) {
                      value = first > 0 ? dx[static_cast<int64_t>(input) * stride + window] : 0.0f;
                    }},
                    EachElement{[&](int window, int input, float value) {
                      const int64_t at = static_cast<int64_t>(input) * stride + window;
                      dx[at] = last ? value * leaky_relu_gradient(stored[at]) : value;
                    }});
}

/// Weights and Adam's moments, the same layout.
struct AdamParameters {
  float* weights;
  float* mean;
  float* square;
  float step;

  EDGESWEEP_DEVICE void update(int64_t at, float gradient) const {
    adam_update(gradient, step, weights[at], mean[at], square[at]);
  }
};

/// Adam on a thread's tile of weights, from `first` on, rows `outputs` apart; the gradients are
/// given. The weights of a column are read together, so that their latencies are waited for once;
/// all columns together would take more registers than a thread has. Nothing here is const
/// __restrict__: such loads may be served from a cache that does not see the stores.
template <int kRowsPerThread>
EDGESWEEP_DEVICE void adam_tile(const AdamParameters& adam, int64_t first, int64_t outputs,
                                const ThreadTile& tile,
                                const float (&gradient)[kRowsPerThread][kColumnsPerThread]) {
  EDGESWEEP_UNROLL
  for (int j = 0; j < kColumnsPerThread; ++j) {
    const int column = tile.column(j);
    if (column >= tile.columns) continue;
    float weight[kRowsPerThread] = {};
    float mean[kRowsPerThread] = {};
    float square[kRowsPerThread] = {};
    EDGESWEEP_UNROLL
    for (int i = 0; i < kRowsPerThread; ++i) {
      if (tile.row(i) >= tile.rows) continue;
      const int64_t at = first + tile.row(i) * outputs + column;
      mean[i] = adam.mean[at];
      square[i] = adam.square[at];
      weight[i] = adam.weights[at];
    }
    EDGESWEEP_UNROLL
    for (int i = 0; i < kRowsPerThread; ++i) {
      if (tile.row(i) >= tile.rows) continue;
      const int64_t at = first + tile.row(i) * outputs + column;
      adam_update(gradient[i][j], adam.step, weight[i], mean[i], square[i]);
      adam.mean[at] = mean[i];
      adam.square[at] = square[i];
      adam.weights[at] = weight[i];
    }
  }
}

/// Adam on the weights of columns first..first+columns-1 with the gradient x^T dy, windows
/// ascending. x: inputs x windows with rows x_stride apart; dy: columns x windows.
EDGESWEEP_DEVICE void weight_step(float* staging, const AdamParameters& adam,
                                  const LayerView& layer, int windows, int first, int columns,
                                  const float* x, int x_stride, const float* dy, int stride) {
  block_multiply<4>(
      staging, windows, layer.inputs, columns, transposed(x, x_stride), transposed(dy, stride),
      [](const ThreadTile&, auto&) {},  // from 0
      [&](const ThreadTile& tile, const auto& gradient) {
        adam_tile(adam, layer.offset + first, layer.outputs, tile, gradient);
      });
}

/// Adam on the biases of a hidden layer: the gradient is the sum of dy, windows ascending. One
/// thread per bias. Begins with a barrier.
EDGESWEEP_DEVICE void bias_step(const AdamParameters& adam, const LayerView& layer, int windows,
                                const float* dy, int stride) {
  __syncthreads();
  for (int unit = static_cast<int>(threadIdx.x); unit < layer.outputs; unit += kBlockThreads) {
    const float* gradient = dy + static_cast<int64_t>(unit) * stride;
    float sum = 0.0f;
#if defined(__CUDACC__)
#pragma unroll 8
#endif
    for (int window = 0; window < windows; ++window) sum = sum + gradient[window];
    adam.update(layer.biases() + unit, sum);
  }
}

}  // namespace edgesweep
