#pragma once
#include <cuda_runtime.h>

#include "kernels/async_copy.cuh"
#include "kernels/tiles.cuh"

namespace edgesweep {

// Products of one block over matrices that lie unit by unit: a row per unit,
// `stride` floats apart, a column per window. Every element is ONE chain of
// fused multiply-adds in the order of tests/reference; tiles only say which
// thread has the chain. Activations are read where they are; weights pass
// through two stages in shared memory, the next one on its way while the
// present one is multiplied.
//
// Rows begin at multiples of 16 bytes and are at least `windows` rounded up to
// 4 long: windows are worked on in fours, and what stands in a row behind the
// last window is of no interest.

/// Two stages of weights in shared memory, taken in turn by all products of a
/// block.
struct WeightStages {
  float* memory;
  int next = 0;
  float* started = nullptr;  ///< the first stage of the next product, if it is on its way

  EDGESWEEP_DEVICE float* take() {
    float* const stage = memory + next * kWeightStageFloats;
    next ^= 1;
    return stage;
  }
};

/// A matrix of weights (rows of `row_length` floats), `depth` x `units` of a
/// product: element (depth, unit) is row `depth`, column `unit`, or,
/// transposed, row `unit`, column `depth`.
struct Weights {
  const float* data;
  int row_length;
  int depth;
  int units;
};

/// The elements of a product that a thread has: units and, in fours, windows. A
/// warp has 8 x 4 units and 4 x 4 windows, kGroups times, 64 windows apart; the
/// block kHalves x 32 units. Whatever a warp reads or writes at a time (rows of
/// 4 windows; weights) falls into different banks.
template <int kGroups, int kHalves, bool kTransposed>
struct WindowPlace {
  static constexpr int kUnits = 32 * kHalves;
  static constexpr int kWindows = 16 * (kBlockThreads / 32 / kHalves) * kGroups;
  int first_unit;
  int units;
  int first_window;
  int windows;

