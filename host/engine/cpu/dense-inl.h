// The matrix kernels, once per instruction set: included by simd_kernels.cpp inside Highway's
// target loop, so without a usual include guard.
#if defined(EDGESWEEP_DENSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_DENSE_INL_H_
#undef EDGESWEEP_DENSE_INL_H_
#else
#define EDGESWEEP_DENSE_INL_H_
#endif

#include "host/engine/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

// Register tile: 16 of the 32 AVX-512 or NEON registers, 12 of the 16 AVX2 ones hold sums.
constexpr int kTileRows = kLanes == 8 ? 6 : 4;
constexpr int kTileVectors = kLanes == 8 ? 2 : 4;

/// sum[r][v] += a(r, k) * b(k, v), k ascending: one chain of fused multiply-adds per element. a(r,
/// k) = a[r * a_row + k * a_k].
template <int kRows, int kVectors>
HWY_INLINE void accumulate(const float* a, ptrdiff_t a_row, ptrdiff_t a_k, const float* b,
                           ptrdiff_t b_k, int depth, Vector (&sum)[kRows][kVectors]) {
  const Tag tag;
  for (int k = 0; k < depth; ++k) {
    Vector right[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) right[v] = pinned(hn::Load(tag, b + v * kLanes));
#pragma GCC unroll 6
    for (int r = 0; r < kRows; ++r) {
      const Vector left = hn::Set(tag, a[r * a_row]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[r][v] = fused(left, right[v], sum[r][v]);
    }
    a += a_k;
    b += b_k;
  }
}

// What starts and ends a tile, one type per kernel: start(row, column) gives the sum's first value,
// finish(row, column, sum) takes the last.

struct ForwardEnds {
  const float* bias;
  bool leaky;
  MatrixView y;
  HWY_INLINE Vector start(int, int column) const { return hn::Load(Tag(), bias + column); }
  HWY_INLINE void finish(int row, int column, Vector sum) const {
    hn::Store(leaky ? leaky_vector(sum) : sum, Tag(), y.data + row * y.stride + column);
  }
};

struct OutputEnds {
  const float* bias;
  Vector scale;
  MatrixView target;
  float* column_loss;
  HWY_INLINE Vector start(int, int column) const { return hn::Load(Tag(), bias + column); }
  HWY_INLINE void finish(int row, int column, Vector prediction) const {
    float* gradient = target.data + row * target.stride + column;
    const Vector error = hn::Sub(prediction, hn::Load(Tag(), gradient));
    hn::Store(hn::Mul(error, scale), Tag(), gradient);
    hn::Store(fused(error, error, hn::Load(Tag(), column_loss + column)), Tag(),
              column_loss + column);
  }
};

struct InputGradientEnds {
  bool continued;
  const float* stored;
  MatrixView dx;
  HWY_INLINE Vector start(int row, int column) const {
    return continued ? hn::Load(Tag(), dx.data + row * dx.stride + column) : hn::Zero(Tag());
  }
  HWY_INLINE void finish(int row, int column, Vector sum) const {
    const ptrdiff_t at = row * dx.stride + column;
    if (stored) sum = hn::Mul(sum, leaky_gradient_vector(hn::Load(Tag(), stored + at)));
    hn::Store(sum, Tag(), dx.data + at);
  }
};

struct AdamEnds {
  AdamView weights;
  Vector step;
  HWY_INLINE Vector start(int, int) const { return hn::Zero(Tag()); }
  HWY_INLINE void finish(int row, int column, Vector gradient) const {
    const ptrdiff_t at = row * weights.stride + column;
    adam_vector(gradient, step, weights.value + at, weights.mean + at, weights.square + at);
  }
};

template <int kRows, int kVectors, class Ends>
HWY_INLINE void tile(const float* a, ptrdiff_t a_row, ptrdiff_t a_k, const float* b, ptrdiff_t b_k,
                     int depth, int row, int column, const Ends& ends) {
  Vector sum[kRows][kVectors];
#pragma GCC unroll 6
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[r][v] = ends.start(row + r, column + v * kLanes);
  accumulate(a + row * a_row, a_row, a_k, b + column, b_k, depth, sum);
#pragma GCC unroll 6
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) ends.finish(row + r, column + v * kLanes, sum[r][v]);
}

