// Weight gradients with Adam right behind them. Included inside Highway's target loop.
#if defined(EDGESWEEP_WEIGHT_STEP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_WEIGHT_STEP_INL_H_
#undef EDGESWEEP_WEIGHT_STEP_INL_H_
#else
#define EDGESWEEP_WEIGHT_STEP_INL_H_
#endif

#include "host/engine/cpu/dense-inl.h"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

// Adam divides and takes roots, which takes a slow unit long while the multiply-add units could go
// on. So a tile's update is put off and done piece by piece between the multiply-adds of the next
// tile, in pieces so far apart that none waits for the one before.

/// Rows of the mini-batch between two vectors of a postponed update.
constexpr int kRowsPerUpdate = 8;

/// The finished gradient of one tile, waiting for its update.
struct PendingUpdate {
  AdamView weights{};  ///< of the tile
  int rows = 0, vectors = 0;
  HWY_ALIGN float gradient[16 * kLanes];
};

HWY_INLINE void update_vector(const PendingUpdate& pending, int row, int v, Vector step) {
  const ptrdiff_t at = row * pending.weights.stride + v * kLanes;
  adam_vector(hn::Load(Tag(), pending.gradient + (row * pending.vectors + v) * kLanes), step,
              pending.weights.value + at, pending.weights.mean + at, pending.weights.square + at);
}

HWY_INLINE void finish_update(PendingUpdate& pending, Vector step) {
  for (int row = 0; row < pending.rows; ++row)
    for (int v = 0; v < pending.vectors; ++v) update_vector(pending, row, v, step);
  pending.rows = 0;
}

/// Accumulates the first rows of the batch and, with every kRowsPerUpdate of them, updates one
/// vector of the pending tile, which has the shape of this one. Returns the rows taken.
template <int kRows, int kVectors>
HWY_INLINE int accumulate_and_update(LeftRows<kRows>& left, const float*& right, ptrdiff_t stride,
                                     const PendingUpdate& pending, Vector step,
                                     Vector (&sum)[kRows][kVectors]) {
  const Tag tag;
  float* value = pending.weights.value;
  float* mean = pending.weights.mean;
  float* square = pending.weights.square;
  const float* gradient = pending.gradient;
  const ptrdiff_t next_row = pending.weights.stride - kVectors * kLanes;
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 1
    for (int v = 0; v < kVectors; ++v) {  // kRowsPerUpdate rows
      accumulate_step(left, right, stride, sum);
      const Vector slope = hn::Load(tag, gradient);
      const Vector old_mean = hn::Load(tag, mean);
      const Vector old_square = hn::Load(tag, square);
      accumulate_step(left, right, stride, sum);
      const Vector new_square = adam_square(slope, old_square);
      hn::Store(new_square, tag, square);
      accumulate_step(left, right, stride, sum);
      const Vector root = hn::Sqrt(new_square);
      accumulate_step(left, right, stride, sum);
      const Vector new_mean = adam_mean(slope, old_mean);
      hn::Store(new_mean, tag, mean);
      accumulate_step(left, right, stride, sum);
      accumulate_step(left, right, stride, sum);
      const Vector change = adam_change(root, step, new_mean);
      accumulate_step(left, right, stride, sum);
      accumulate_step(left, right, stride, sum);
      hn::Store(hn::Sub(hn::Load(tag, value), change), tag, value);
      value += kLanes;
      mean += kLanes;
      square += kLanes;
      gradient += kLanes;
    }
    value += next_row;
    mean += next_row;
    square += next_row;
  }
  return kRows * kVectors * kRowsPerUpdate;
}

template <int kRows, int kVectors>
HWY_INLINE void clear(Vector (&sum)[kRows][kVectors]) {
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::Zero(Tag());
}

template <int kRows, int kVectors>
HWY_INLINE void postpone(const Vector (&sum)[kRows][kVectors], const AdamView& weights,
                         ptrdiff_t at, PendingUpdate& pending) {
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v)
      hn::Store(sum[r][v], Tag(), pending.gradient + (r * kVectors + v) * kLanes);
  pending.weights = {weights.value + at, weights.mean + at, weights.square + at, weights.stride};
  pending.rows = kRows;
  pending.vectors = kVectors;
}

/// Gradient of a tile of weights, sum over the batch of x(row, input) dy(row, output), while the
/// pending tile is updated; then this one is pending.
template <int kRows, int kVectors>
HWY_NOINLINE void gradient_tile(const LeftFactor& x, ConstMatrixView dy, int batch, int row,
                                int column, const AdamView& weights, Vector step,
                                PendingUpdate& pending) {
  Vector sum[kRows][kVectors];
  clear(sum);
  LeftRows<kRows> left(x, row);
  const float* right = dy.data + column;
  int k = 0;
  const bool same_shape = pending.rows == kRows && pending.vectors == kVectors;
  if (same_shape && batch >= kRows * kVectors * kRowsPerUpdate) {
    k = accumulate_and_update(left, right, dy.stride, pending, step, sum);
  } else {
    finish_update(pending, step);
  }
  for (; k < batch; ++k) accumulate_step(left, right, dy.stride, sum);
  postpone(sum, weights, row * weights.stride + column, pending);
}

/// The first tile of a panel (rows 0..kRows-1), which also sums up the columns of dy for the biases
/// while it passes them.
template <int kRows, int kVectors>
HWY_NOINLINE void first_tile(const LeftFactor& x, ConstMatrixView dy, int batch, int column,
                             const AdamView& weights, const AdamView& bias, Vector step,
                             PendingUpdate& pending) {
  const Tag tag;
  finish_update(pending, step);
  Vector sum[kRows][kVectors];
  clear(sum);
  Vector bias_sum[1][kVectors];
  clear(bias_sum);
  LeftRows<kRows> left(x, 0);
  const float* right = dy.data + column;
  for (int k = 0; k < batch; ++k) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v)
      bias_sum[0][v] = hn::Add(bias_sum[0][v], hn::Load(tag, right + v * kLanes));
    accumulate_step(left, right, dy.stride, sum);
  }
  postpone(sum, weights, column, pending);
  for (int v = 0; v < kVectors; ++v) {
    const int c = column + v * kLanes;
    adam_vector(bias_sum[0][v], step, bias.value + c, bias.mean + c, bias.square + c);
  }
}

void weight_step(InputView x, int rows, int inputs, ConstMatrixView dy, int columns,
                 AdamView weights, AdamView bias, float step) {
  PendingUpdate pending;
  const Vector step_vector = hn::Set(Tag(), step);
  const LeftFactor left{x.data, x.input_stride, x.row_stride};
  for_column_panels(columns, [&](auto vectors, int column) {
    for_row_tiles<vectors()>(inputs, [&](auto height, int row) {
      if (row == 0)
        first_tile<height(), vectors()>(left, dy, rows, column, weights, bias, step_vector,
                                        pending);
      else
        gradient_tile<height(), vectors()>(left, dy, rows, row, column, weights, step_vector,
                                           pending);
    });
  });
  finish_update(pending, step_vector);
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
