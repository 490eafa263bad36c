// The matrix kernels, once per instruction set: included by simd_kernels.cpp inside Highway's
// target loop, so without a usual include guard.
#if defined(EDGESWEEP_DENSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_DENSE_INL_H_
#undef EDGESWEEP_DENSE_INL_H_
#else
#define EDGESWEEP_DENSE_INL_H_
#endif

#include <type_traits>

#include "host/engine/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

// Register tile of the widest panel: 16 of the 32 AVX-512 or NEON registers, 12 of the 16 AVX2 ones
// hold sums.
constexpr int kTileVectors = kLanes == 8 ? 2 : 4;

/// Tiles are worth a few hundred cycles: a call and its spills would show.
#undef EDGESWEEP_INLINE_LAMBDA
#define EDGESWEEP_INLINE_LAMBDA __attribute__((always_inline))

/// Rows of a tile that is `vectors` wide: enough sums to hide the latency of a multiply-add.
constexpr int tile_rows(int vectors) {
  if (kLanes == 8) return 6;
  return vectors >= 3 ? 4 : vectors == 2 ? 8 : 16;
}

/// The factors of a sum over k: a(row, k) = data[row * row_stride + k * k_stride].
struct LeftFactor {
  const float* data;
  ptrdiff_t row_stride;
  ptrdiff_t k_stride;
};

/// Walks along k with kRows rows of a left factor. A pointer for every fourth row, so that all
/// addresses are a register plus 0, 1, 2 or 3 strides.
template <int kRows>
class LeftRows {
 public:
  HWY_INLINE LeftRows(const LeftFactor& a, int first_row)
      : row_stride_(a.row_stride), three_rows_(3 * a.row_stride), k_stride_(a.k_stride) {
    for (int g = 0; g < kGroups; ++g) group_[g] = a.data + (first_row + 4 * g) * a.row_stride;
  }
  HWY_INLINE float at(int row) const {
    const float* group = group_[row / 4];
    return row % 4 == 3 ? group[three_rows_] : group[row % 4 * row_stride_];
  }
  HWY_INLINE void next() {
    for (int g = 0; g < kGroups; ++g) group_[g] += k_stride_;
  }

 private:
  static constexpr int kGroups = (kRows + 3) / 4;
  const float* group_[kGroups];
  ptrdiff_t row_stride_, three_rows_, k_stride_;
};

/// The same for rows that lie anywhere: a(row, k) = rows[row][k].
struct LeftPointers {
  const float* const* rows;
};
template <int kRows>
class PointerRows {
 public:
  HWY_INLINE PointerRows(const LeftPointers& a, int first_row) {
    for (int r = 0; r < kRows; ++r) row_[r] = a.rows[first_row + r];
  }
  HWY_INLINE float at(int row) const { return row_[row][k_]; }
  HWY_INLINE void next() { ++k_; }

 private:
  const float* row_[kRows];
  ptrdiff_t k_ = 0;
};

template <int kRows>
HWY_INLINE LeftRows<kRows> rows_of(const LeftFactor& a, int first_row) {
  return {a, first_row};
}
template <int kRows>
HWY_INLINE PointerRows<kRows> rows_of(const LeftPointers& a, int first_row) {
  return {a, first_row};
}

/// sum[r][v] += a(r, k) * b(k, v) for the next k: one link of each chain of fused multiply-adds.
template <int kRows, int kVectors, class Rows>
HWY_INLINE void accumulate_step(Rows& left, const float*& b, ptrdiff_t b_k,
                                Vector (&sum)[kRows][kVectors]) {
  const Tag tag;
  Vector right[kVectors];
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) right[v] = pinned(hn::Load(tag, b + v * kLanes));
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    const Vector factor = hn::Set(tag, left.at(r));
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[r][v] = fused(factor, right[v], sum[r][v]);
  }
  left.next();
  b += b_k;
}

// What starts and ends a tile, one type per kernel: at(row, column) gives a cursor on the tile's
// first row, whose start(v) is the first value of the sum in vector v of the row and whose
// finish(v, sum) takes the last, between begin_finish and end_finish.

template <bool kLeaky>
struct ForwardEnds {
  const float* bias;
  MatrixView y;

  struct Cursor {
    const float* bias;
    float* y;
    ptrdiff_t stride;
    HWY_INLINE Vector start(int v) const { return hn::Load(Tag(), bias + v * kLanes); }
    HWY_INLINE void finish(int v, Vector sum) const {
      hn::Store(kLeaky ? leaky_vector(sum) : sum, Tag(), y + v * kLanes);
    }
    HWY_INLINE void next_row() { y += stride; }
    HWY_INLINE void begin_finish(int) {}
    HWY_INLINE void end_finish(int) {}
  };
  HWY_INLINE Cursor at(int row, int column) const {
    return {bias + column, y.data + row * y.stride + column, y.stride};
  }
};

struct OutputEnds {
  const float* bias;
  Vector scale;
  MatrixView target;
  float* column_loss;

