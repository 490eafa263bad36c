#pragma once
#include <cuda_runtime.h>

#include "kernels/tiles.cuh"

namespace edgesweep {

// Matrix products of one block, C[row][column] = start + sum over `depth` of A * B, where every
// element of C is ONE chain of fused multiply-adds with the depth ascending: the bits of the
// scalar reference, whatever the tiles. Panels of A and B pass through shared memory (the next one
// is fetched while the present one is multiplied); each thread keeps a tile of C in registers.

/// Element (depth, other) of an operand at data[depth * depth_stride + other * other_stride].
/// kDepthContiguous tells which way memory runs, so that neighbouring threads read neighbours.
template <bool kDepthContiguous>
struct Operand {
  static constexpr bool depth_contiguous = kDepthContiguous;
  const float* data;
  int depth_stride;
  int other_stride;
  EDGESWEEP_DEVICE float at(int depth, int other) const {
    return data[static_cast<int64_t>(depth) * depth_stride +
                static_cast<int64_t>(other) * other_stride];
  }
};

/// A matrix (rows of `stride` floats) read along its rows for fixed depth: at(depth, column).
EDGESWEEP_DEVICE Operand<false> by_rows(const float* data, int stride) { return {data, stride, 1}; }
/// This thread's column `j` of a tile: pairs of columns, 32 apart, so that reading panels does not
/// fall into few banks. (Writing columns of `stride` floats does.)
EDGESWEEP_DEVICE int tile_column(int thread_column, int j) {
  return 2 * thread_column + (j & 1) + 32 * (j >> 1);
}

/// This thread's elements of a kTileDepth x kWidth panel that begins at (first_depth, first); zeros
/// outside.
template <int kWidth, typename Source>
EDGESWEEP_DEVICE void fetch_panel(const Source& source, int first_depth, int depth, int first,
                                  int count, float (&held)[kWidth * kTileDepth / kBlockThreads]) {
  EDGESWEEP_UNROLL
  for (int i = 0; i < kWidth * kTileDepth / kBlockThreads; ++i) {
    const int element = static_cast<int>(threadIdx.x) + i * kBlockThreads;
    const int k = Source::depth_contiguous ? element % kTileDepth : element / kWidth;
    const int other = Source::depth_contiguous ? element / kTileDepth : element % kWidth;
    held[i] = first_depth + k < depth && first + other < count
                  ? source.at(first_depth + k, first + other)
                  : 0.0f;
  }
}

/// Puts what fetch_panel fetched into a panel in shared memory.
template <int kWidth, typename Source>
EDGESWEEP_DEVICE void stage_panel(const float (&held)[kWidth * kTileDepth / kBlockThreads],
                                  float* panel) {
  EDGESWEEP_UNROLL
  for (int i = 0; i < kWidth * kTileDepth / kBlockThreads; ++i) {
    const int element = static_cast<int>(threadIdx.x) + i * kBlockThreads;
    const int k = Source::depth_contiguous ? element % kTileDepth : element / kWidth;
    const int other = Source::depth_contiguous ? element / kTileDepth : element % kWidth;
    panel[k * padded_panel(kWidth) + other] = held[i];
  }
}

/// sum += panel of A times panel of B over `count` depths, ascending. Never more than `count`: a
/// product of padding would turn -0 into 0.
template <int kRowsPerThread>
EDGESWEEP_DEVICE void multiply_panels(const float* a, const float* b, int count,
                                      float (&sum)[kRowsPerThread][kColumnsPerThread]) {
  const int thread_column = static_cast<int>(threadIdx.x) % 16;
  const float* x = a + static_cast<int>(threadIdx.x) / 16 * kRowsPerThread;
  const float* y = b + 2 * thread_column;
#if defined(__CUDACC__)
#pragma unroll 4
#endif
  for (int k = 0; k < count; ++k) {
    float row[kRowsPerThread];
    EDGESWEEP_UNROLL
    for (int i = 0; i < kRowsPerThread; i += 4) {
      const float4 four = *reinterpret_cast<const float4*>(x + i);
      row[i] = four.x;
      row[i + 1] = four.y;
      row[i + 2] = four.z;
      row[i + 3] = four.w;
    }
    const float2 low = *reinterpret_cast<const float2*>(y);
    const float2 high = *reinterpret_cast<const float2*>(y + 32);
    const float column[kColumnsPerThread] = {low.x, low.y, high.x, high.y};
    EDGESWEEP_UNROLL
    for (int i = 0; i < kRowsPerThread; ++i) {
      EDGESWEEP_UNROLL
      for (int j = 0; j < kColumnsPerThread; ++j)
        sum[i][j] = fused_multiply_add(row[i], column[j], sum[i][j]);
    }
    x += padded_panel(tile_rows(kRowsPerThread));
    y += padded_panel(kTileColumns);
  }
}

/// Calls f(row, column, sum) for this thread's elements of the tile that begins at (first_row,
/// first_column) and lie inside rows x columns.
template <int kRowsPerThread, typename F>
EDGESWEEP_DEVICE void for_tile_elements(int first_row, int rows, int first_column, int columns,
                                        float (&sum)[kRowsPerThread][kColumnsPerThread],
                                        const F& f) {
  const int row = first_row + static_cast<int>(threadIdx.x) / 16 * kRowsPerThread;
  EDGESWEEP_UNROLL
  for (int j = 0; j < kColumnsPerThread; ++j) {
    const int column = first_column + tile_column(static_cast<int>(threadIdx.x) % 16, j);
    if (column >= columns) continue;
    EDGESWEEP_UNROLL
    for (int i = 0; i < kRowsPerThread; ++i)
      if (row + i < rows) f(row + i, column, sum[i][j]);
  }
}

/// C = start(row, column) + A B by all threads of the block; finish(row, column, value) takes every
/// element. a.at(depth, row), b.at(depth, column). staging: kStagingFloats of shared memory, used
/// by nobody else meanwhile. Begins with a barrier: what the block wrote before is seen. Ends
/// without one.
template <int kRowsPerThread, typename A, typename B, typename Start, typename Finish>
EDGESWEEP_DEVICE void block_multiply(float* staging, int depth, int rows, int columns, const A& a,
                                     const B& b, const Start& start, const Finish& finish) {
  constexpr int kRows = tile_rows(kRowsPerThread);
  constexpr int kPanelA = kTileDepth * padded_panel(kRows);
  constexpr int kStage = kPanelA + kTileDepth * padded_panel(kTileColumns);
  float held_a[kRows * kTileDepth / kBlockThreads];
  float held_b[kTileColumns * kTileDepth / kBlockThreads];
  for (int first_row = 0; first_row < rows; first_row += kRows)
    for (int first_column = 0; first_column < columns; first_column += kTileColumns) {
      float sum[kRowsPerThread][kColumnsPerThread] = {};
      __syncthreads();
      for_tile_elements<kRowsPerThread>(
          first_row, rows, first_column, columns, sum,
          [&](int row, int column, float& value) { value = start(row, column); });
      fetch_panel<kRows>(a, 0, depth, first_row, rows, held_a);
      fetch_panel<kTileColumns>(b, 0, depth, first_column, columns, held_b);
      float* stage = staging;
      float* other = staging + kStage;
      stage_panel<kRows, A>(held_a, stage);
      stage_panel<kTileColumns, B>(held_b, stage + kPanelA);
      __syncthreads();
      for (int k = 0; k < depth; k += kTileDepth) {
        const bool more = k + kTileDepth < depth;
        if (more) {
          fetch_panel<kRows>(a, k + kTileDepth, depth, first_row, rows, held_a);
          fetch_panel<kTileColumns>(b, k + kTileDepth, depth, first_column, columns, held_b);
        }
        multiply_panels<kRowsPerThread>(stage, stage + kPanelA, more ? kTileDepth : depth - k, sum);
        if (!more) break;
        stage_panel<kRows, A>(held_a, other);
        stage_panel<kTileColumns, B>(held_b, other + kPanelA);
        __syncthreads();
        float* const done = stage;
        stage = other;
        other = done;
      }
      for_tile_elements<kRowsPerThread>(
          first_row, rows, first_column, columns, sum,
          [&](int row, int column, float& value) { finish(row, column, value); });
    }
}

}  // namespace edgesweep
