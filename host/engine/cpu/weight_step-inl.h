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

/// Of 16 vector registers the sums of a tile and its factors take 15.
constexpr bool kFewRegisters = kLanes == 8;

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

/// Keeps the compiler from moving the pieces of an update together, where there are no registers
/// for several of them.
HWY_INLINE void stay_apart() {
  if constexpr (kFewRegisters) asm volatile("" ::: "memory");
}

/// What an earlier piece of an update has computed and stored.
HWY_INLINE Vector reload_if_spilled(Vector value, const float* stored) {
  return kFewRegisters ? hn::Load(Tag(), stored) : value;
}

/// Takes rows of the batch with take_row() and after every kRowsPerUpdate of them has updated one
/// vector of the pending tile, in pieces that keep the processor's window from moving on for no
/// longer than one root or quotient takes. Where registers are few the pieces pass each other their
/// values in memory, or the sums of the tile would be spilled. Returns the rows taken.
template <class TakeRow>
HWY_INLINE int accumulate_and_update(const TakeRow& take_row, PendingUpdate& pending, Vector step) {
  const Tag tag;
  float* value = pending.weights.value;
  float* mean = pending.weights.mean;
  float* square = pending.weights.square;
  float* gradient = pending.gradient;  // with few registers the root of the square, later
  const int vectors = pending.vectors;
  const ptrdiff_t next_row = pending.weights.stride - vectors * kLanes;
  for (int row = 0; row < pending.rows; ++row) {
#pragma GCC unroll 1
    for (int v = 0; v < vectors; ++v) {  // kRowsPerUpdate rows
      take_row();
      stay_apart();
      const Vector slope = hn::Load(tag, gradient);
      const Vector new_square = adam_square(slope, hn::Load(tag, square));
      hn::Store(new_square, tag, square);
      const Vector new_mean = adam_mean(slope, hn::Load(tag, mean));
      hn::Store(new_mean, tag, mean);
      stay_apart();
      take_row();
      take_row();
      stay_apart();
      const Vector root = hn::Sqrt(reload_if_spilled(new_square, square));
      if (kFewRegisters) hn::Store(root, tag, gradient);
      stay_apart();
      for (int k = 3; k < kRowsPerUpdate; ++k) take_row();
      stay_apart();
      const Vector change =
          adam_change(reload_if_spilled(root, gradient), step, reload_if_spilled(new_mean, mean));
      hn::Store(hn::Sub(hn::Load(tag, value), change), tag, value);
      stay_apart();
      value += kLanes;
      mean += kLanes;
      square += kLanes;
      gradient += kLanes;
    }
    value += next_row;
    mean += next_row;
    square += next_row;
  }
  const int taken = pending.rows * vectors * kRowsPerUpdate;
  pending.rows = 0;
  return taken;
}

/// Takes all rows of the batch and brings the pending tile up to date on the way, if they are
/// enough for that.
template <class TakeRow>
HWY_INLINE void take_batch(int batch, const TakeRow& take_row, PendingUpdate& pending,
                           Vector step) {
  int k = 0;
  if (batch >= pending.rows * pending.vectors * kRowsPerUpdate)
    k = accumulate_and_update(take_row, pending, step);
  else
    finish_update(pending, step);
  for (; k < batch; ++k) take_row();
}

template <int kRows, int kVectors>
HWY_INLINE void clear(Vector (&sum)[kRows][kVectors]) {
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::Zero(Tag());
}

/// Asks for what a tile's update needs. A panel of two vectors is a cache line wide, so that the
/// processor does not foresee where the next row lies.
HWY_INLINE void prefetch_weights(const PendingUpdate& pending) {
  for (int row = 0; row < pending.rows; ++row) {
    const ptrdiff_t at = row * pending.weights.stride;
    __builtin_prefetch(pending.weights.mean + at, 0, 2);
    __builtin_prefetch(pending.weights.square + at, 0, 2);
    __builtin_prefetch(pending.weights.value + at, 0, 2);
  }
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
  if constexpr (kFewRegisters) prefetch_weights(pending);
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
  take_batch(
      batch, [&]() EDGESWEEP_INLINE_LAMBDA { accumulate_step(left, right, dy.stride, sum); },
      pending, step);
  postpone(sum, weights, row * weights.stride + column, pending);
}

/// Rows of the first tile: with 16 registers it has two rows less, for the sums of the biases.
constexpr int first_tile_rows(int vectors) { return kLanes == 8 ? 4 : tile_rows(vectors); }

/// The first tile of a panel (rows 0..kRows-1), which also sums up the columns of dy for the biases
/// while it passes them.
template <int kRows, int kVectors>
HWY_NOINLINE void first_tile(const LeftFactor& x, ConstMatrixView dy, int batch, int column,
                             const AdamView& weights, const AdamView& bias, Vector step,
                             PendingUpdate& pending) {
  Vector sum[kRows][kVectors];
  clear(sum);
  Vector bias_sum[1][kVectors];
  clear(bias_sum);
  LeftRows<kRows> left(x, 0);
  const float* right = dy.data + column;
  take_batch(
      batch,
      [&]() EDGESWEEP_INLINE_LAMBDA {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v)
          bias_sum[0][v] = hn::Add(bias_sum[0][v], hn::Load(Tag(), right + v * kLanes));
        accumulate_step(left, right, dy.stride, sum);
      },
      pending, step);
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
    const auto take = [&](auto height, int row) EDGESWEEP_INLINE_LAMBDA {
      if (row == 0)
        first_tile<height(), vectors()>(left, dy, rows, column, weights, bias, step_vector,
                                        pending);
      else
        gradient_tile<height(), vectors()>(left, dy, rows, row, column, weights, step_vector,
                                           pending);
    };
    constexpr int kFirst = first_tile_rows(vectors());
    const int first = inputs < kFirst ? 0 : kFirst;
    if (first > 0) take(std::integral_constant<int, kFirst>(), 0);
    for_row_tiles<vectors()>(inputs - first,
                             [&](auto height, int row) { take(height, first + row); });
  });
  finish_update(pending, step_vector);
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