  struct Cursor {
    const float* bias;
    Vector scale;
    float* target;
    ptrdiff_t stride;
    float* column_loss;
    Vector loss[kTileVectors];  ///< stays in registers from row to row
    HWY_INLINE Vector start(int v) const { return hn::Load(Tag(), bias + v * kLanes); }
    HWY_INLINE void begin_finish(int vectors) {
      for (int v = 0; v < vectors; ++v) loss[v] = hn::Load(Tag(), column_loss + v * kLanes);
    }
    HWY_INLINE void finish(int v, Vector prediction) {
      const Tag tag;
      const Vector error = hn::Sub(prediction, hn::Load(tag, target + v * kLanes));
      hn::Store(hn::Mul(error, scale), tag, target + v * kLanes);
      loss[v] = fused(error, error, loss[v]);
    }
    HWY_INLINE void next_row() { target += stride; }
    HWY_INLINE void end_finish(int vectors) {
      for (int v = 0; v < vectors; ++v) hn::Store(loss[v], Tag(), column_loss + v * kLanes);
    }
  };
  HWY_INLINE Cursor at(int row, int column) const {
    Cursor cursor;
    cursor.bias = bias + column;
    cursor.scale = scale;
    cursor.target = target.data + row * target.stride + column;
    cursor.stride = target.stride;
    cursor.column_loss = column_loss + column;
    return cursor;
  }
};

template <bool kContinued, bool kThroughLeaky>
struct InputGradientEnds {
  const float* stored;  ///< rows as far apart as those of dx
  MatrixView dx;

  struct Cursor {
    const float* stored;
    float* dx;
    ptrdiff_t stride;
    HWY_INLINE Vector start(int v) const {
      return kContinued ? hn::Load(Tag(), dx + v * kLanes) : hn::Zero(Tag());
    }
    HWY_INLINE void finish(int v, Vector sum) const {
      if (kThroughLeaky) sum = through_leaky(sum, hn::Load(Tag(), stored + v * kLanes));
      hn::Store(sum, Tag(), dx + v * kLanes);
    }
    HWY_INLINE void next_row() {
      dx += stride;
      if (kThroughLeaky) stored += stride;
    }
    HWY_INLINE void begin_finish(int) {}
    HWY_INLINE void end_finish(int) {}
  };
  HWY_INLINE Cursor at(int row, int column) const {
    const ptrdiff_t first = row * dx.stride + column;
    return {kThroughLeaky ? stored + first : nullptr, dx.data + first, dx.stride};
  }
};

template <int kRows, int kVectors, class Left, class Ends>
HWY_INLINE void tile(const Left& a, const float* b, ptrdiff_t b_k, int depth, int row, int column,
                     const Ends& ends) {
  auto cursor = ends.at(row, column);
  Vector sum[kRows][kVectors];
  auto start = cursor;
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[r][v] = start.start(v);
    start.next_row();
  }
  auto left = rows_of<kRows>(a, row);
  const float* right = b + column;
  for (int k = 0; k < depth; ++k) accumulate_step(left, right, b_k, sum);
  cursor.begin_finish(kVectors);
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) cursor.finish(v, sum[r][v]);
    cursor.next_row();
  }
  cursor.end_finish(kVectors);
}

/// Calls tile_of(rows as a constant, first row) for tiles that cover 0..rows-1.
template <int kVectors, class TileOf>
HWY_INLINE void for_row_tiles(int rows, const TileOf& tile_of) {
  constexpr int kRows = tile_rows(kVectors);
  int row = 0;
  const auto take = [&](auto height) EDGESWEEP_INLINE_LAMBDA {
    tile_of(height, row);
    row += height();
  };
  // Two tiles of four rather than one of six and a narrow one of two.
  const int eights = kRows == 6 && rows % 6 == 2 && rows >= 8 ? rows - 8 : rows;
  while (row + kRows <= eights) take(std::integral_constant<int, kRows>());
  if constexpr (kRows > 8)
    while (row + 8 <= rows) take(std::integral_constant<int, 8>());
  if constexpr (kRows > 4)
    while (row + 4 <= rows) take(std::integral_constant<int, 4>());
  while (row + 2 <= rows) take(std::integral_constant<int, 2>());
  if (row < rows) take(std::integral_constant<int, 1>());
}

template <int kVectors, class Left, class Ends>
HWY_NOINLINE void column_panel(Left a, const float* b, ptrdiff_t b_k, int depth, int rows,
                               int column, Ends ends) {
  for_row_tiles<kVectors>(rows, [&](auto height, int row) EDGESWEEP_INLINE_LAMBDA {
    tile<height(), kVectors>(a, b, b_k, depth, row, column, ends);
  });
}

/// Calls panel_of(vectors as a constant, first column) for panels that cover columns (a multiple of
/// kPadding).
template <class PanelOf>
HWY_INLINE void for_column_panels(int columns, const PanelOf& panel_of) {
  constexpr int kPanel = kTileVectors * kLanes;
  int column = 0;
  for (; column + kPanel <= columns; column += kPanel)
    panel_of(std::integral_constant<int, kTileVectors>(), column);
  if constexpr (kPanel > kPadding) {
    switch ((columns - column) / kLanes) {
      case 3:
        panel_of(std::integral_constant<int, 3>(), column);
        break;
      case 2:
        panel_of(std::integral_constant<int, 2>(), column);
        break;
      case 1:
        panel_of(std::integral_constant<int, 1>(), column);
        break;
      default:
        break;
    }
  }
}

