#pragma once
#include "kernels/network.cuh"
#include "kernels/window_products.cuh"

namespace edgesweep {

// Gradients of weights, x dy^T over the windows, and Adam on them, tile by
// tile. Both matrices are read where they are, rows of windows; nothing is
// staged and no barrier is needed.

/// Weights and Adam's moments, the same layout. Never const __restrict__: such
/// loads may be served from a cache that does not see the stores.
struct AdamParameters {
  float* weights;
  float* mean;
  float* square;
  float step;

  /// One weight and its moments, read long before they are needed.
  struct One {
    float weight, mean, square;
  };
  EDGESWEEP_DEVICE One read(int64_t at) const { return {weights[at], mean[at], square[at]}; }
  EDGESWEEP_DEVICE void update(int64_t at, One one, float gradient) const {
    adam_update(gradient, step, one.weight, one.mean, one.square);
    weights[at] = one.weight;
    mean[at] = one.mean;
    square[at] = one.square;
  }
};

/// The elements of a tile of weights that a thread has: kInputs x kUnits. A
/// warp has 4 x 8 of them kInputs x kUnits times; the block kHalves x 8 x
/// kUnits units.
template <int kInputs, int kHalves>
struct WeightPlace {
  static constexpr int kUnits = 4;
  static constexpr int kTileInputs = 4 * kInputs * (kBlockThreads / 32 / kHalves);
  int first_input;
  int inputs;
  int first_unit;
  int units;

  EDGESWEEP_DEVICE int input(int i) const {
    const int thread = static_cast<int>(threadIdx.x);
    return first_input + thread / 32 / kHalves * 4 * kInputs + thread % 32 / 8 + 4 * i;
  }
  EDGESWEEP_DEVICE int unit(int j) const {
    const int thread = static_cast<int>(threadIdx.x);
    return first_unit + thread / 32 % kHalves * 32 + thread % 8 + 8 * j;
  }
  EDGESWEEP_DEVICE bool has_input(int i) const { return input(i) < inputs; }
  EDGESWEEP_DEVICE bool has_unit(int j) const { return unit(j) < units; }
};

/// sum[input][unit] += x[input] dy[unit] over all windows, ascending. x, dy:
/// rows of windows.
template <int kInputs>
EDGESWEEP_DEVICE void multiply_windows(const float* const (&x)[kInputs],
                                       const float* const (&dy)[4], int windows,
                                       float (&sum)[kInputs][4]) {
  int window = 0;
#if defined(__CUDACC__)
#pragma unroll 4
#endif
  for (; window + 4 <= windows; window += 4) {
    float left[kInputs][4];
    float right[4][4];
    EDGESWEEP_UNROLL
    for (int i = 0; i < kInputs; ++i) spread(load_four(x[i] + window), left[i]);
    EDGESWEEP_UNROLL
    for (int j = 0; j < 4; ++j) spread(load_four(dy[j] + window), right[j]);
    EDGESWEEP_UNROLL
    for (int w = 0; w < 4; ++w) {
      EDGESWEEP_UNROLL
      for (int i = 0; i < kInputs; ++i) {
        EDGESWEEP_UNROLL
        for (int j = 0; j < 4; ++j)
          sum[i][j] = fused_multiply_add(left[i][w], right[j][w], sum[i][j]);
      }
    }
  }
  for (; window < windows; ++window) {
    EDGESWEEP_UNROLL
    for (int i = 0; i < kInputs; ++i) {
      EDGESWEEP_UNROLL
      for (int j = 0; j < 4; ++j)
        sum[i][j] = fused_multiply_add(x[i][window], dy[j][window], sum[i][j]);
    }
  }
}

/// The weights and moments of a thread's elements of a tile. All of them are read before the
/// gradients are there and before the first is written: a load of L2 takes hundreds of cycles, and
/// a store keeps later loads back.
template <int kInputs, int kHalves>
struct AdamTile {
  float weight[kInputs][4] = {};
  float mean[kInputs][4] = {};
  float square[kInputs][4] = {};

