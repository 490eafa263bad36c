// Tiles of a matrix product in registers, and how they cover a matrix. Included inside Highway's
// target loop.
#if defined(EDGESWEEP_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_TILES_INL_H_
#undef EDGESWEEP_TILES_INL_H_
#else
#define EDGESWEEP_TILES_INL_H_
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
  HWY_INLINE const float& at(int row) const {
    const float* group = group_[row / 4];
    return row % 4 == 3 ? group[three_rows_] : group[row % 4 * row_stride_];
  }
  HWY_INLINE void next() {
    for (int g = 0; g < kGroups; ++g) step_pointer(group_[g], k_stride_);
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
  HWY_INLINE const float& at(int row) const { return row_[row][k_]; }
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
    if constexpr (kVectors == 1) {
      accumulate_from(left.at(r), right[0], sum[r][0]);
    } else {
      const Vector factor = hn::Set(tag, left.at(r));
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) accumulate(factor, right[v], sum[r][v]);
    }
  }
  left.next();
  step_pointer(b, b_k);
}

/// One tile of a product. What starts and ends it is a type per kernel: ends.at(row, column) gives
/// a cursor on the tile's first row, whose start(v) is the first value of the sum in vector v of
/// the row and whose finish(v, sum) takes the last, between begin_epilogue and end_finish.
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
  // Four at a time, which fetches the first layer's inputs, each in a cache line of its own,
  // sooner.
  int k = 0;
  for (; k + 4 <= depth; k += 4) {
#pragma GCC unroll 4
    for (int step = 0; step < 4; ++step) accumulate_step(left, right, b_k, sum);
  }
  for (; k < depth; ++k) accumulate_step(left, right, b_k, sum);
  cursor.begin_epilogue(kVectors);
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
  // NOLINTBEGIN(bugprone-infinite-loop): take() moves row
  while (row + kRows <= eights) take(std::integral_constant<int, kRows>());
  if constexpr (kRows > 8)
    while (row + 8 <= rows) take(std::integral_constant<int, 8>());
  if constexpr (kRows > 4)
    while (row + 4 <= rows) take(std::integral_constant<int, 4>());
  while (row + 2 <= rows) take(std::integral_constant<int, 2>());
  // NOLINTEND(bugprone-infinite-loop)
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

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