/// All tiles of a rows x columns result.
template <class Left, class Ends>
HWY_INLINE void product(const Left& a, const float* b, ptrdiff_t b_k, int depth, int rows,
                        int columns, const Ends& ends) {
  for_column_panels(columns, [&](auto vectors, int column) {
    column_panel<vectors()>(a, b, b_k, depth, rows, column, ends);
  });
}

void forward(InputView x, int rows, int inputs, ConstMatrixView weights, const float* bias,
             int columns, bool leaky, MatrixView y) {
  const LeftFactor a{x.data, x.row_stride, x.input_stride};
  if (leaky)
    product(a, weights.data, weights.stride, inputs, rows, columns, ForwardEnds<true>{bias, y});
  else
    product(a, weights.data, weights.stride, inputs, rows, columns, ForwardEnds<false>{bias, y});
}

void forward_rows(const float* const* x, int rows, int inputs, ConstMatrixView weights,
                  const float* bias, int columns, MatrixView y) {
  product(LeftPointers{x}, weights.data, weights.stride, inputs, rows, columns,
          ForwardEnds<true>{bias, y});
}

void output_gradient(InputView x, int rows, int inputs, ConstMatrixView weights, const float* bias,
                     int columns, float scale, MatrixView target, float* column_loss) {
  for (int column = 0; column < columns; ++column) column_loss[column] = 0.0f;
  product(LeftFactor{x.data, x.row_stride, x.input_stride}, weights.data, weights.stride, inputs,
          rows, columns, OutputEnds{bias, hn::Set(Tag(), scale), target, column_loss});
}

void input_gradient(ConstMatrixView dy, int rows, int outputs, ConstMatrixView transposed,
                    int columns, bool continued, const float* stored, MatrixView dx) {
  const auto run = [&](const auto& ends) {
    product(LeftFactor{dy.data, dy.stride, 1}, transposed.data, transposed.stride, outputs, rows,
            columns, ends);
  };
  if (stored)
    continued ? run(InputGradientEnds<true, true>{stored, dx})
              : run(InputGradientEnds<false, true>{stored, dx});
  else
    continued ? run(InputGradientEnds<true, false>{nullptr, dx})
              : run(InputGradientEnds<false, false>{nullptr, dx});
}

#if HWY_TARGET == HWY_SCALAR

void transpose(ConstMatrixView matrix, int rows, int columns, int rows_padded,
               MatrixView transposed) {
  for (int column = 0; column < columns; ++column)
    for (int row = 0; row < rows_padded; ++row)
      transposed.data[column * transposed.stride + row] =
          row < rows ? matrix.data[row * matrix.stride + column] : 0.0f;
}

#else

/// Four rows become blocks of four: block b of out[j] holds column 4 b + j of the rows.
HWY_INLINE void transpose_blocks(const Vector (&row)[4], Vector (&out)[4]) {
  const Tag tag;
  const hn::RepartitionToWide<hn::RebindToUnsigned<Tag> > pairs;
  const auto low_01 = hn::BitCast(pairs, hn::InterleaveLower(tag, row[0], row[1]));
  const auto low_23 = hn::BitCast(pairs, hn::InterleaveLower(tag, row[2], row[3]));
  const auto high_01 = hn::BitCast(pairs, hn::InterleaveUpper(tag, row[0], row[1]));
  const auto high_23 = hn::BitCast(pairs, hn::InterleaveUpper(tag, row[2], row[3]));
  out[0] = hn::BitCast(tag, hn::InterleaveLower(pairs, low_01, low_23));
  out[1] = hn::BitCast(tag, hn::InterleaveUpper(pairs, low_01, low_23));
  out[2] = hn::BitCast(tag, hn::InterleaveLower(pairs, high_01, high_23));
  out[3] = hn::BitCast(tag, hn::InterleaveUpper(pairs, high_01, high_23));
}

void transpose(ConstMatrixView matrix, int rows, int columns, int rows_padded,
               MatrixView transposed) {
  const Tag tag;
  const hn::Full128<float> block_tag;
  HWY_ALIGN float block[kLanes];
  for (int row = 0; row < rows_padded; row += 4)
    for (int column = 0; column < columns; column += kLanes) {
      Vector from[4];
      Vector to[4];
      for (int r = 0; r < 4; ++r)
        from[r] = row + r < rows ? hn::Load(tag, matrix.data + (row + r) * matrix.stride + column)
                                 : hn::Zero(tag);
      transpose_blocks(from, to);
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        hn::Store(to[j], tag, block);
#pragma GCC unroll 4
        for (int b = 0; 4 * b < kLanes; ++b)
          hn::Store(hn::Load(block_tag, block + 4 * b), block_tag,
                    transposed.data + (column + 4 * b + j) * transposed.stride + row);
      }
    }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