  EDGESWEEP_DEVICE static int lane() { return static_cast<int>(threadIdx.x) % 32; }
  EDGESWEEP_DEVICE static int warp() { return static_cast<int>(threadIdx.x) / 32; }
  /// From the tile's first one.
  EDGESWEEP_DEVICE static int tile_unit(int j) {
    const int column = lane() % 8;
    return warp() % kHalves * 32 + (kTransposed ? column + 8 * j : 4 * column + j);
  }
  EDGESWEEP_DEVICE int unit(int j) const { return first_unit + tile_unit(j); }
  EDGESWEEP_DEVICE int window(int group) const {
    return first_window + warp() / kHalves * 16 + lane() / 8 * 4 + 64 * group;
  }
  EDGESWEEP_DEVICE bool has_unit(int j) const { return unit(j) < units; }
  EDGESWEEP_DEVICE bool has_window(int group) const { return window(group) < windows; }
};

EDGESWEEP_DEVICE float4 load_four(const float* from) {
  return *reinterpret_cast<const float4*>(from);
}
EDGESWEEP_DEVICE void store_four(float* to, const float (&value)[4]) {
  *reinterpret_cast<float4*>(to) = make_float4(value[0], value[1], value[2], value[3]);
}
EDGESWEEP_DEVICE void spread(const float4& four, float (&value)[4]) {
  value[0] = four.x;
  value[1] = four.y;
  value[2] = four.z;
  value[3] = four.w;
}

/// Floats from row to row of a stage: rows of depths, or, transposed, of units.
EDGESWEEP_HD constexpr int stage_row(bool transposed) {
  return transposed ? kStageDepth + 4 : 64 + 4;
}

/// Starts to copy the weights of kStageDepth depths and kUnits units into a
/// stage.
template <int kUnits, bool kTransposed>
EDGESWEEP_DEVICE void start_stage(const Weights& weights, int first_depth, int first_unit,
                                  float* stage) {
  EDGESWEEP_UNROLL
  for (int i = 0; i < kUnits * kStageDepth / kBlockThreads; ++i) {
    const int element = static_cast<int>(threadIdx.x) + i * kBlockThreads;
    const int k = kTransposed ? element % kStageDepth : element / kUnits;
    const int unit = kTransposed ? element / kStageDepth : element % kUnits;
    if (first_depth + k >= weights.depth || first_unit + unit >= weights.units) continue;
    const int row = kTransposed ? unit : k;
    const int column = kTransposed ? k : unit;
    const int64_t from_row = (kTransposed ? first_unit : first_depth) + row;
    copy_async<1>(stage + row * stage_row(kTransposed) + column,
                  weights.data + from_row * weights.row_length +
                      (kTransposed ? first_depth : first_unit) + column);
  }
}

/// Starts to copy the first stage of a product that comes next, whatever the block does before it
/// but writing these weights. All threads have passed the last barrier of the product before.
template <bool kTransposed, bool kWide = true>
EDGESWEEP_DEVICE void start_product(WeightStages& stages, const Weights& weights) {
  stages.started = stages.take();
  if (!kWide || weights.units <= 32)
    start_stage<32, kTransposed>(weights, 0, 0, stages.started);
  else
    start_stage<64, kTransposed>(weights, 0, 0, stages.started);
}

/// sum += x weights of one depth. x: rows of this depth at this thread's groups
/// of windows.
template <int kGroups>
EDGESWEEP_DEVICE void multiply_depth(const float* const (&x)[kGroups], const float (&weight)[4],
                                     float (&sum)[kGroups][4][4]) {
  EDGESWEEP_UNROLL
  for (int g = 0; g < kGroups; ++g) {
    float value[4];
    spread(load_four(x[g]), value);
    EDGESWEEP_UNROLL
    for (int j = 0; j < 4; ++j) {
      EDGESWEEP_UNROLL
      for (int i = 0; i < 4; ++i)
        sum[g][j][i] = fused_multiply_add(value[i], weight[j], sum[g][j][i]);
    }
  }
}

/// The same over `count` depths, ascending. x moves along.
template <int kGroups, int kHalves, bool kTransposed>
EDGESWEEP_DEVICE void multiply_stage(const float* stage, int count, const float* (&x)[kGroups],
                                     int stride, float (&sum)[kGroups][4][4]) {
  using Place = WindowPlace<kGroups, kHalves, kTransposed>;
  constexpr int kRow = stage_row(kTransposed);
  const auto go_on = [&] {
    EDGESWEEP_UNROLL
    for (int g = 0; g < kGroups; ++g) x[g] += stride;
  };
  if constexpr (kTransposed) {
    const float* y = stage + Place::tile_unit(0) * kRow;
    int k = 0;
    for (; k + 4 <= count; k += 4) {
      float four[4][4];  // unit, depth
      EDGESWEEP_UNROLL
      for (int j = 0; j < 4; ++j) spread(load_four(y + 8 * j * kRow + k), four[j]);
      EDGESWEEP_UNROLL
      for (int d = 0; d < 4; ++d) {
        const float weight[4] = {four[0][d], four[1][d], four[2][d], four[3][d]};
        multiply_depth<kGroups>(x, weight, sum);
        go_on();
      }
    }
    for (; k < count; ++k) {
      const float weight[4] = {y[k], y[8 * kRow + k], y[16 * kRow + k], y[24 * kRow + k]};
      multiply_depth<kGroups>(x, weight, sum);
      go_on();
    }
  } else {
    const float* y = stage + Place::tile_unit(0);
#if defined(__CUDACC__)
#pragma unroll 4
#endif
    for (int k = 0; k < count; ++k) {
      float weight[4];
      spread(load_four(y), weight);
      multiply_depth<kGroups>(x, weight, sum);
      go_on();
      y += kRow;
    }
  }
}

/// One tile of y = start + x weights: start(place, sum) fills the elements of a thread,
/// finish(place, sum) takes them. sum[group][unit][window]. before_finish() comes when all threads
/// have passed the last barrier.
template <int kGroups, int kHalves, bool kTransposed, typename Start, typename Between,
          typename Finish>
EDGESWEEP_DEVICE void window_tile(WeightStages& stages, const Weights& weights, const float* x,
                                  int stride,
                                  const WindowPlace<kGroups, kHalves, kTransposed>& place,
                                  const Start& start, const Between& before_finish,
                                  const Finish& finish) {
  using Place = WindowPlace<kGroups, kHalves, kTransposed>;
  float sum[kGroups][4][4] = {};
  float* stage = stages.started;
  if (stage == nullptr) {
    stage = stages.take();
    start_stage<Place::kUnits, kTransposed>(weights, 0, place.first_unit, stage);
  }
  stages.started = nullptr;
  start(place, sum);
  const bool works = place.has_window(0);
  const float* from[kGroups];
  EDGESWEEP_UNROLL
  for (int g = 0; g < kGroups; ++g) from[g] = x + place.window(place.has_window(g) ? g : 0);
  for (int k = 0; k < weights.depth; k += kStageDepth) {
    wait_for_copies();
    __syncthreads();
    float* next = nullptr;
    const int left = weights.depth - k;
    if (left > kStageDepth) {
      next = stages.take();
      start_stage<Place::kUnits, kTransposed>(weights, k + kStageDepth, place.first_unit, next);
    }
    if (works)
      multiply_stage<kGroups, kHalves, kTransposed>(stage, left < kStageDepth ? left : kStageDepth,
                                                    from, stride, sum);
    stage = next;
  }
  before_finish();
  finish(place, sum);
}

/// y = start + x weights for all units and windows. x: depth x windows; start may read what this
/// thread wrote, or what was written before the last barrier; x is read after one. next() may start
/// the product that comes next. Ends without a barrier; all weights have been read by then.
///
/// kWide: there may be more than 32 units.
template <bool kTransposed, bool kWide, typename Start, typename Next, typename Finish>
EDGESWEEP_DEVICE void window_product(WeightStages& stages, const Weights& weights, int windows,
                                     const float* x, int stride, const Start& start,
                                     const Next& next, const Finish& finish) {
  for (int unit = 0; unit < weights.units;) {
    const bool narrow = !kWide || weights.units - unit <= 32;
    const int after = unit + (narrow ? 32 : 64);
    for (int window = 0; window < windows; window += 128) {
      const auto before_finish = [&] {
        if (after >= weights.units && window + 128 >= windows) next();
      };
      if (narrow) {
        window_tile<1, 1, kTransposed>(
            stages, weights, x, stride,
            WindowPlace<1, 1, kTransposed>{unit, weights.units, window, windows}, start,
            before_finish, finish);
      } else if constexpr (kWide) {
        window_tile<2, 2, kTransposed>(
            stages, weights, x, stride,
            WindowPlace<2, 2, kTransposed>{unit, weights.units, window, windows}, start,
            before_finish, finish);
      }
    }
    unit = after;
  }
}

}  // namespace edgesweep
