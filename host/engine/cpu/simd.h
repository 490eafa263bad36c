#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/bucket.cuh"
#include "kernels/sequences.cuh"

namespace edgesweep {

/// Columns of every matrix of the CPU path are padded to this many floats; padding holds exact
/// zeros.
constexpr int kPadding = 16;
constexpr int padded(int count) { return (count + kPadding - 1) / kPadding * kPadding; }

/// A row-major matrix somewhere in memory: element (row, column) at data[row * stride + column].
struct MatrixView {
  float* data;
  ptrdiff_t stride;
};
struct ConstMatrixView {
  const float* data;
  ptrdiff_t stride;
  ConstMatrixView(const float* d, ptrdiff_t s) : data(d), stride(s) {}
  ConstMatrixView(MatrixView m)
      : data(m.data), stride(m.stride) {}  // NOLINT(google-explicit-constructor)
};

/// Adam's two moments and the value of one matrix or bias row; all three share stride and layout.
struct AdamView {
  float* value;
  float* mean;
  float* square;
  ptrdiff_t stride;
};

/// The inner loops of the CPU engine, compiled for several instruction sets. All are bit-equal to
/// the scalar reference (host/engine/reference): one chain of fused multiply-adds per output
/// element. "columns" are multiples of kPadding; matrices written or read by vectors are 64-byte
/// aligned with strides that are multiples of kPadding, x may have any address and stride.
struct SimdKernels {
  const char* instruction_set;  ///< avx512, avx2, neon or baseline

  /// y = x W + bias over `inputs` (ascending), then LeakyReLU if asked. W: inputs x columns.
  void (*forward)(ConstMatrixView x, int rows, int inputs, ConstMatrixView weights,
                  const float* bias, int columns, bool leaky, MatrixView y);

  /// The last layer of a training step: prediction = x W + bias, error = prediction - target;
  /// target becomes error * scale (the gradient of the loss), column_loss[c] the chain over rows of
  /// error^2.
  void (*output_gradient)(ConstMatrixView x, int rows, int inputs, ConstMatrixView weights,
                          const float* bias, int columns, float scale, MatrixView target,
                          float* column_loss);

  /// dx = dy W^T over `outputs` (ascending), continuing from dx if `accumulate`; times the
  /// derivative of LeakyReLU read off the stored output if `stored` is not null (same stride as
  /// dx). transposed: outputs x columns.
  void (*input_gradient)(ConstMatrixView dy, int rows, int outputs, ConstMatrixView transposed,
                         int columns, bool accumulate, const float* stored, MatrixView dx);

  /// Adam on W (inputs x columns) with dW = x^T dy and on the bias with the column sums of dy, rows
  /// ascending.
  void (*weight_step)(ConstMatrixView x, int rows, int inputs, ConstMatrixView dy, int columns,
                      AdamView weights, AdamView bias, float step);

  /// transposed[column][row] = matrix[row][column]; rows are padded with zeros to `rows_padded`.
  void (*transpose)(ConstMatrixView matrix, int rows, int columns, int rows_padded,
                    MatrixView transposed);

  /// U[n - Q] of kernels/targets.cuh for one row of outputs.
  void (*best_values)(const TokenBucket& bucket, const float* outputs, float* best);

  /// kernels/targets.cuh `value_after_expected_gap` for a = 0..M. remaining_at[a]: probability of
  /// all gaps that end at M from a.
  void (*expected_values_after)(const TokenBucket& bucket, const float* best, float discount,
                                const float* gap_probability, int gaps, const float* remaining_at,
                                float* after);

  /// kernels/targets.cuh `value_after_gap` for a = 0..M.
  void (*values_after_gap)(const TokenBucket& bucket, const float* best, float discount,
                           int32_t gap, float* after);

  /// target[i] = (reward + after[i]) - mean.
  void (*expand_targets)(const float* after, int count, float reward, float mean, float* target);

  /// Sum in kDecisionChains interleaved chains, then pairwise.
  float (*chain_sum)(const float* values, int count);

  /// kernels/network.cuh `decision` without the bias.
  float (*chain_dot)(const float* x, const float* y, int count);

  /// Ranks of `count` images from `first_position` on (kernels/sequences.cuh), `location` carried
  /// along; gap_word, if not null, takes word 3 of each image's block.
  void (*draw_indices)(const MetricLaw& law, uint64_t seed, uint32_t stream, uint32_t iteration,
                       Purpose purpose, uint32_t first_position, int count, uint32_t& location,
                       uint32_t* index, uint32_t* gap_word);
};

/// The kernels of the best instruction set that this processor has, or of the forced one.
const SimdKernels& simd_kernels();

/// Names of what this processor can run, best first: "avx512", "avx2", "baseline", "neon".
std::vector<std::string> instruction_sets();

/// Uses only the named one from now on ("" = the best). Throws InputError for a name this processor
/// does not have. Not while a run is under way.
void force_instruction_set(const std::string& name);

}  // namespace edgesweep
