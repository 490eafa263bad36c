#pragma once
#include "kernels/outputs.cuh"

namespace edgesweep {

// `Values` is one row of numbers that operator[] reads: a pointer, or a StridedRow.

/// Numbers that lie `stride` floats apart.
struct StridedRow {
  const float* data;
  int32_t stride;
  EDGESWEEP_HD float operator[](int64_t i) const { return data[i * stride]; }
};

/// U[n] = max(Q0[n], Q1[n]), or Q0[n] where n < P. docs/model.md#q-iteration, step 2. values: one
/// row of the network's outputs; n = Q..M; reward: of this image, for after_states alone.
template <typename Values>
EDGESWEEP_HD float best_value(const TokenBucket& bucket, Outputs outputs, const Values& values,
                              float reward, int32_t units) {
  const float keep = values[keep_output(bucket, outputs, units)];
  if (!can_offload(bucket, units)) return keep;
  float offload = values[offload_output(bucket, outputs, units)];
  if (outputs == Outputs::after_states) offload = reward + offload;
  return offload > keep ? offload : keep;
}

/// gamma * U(min(M, a + Q g)): what `after` = a units after the action are worth when the gap is g.
/// Step 3 with H2 >= 0.
template <typename Values>
EDGESWEEP_HD float value_after_gap(const TokenBucket& bucket, const Values& best, float discount,
                                   int32_t after, int32_t gap) {
  return discount * best[next_units(bucket, after, false, gap) - bucket.refill];
}

/// gamma * E[U(min(M, a + Q g))] over the transition matrix: gap_probability[i - 1] for i = 1..gaps
/// (ascending, one chain of fused multiply-adds from 0), then all remaining probability at M. Step
/// 3 with H2 < 0. best[n - Q] = U[n].
template <typename Values>
EDGESWEEP_HD float value_after_expected_gap(const TokenBucket& bucket, const Values& best,
                                            float discount, int32_t after,
                                            const float* gap_probability, int32_t gaps,
                                            const float* remaining) {
  float expected = 0.0f;
  int32_t i = 1;
  for (; i <= gaps; ++i) {
    const int64_t units = static_cast<int64_t>(after) + static_cast<int64_t>(bucket.refill) * i;
    if (units >= bucket.capacity) break;
    expected = fused_multiply_add(gap_probability[i - 1], best[units - bucket.refill], expected);
  }
  // Gaps of i time units and more all end at M: their probability is remaining[i - 1].
  expected = fused_multiply_add(remaining[i - 1], best[bucket.capacity - bucket.refill], expected);
  return discount * expected;
}

// With after[a] = the value above for a = 0..M units after the action, the targets are (before the
// mean is subtracted)
//   y0[n] = after[n], n = Q..M   and   y1[n] = reward + after[n - P], n = P..M,
// or, of after_states, after[a] itself.

/// What an output's target is made of: after[`after`], and the reward where it is `rewarded`.
struct TargetRow {
  int32_t after;
  bool rewarded;
};
EDGESWEEP_HD TargetRow target_row(const TokenBucket& bucket, Outputs outputs, int32_t output) {
  const int32_t kept = keep_output_count(bucket, outputs);
  return output < kept ? TargetRow{output + first_kept(bucket, outputs), false}
                       : TargetRow{output - kept, true};
}
EDGESWEEP_HD float target_value(const TargetRow& row, float after, float reward) {
  return row.rewarded ? reward + after : after;
}

template <typename Values>
EDGESWEEP_HD float target(const TokenBucket& bucket, Outputs outputs, const Values& after,
                          float reward, int32_t output) {
  const TargetRow row = target_row(bucket, outputs, output);
  return target_value(row, after[row.after], reward);
}

/// What targets of this sum lose, each, so that their mean is 0. With center_targets: "window"
/// every window's `after` loses it, which takes it from both actions' targets.
EDGESWEEP_HD float target_mean(double sum, int64_t targets) {
  return static_cast<float>(sum / static_cast<double>(targets));
}

}  // namespace edgesweep
