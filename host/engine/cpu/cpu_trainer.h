#pragma once
#include <vector>

#include "host/engine/cpu/padded_network.h"
#include "host/engine/problem.h"
#include "host/engine/windows.h"

namespace edgesweep {

/// Trains one network with the vector kernels; bit-equal to reference_q_iteration. Memory that does
/// not depend on the number of iterations is allocated once. Drawing windows and evaluating next
/// states spread over the threads of the calling arena that have nothing else to do; the bits do
/// not depend on it.
class CpuTrainer {
 public:
  /// problem outlives the trainer. state: where to go on from.
  CpuTrainer(const TrainingProblem& problem, const TrainingState& state);

  /// One Q iteration, SPEC.md section 6: the two halves below.
  void q_iteration();

  /// Steps 1 to 4: draws the windows and evaluates the next states with the weights as they are.
  void compute_targets();
  /// Step 5: one pass over the mini-batches.
  void train_on_targets();

  /// Writes weights, Adam's moments, step and iteration into `state` (curve, best weights and
  /// seconds are the caller's).
  void store(TrainingState& state) const;

  int64_t iteration() const { return progress_.iteration; }
  double mean_squared_error() const { return progress_.mean_squared_error; }
  /// True when the last error or any weight is NaN or infinite.
  bool diverged() const;

  /// Bytes that training such a network takes, its TrainingState included (for `plan`).
  static double memory_bytes(const DqnSettings& dqn, const TokenBucket& bucket,
                             const NetworkShape& shape);

 private:
  /// The current states of the rows from `first_row` on, where they lie.
  InputView current_states(int64_t first_row) const;
  /// The next states of rows within one mini-batch: where they lie, or, with gaps, copied together
  /// into `scratch`.
  InputView next_states(int64_t first_row, int rows, float* scratch) const;
  /// Fills after_ and row_sum_ of rows first..first+rows-1 with the weights as they are.
  void evaluate_next_states(int64_t first_row, int rows);
  float mean_of_targets() const;
  /// Asks for part `part` of `parts` of the mini-batch that begins at `row`. Its matrix is read
  /// column by column, which the processor does not foresee.
  void prefetch_windows(int64_t row, int part, int parts) const;
  /// One mini-batch; returns its error.
  double step(int64_t first_row, float mean, float adam_step);
  /// Last layer in panels of columns: forward, error, input gradient and update while the panel is
  /// hot.
  double output_layer_step(int64_t first_row, float mean, float adam_step);
  InputView layer_input(int layer, const InputView& inputs) const;
  AdamView weight_view(int layer, int column);
  AdamView bias_view(int layer, int column);

  const TrainingProblem& problem_;
  const SimdKernels& simd_;
  TrainingState progress_;  ///< iteration, Adam's step and powers; no weights
  PaddedParameters weights_, adam_mean_, adam_square_;
  Windows windows_;
  /// Values after the action of a row.
  float* after_row(int64_t row) {
    return after_.data() + kPadding + row * padded_values(problem_.bucket);
  }

  AlignedVector<float> remaining_at_;  ///< [a]: probability of all gaps that end at M from a units
  AlignedVector<float> after_;         ///< kPadding, rows x padded_values, kPadding
  std::vector<double> row_sum_;        ///< sum of a row's targets
  float target_mean_ = 0;              ///< of all targets of the iteration
  std::vector<AlignedVector<float>> activation_;  ///< hidden layers, batch x columns
  std::vector<AlignedVector<float>> gradient_;    ///< two of them, swapped from layer to layer
  AlignedVector<float> panel_;                    ///< batch x panel: targets, then their gradient
  AlignedVector<float> transposed_;
  AlignedVector<float> column_loss_;
};

}  // namespace edgesweep
