// Weights turned round for the input gradient. Included inside Highway's target loop.
#if defined(EDGESWEEP_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_TRANSPOSE_INL_H_
#undef EDGESWEEP_TRANSPOSE_INL_H_
#else
#define EDGESWEEP_TRANSPOSE_INL_H_
#endif

#include "host/engine/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

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