template <int kVectors, class Ends>
HWY_NOINLINE void column_panel(const float* a, ptrdiff_t a_row, ptrdiff_t a_k, const float* b,
                               ptrdiff_t b_k, int depth, int rows, int column, const Ends& ends) {
  int row = 0;
  for (; row + kTileRows <= rows; row += kTileRows)
    tile<kTileRows, kVectors>(a, a_row, a_k, b, b_k, depth, row, column, ends);
  if constexpr (kTileRows == 6) {
    if (row + 4 <= rows) {
      tile<4, kVectors>(a, a_row, a_k, b, b_k, depth, row, column, ends);
      row += 4;
    }
  }
  if (row + 2 <= rows) {
    tile<2, kVectors>(a, a_row, a_k, b, b_k, depth, row, column, ends);
    row += 2;
  }
  if (row < rows) tile<1, kVectors>(a, a_row, a_k, b, b_k, depth, row, column, ends);
}

/// All tiles of a rows x columns result.
template <class Ends>
HWY_INLINE void product(const float* a, ptrdiff_t a_row, ptrdiff_t a_k, const float* b,
                        ptrdiff_t b_k, int depth, int rows, int columns, const Ends& ends) {
  constexpr int kPanel = kTileVectors * kLanes;
  int column = 0;
  for (; column + kPanel <= columns; column += kPanel)
    column_panel<kTileVectors>(a, a_row, a_k, b, b_k, depth, rows, column, ends);
  for (; column < columns; column += kPadding)
    column_panel<kPadding / kLanes>(a, a_row, a_k, b, b_k, depth, rows, column, ends);
}

void forward(InputView x, int rows, int inputs, ConstMatrixView weights, const float* bias,
             int columns, bool leaky, MatrixView y) {
  product(x.data, x.row_stride, x.input_stride, weights.data, weights.stride, inputs, rows, columns,
          ForwardEnds{bias, leaky, y});
}

void output_gradient(InputView x, int rows, int inputs, ConstMatrixView weights, const float* bias,
                     int columns, float scale, MatrixView target, float* column_loss) {
  for (int column = 0; column < columns; ++column) column_loss[column] = 0.0f;
  product(x.data, x.row_stride, x.input_stride, weights.data, weights.stride, inputs, rows, columns,
          OutputEnds{bias, hn::Set(Tag(), scale), target, column_loss});
}

void input_gradient(ConstMatrixView dy, int rows, int outputs, ConstMatrixView transposed,
                    int columns, bool accumulate_into, const float* stored, MatrixView dx) {
  product(dy.data, dy.stride, 1, transposed.data, transposed.stride, outputs, rows, columns,
          InputGradientEnds{accumulate_into, stored, dx});
}

void weight_step(InputView x, int rows, int inputs, ConstMatrixView dy, int columns,
                 AdamView weights, AdamView bias, float step) {
  const Vector step_vector = hn::Set(Tag(), step);
  product(x.data, x.input_stride, x.row_stride, dy.data, dy.stride, rows, inputs, columns,
          AdamEnds{weights, step_vector});
  for (int column = 0; column < columns; column += kLanes) {
    Vector sum = hn::Zero(Tag());
    for (int row = 0; row < rows; ++row)
      sum = hn::Add(sum, hn::Load(Tag(), dy.data + row * dy.stride + column));
    adam_vector(sum, step_vector, bias.value + column, bias.mean + column, bias.square + column);
  }
}

void transpose(ConstMatrixView matrix, int rows, int columns, int rows_padded,
               MatrixView transposed) {
  constexpr int kBlock = 16;
  for (int first_row = 0; first_row < rows_padded; first_row += kBlock) {
    const int last = first_row + kBlock < rows ? first_row + kBlock : rows;
    for (int column = 0; column < columns; ++column) {
      float* out = transposed.data + column * transposed.stride;
      int row = first_row;
      for (; row < last; ++row) out[row] = matrix.data[row * matrix.stride + column];
      for (; row < first_row + kBlock; ++row) out[row] = 0.0f;
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
