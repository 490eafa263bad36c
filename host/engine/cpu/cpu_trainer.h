#pragma once
#include <vector>

#include "host/engine/cpu/padded_network.h"
#include "host/engine/cpu/paired_steps.h"
#include "host/engine/cpu/thread_pair.h"
#include "host/engine/cpu/training_scratch.h"
#include "host/engine/problem/problem.h"
#include "host/stop_request.h"

namespace edgesweep {

/// Trains one network with the vector kernels; bit-equal to reference_q_iteration. It owns what the
/// network carries from iteration to iteration; what an iteration needs besides lies in a scratch
/// that networks on the same thread share. Drawing windows and evaluating next states spread over
/// the threads of the calling arena that have nothing else to do; the bits do not depend on it.
class CpuTrainer {
 public:
  /// problem outlives the trainer. state: where to go on from.
  CpuTrainer(const TrainingProblem& problem, const TrainingState& state);

  /// One Q iteration, docs/model.md#q-iteration: the two halves below. `stop` is asked while
  /// targets are computed and between mini-batches. False: it asked to stop before the iteration
  /// was whole. Then this trainer is of no use any more: whoever wants to go on needs the state
  /// that was stored before.
  bool q_iteration(TrainingScratch& scratch, const StopRequest& stop = {});

  /// Steps 1 to 4: draws the windows, unless a network before has drawn the same ones, and
  /// evaluates the next states with the weights as they are. Of a fleet: draws its training
  /// samples. False: stopped.
  bool compute_targets(TrainingScratch& scratch, const StopRequest& stop = {});
  /// Step 5: one pass over the mini-batches. False: stopped before the last of them.
  bool train_on_targets(TrainingScratch& scratch, const StopRequest& stop = {});

  /// Writes weights, Adam's moments, step and iteration into `state` (curve, best weights and
  /// seconds are the caller's).
  void store(TrainingState& state) const;

  int64_t iteration() const { return progress_.iteration; }
  /// Iterations whose mini-batches two threads went through.
  int64_t paired_iterations() const { return pairing_.paired_iterations(); }
  double mean_squared_error() const { return progress_.mean_squared_error; }
  /// True when the last error or any weight is NaN or infinite.
  bool diverged() const;

 private:
  /// The current states of the rows from `first_row` on, where they lie.
  static InputView current_states(const Windows& windows, int64_t first_row);
  /// Fills `after` and `row_sum` of rows first..first+rows-1 with the weights as they are.
  void evaluate_next_states(TrainingScratch& scratch, int64_t first_row, int rows) const;
  /// The last part of it, from the outputs (rows x padded outputs) on. best: scratch.
  void form_values(TrainingScratch& scratch, int64_t first_row, int rows, const float* outputs,
                   float* best) const;
  float mean_of_targets(const TrainingScratch& scratch) const;
  /// Asks for part `part` of `parts` of what the mini-batch that begins at `row` needs first: its
  /// windows, which are read column by column, as the processor does not foresee, and the values of
  /// the first panel.
  void prefetch_mini_batch(TrainingScratch& scratch, int64_t row, int part, int parts) const;
  /// The same of the values from which the targets of the panel at `column` are formed.
  void prefetch_values(TrainingScratch& scratch, int64_t first_row, int column, int part,
                       int parts) const;
  /// One mini-batch; returns its error.
  double step(TrainingScratch& scratch, int64_t first_row, float adam_step);
  /// What the outputs of a panel should be, in the windows from `first_row` on.
  TargetPanel target_panel(TrainingScratch& scratch, int64_t first_row, int column) const;
  /// Last layer in panels of columns: forward, error, input gradient and update while the panel is
  /// hot.
  double output_layer_step(TrainingScratch& scratch, int64_t first_row, float adam_step);
  // Mini-batches on two threads (paired_steps.cpp). part: 0, this thread, or 1, the helper.
  /// Whether there may be a second thread, and work for it.
  bool can_pair() const;
  /// All mini-batches of an iteration, paired from the one on at which a helper comes. helped: most
  /// of them were. False: stopped.
  bool train_paired(TrainingScratch& scratch, double learning_rate, const StopRequest& stop,
                    double& error, bool& helped);
  /// A part's share of one mini-batch; part 0 returns its error.
  double paired_step(TrainingScratch& scratch, int64_t first_row, float adam_step, int part,
                     ThreadPair& pair);
  /// ... forward and backward of its windows.
  void pass_share(TrainingScratch& scratch, int64_t first_row, int part, ThreadPair& pair);
  /// ... its columns of all weights.
  void update_share(TrainingScratch& scratch, int64_t first_row, float adam_step, int part);
  InputView layer_input(const TrainingScratch& scratch, int layer, const InputView& inputs) const;
  AdamView weight_view(int layer, int column);
  AdamView bias_view(int layer, int column);
  /// Values after the action of a row.
  float* afterstate_row(TrainingScratch& scratch, int64_t row) const {
    return scratch.afterstate_values.data() + kPadding + row * padded_values(problem_.bucket);
  }

  const TrainingProblem& problem_;
  const SimdKernels& simd_;
  TrainingState progress_;  ///< iteration, Adam's step and powers; no weights
  PaddedParameters weights_, adam_mean_, adam_square_;
  AlignedVector<float> remaining_at_;  ///< [a]: probability of all gaps that end at M from a units
  PairingChoice pairing_;
  float target_mean_ = 0;  ///< of all targets of the iteration
};

}  // namespace edgesweep