  /// f(parameter, input, unit) for every element.
  template <typename F>
  EDGESWEEP_DEVICE static void for_each(int64_t offset, int64_t outputs,
                                        const WeightPlace<kInputs, kHalves>& place, const F& f) {
    const int64_t first = offset + place.input(0) * outputs + place.unit(0);
    EDGESWEEP_UNROLL
    for (int i = 0; i < kInputs; ++i) {
      EDGESWEEP_UNROLL
      for (int j = 0; j < 4; ++j)
        if (place.has_input(i) && place.has_unit(j)) f(first + 4 * i * outputs + 8 * j, i, j);
    }
  }
  EDGESWEEP_DEVICE void read(const AdamParameters& adam, int64_t offset, int64_t outputs,
                             const WeightPlace<kInputs, kHalves>& place) {
    for_each(offset, outputs, place, [&](int64_t at, int i, int j) {
      weight[i][j] = adam.weights[at];
      mean[i][j] = adam.mean[at];
      square[i][j] = adam.square[at];
    });
  }
  EDGESWEEP_DEVICE void update(const AdamParameters& adam, int64_t offset, int64_t outputs,
                               const WeightPlace<kInputs, kHalves>& place,
                               const float (&gradient)[kInputs][4]) {
    for_each(offset, outputs, place, [&](int64_t at, int i, int j) {
      adam_update(gradient[i][j], adam.step, weight[i][j], mean[i][j], square[i][j]);
      adam.weights[at] = weight[i][j];
      adam.mean[at] = mean[i][j];
      adam.square[at] = square[i][j];
    });
  }
};

/// Rows of windows that a product reads.
struct Rows {
  const float* data;
  int stride;
  EDGESWEEP_DEVICE const float* row(int i) const { return data + static_cast<int64_t>(i) * stride; }
};

template <int kInputs, int kHalves>
EDGESWEEP_DEVICE void weight_tile(const AdamParameters& adam, int64_t offset, int64_t outputs,
                                  const WeightPlace<kInputs, kHalves>& place, const Rows& x,
                                  const Rows& dy, int windows) {
  if (!place.has_input(0) || !place.has_unit(0)) return;
  float sum[kInputs][4] = {};
  const float* left[kInputs];
  const float* right[4];
  // Rows outside are those of the first element: read, and of no effect.
  EDGESWEEP_UNROLL
  for (int i = 0; i < kInputs; ++i) left[i] = x.row(place.input(place.has_input(i) ? i : 0));
  EDGESWEEP_UNROLL
  for (int j = 0; j < 4; ++j) right[j] = dy.row(place.unit(place.has_unit(j) ? j : 0));
  multiply_windows<kInputs>(left, right, windows, sum);
  AdamTile<kInputs, kHalves> adam_tile;
  adam_tile.read(adam, offset, outputs, place);
  adam_tile.update(adam, offset, outputs, place, sum);
}

/// Adam on the weights of `columns` units from parameter `offset` on, rows
/// `outputs` apart, with the gradient x dy^T. x: inputs x windows; dy: columns
/// x windows. No barrier: others may not write what it reads, nor read what it
/// writes.
///
/// kRegisters: whether there are registers for tiles of 64 x 64.
template <bool kRegisters>
EDGESWEEP_DEVICE void weight_step(const AdamParameters& adam, int64_t offset, int inputs,
                                  int64_t outputs, int columns, const Rows& x, const Rows& dy,
                                  int windows) {
  for (int unit = 0; unit < columns;) {
    const bool narrow = columns - unit <= 32;
    for (int input = 0; input < inputs;) {
      const bool low = !kRegisters || inputs - input <= 32;
      if (narrow && low) {
        weight_tile(adam, offset, outputs, WeightPlace<1, 1>{input, inputs, unit, columns}, x, dy,
                    windows);
      } else if (narrow) {
        weight_tile(adam, offset, outputs, WeightPlace<2, 1>{input, inputs, unit, columns}, x, dy,
                    windows);
      } else if (low) {
        weight_tile(adam, offset, outputs, WeightPlace<2, 2>{input, inputs, unit, columns}, x, dy,
                    windows);
      } else if constexpr (kRegisters) {
        weight_tile(adam, offset, outputs, WeightPlace<4, 2>{input, inputs, unit, columns}, x, dy,
                    windows);
      }
      input += low ? 32 : 64;
    }
    unit += narrow ? 32 : 64;
  }
}

}  // namespace edgesweep
