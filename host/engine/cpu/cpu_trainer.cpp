#include "host/engine/cpu/cpu_trainer.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>

#include "host/engine/cpu/learned_fleet.h"
#include "host/engine/cpu/training_scratch.h"
#include "host/engine/network/padding.h"
#include "host/engine/problem/problem.h"
#include "kernels/targets.cuh"

namespace edgesweep {
namespace {

/// Next states evaluated together, by one thread.
constexpr int kEvaluationRows = 128;

/// Outputs of next states that are formed before their values are taken.
constexpr int kPieceFloats = 16384;

/// The next states of rows within one mini-batch: where they lie, or, with gaps, copied together.
InputView next_states(const Windows& windows, int64_t first_row, int rows, float* copies) {
  const InputView metrics{windows.at(first_row, Windows::metric_quantity(0)), 1, windows.stride};
  if (windows.gaps == 0) return metrics;
  // The next gap lies behind the others, so metrics and gaps of the next states are not one piece.
  const int metric_inputs = windows.metrics - 1;
  for (int i = 0; i < metric_inputs; ++i)
    std::copy_n(windows.at(first_row, Windows::metric_quantity(i)), rows,
                copies + static_cast<ptrdiff_t>(i) * kEvaluationRows);
  for (int i = 0; i + 1 < windows.gaps; ++i)
    std::copy_n(windows.at(first_row, windows.gap_quantity(i)), rows,
                copies + static_cast<ptrdiff_t>(metric_inputs + i) * kEvaluationRows);
  return {copies, 1, kEvaluationRows};
}

/// Asks for the cache lines in which count floats lie.
void prefetch(const float* first, ptrdiff_t count) {
  constexpr ptrdiff_t kLine = 64 / sizeof(float);
  const ptrdiff_t before =
      static_cast<ptrdiff_t>(reinterpret_cast<uintptr_t>(first) / sizeof(float) % kLine);
  if (count > 0)
    for (ptrdiff_t i = -before; i < count; i += kLine) __builtin_prefetch(first + i, 0, 2);
  asm volatile("");  // without it g++ sees no effect in this function and drops the calls of it
}

AlignedVector<float> remaining_at(const TrainingProblem& problem) {
  const TokenBucket& bucket = problem.bucket;
  AlignedVector<float> result;
  for (int32_t a = 0; a <= bucket.capacity; ++a) {
    size_t below = 0;  // gaps that end below M from a
    while (below < problem.gap_probability.size() &&
           a + int64_t{bucket.refill} * static_cast<int64_t>(below + 1) < bucket.capacity)
      ++below;
    result.push_back(problem.remaining.empty() ? 0.0f : problem.remaining[below]);
  }
  result.resize(static_cast<size_t>(padded_values(bucket)));
  return result;
}

}  // namespace

CpuTrainer::CpuTrainer(const TrainingProblem& problem, const TrainingState& state)
    : problem_(problem),
      simd_(simd_kernels()),
      weights_(problem.shape),
      adam_mean_(problem.shape),
      adam_square_(problem.shape),
      remaining_at_(remaining_at(problem)) {
  progress_.iteration = state.iteration;
  progress_.adam_steps = state.adam_steps;
  progress_.beta_1_power = state.beta_1_power;
  progress_.beta_2_power = state.beta_2_power;
  progress_.mean_squared_error = state.mean_squared_error;
  weights_.load(state.weights);
  adam_mean_.load(state.adam_mean);
  adam_square_.load(state.adam_square);
}

InputView CpuTrainer::current_states(const Windows& windows, int64_t first_row) {
  return {windows.at(first_row, Windows::metric_quantity(1)), 1, windows.stride};
}

void CpuTrainer::evaluate_next_states(TrainingScratch& scratch, int64_t first_row, int rows) const {
  const Windows& windows = scratch.windows;
  const NetworkShape& shape = problem_.shape;
  const TokenBucket& bucket = problem_.bucket;
  // Scratch of this thread; rows differ from call to call, so nothing is carried over.
  thread_local AlignedVector<float> assembled, ping, pong, outputs, best;
  const size_t widest = static_cast<size_t>(padded_widest_hidden(shape));
  assembled.resize(static_cast<size_t>(kEvaluationRows) * shape.inputs());
  ping.resize(kEvaluationRows * widest);
  pong.resize(kEvaluationRows * widest);
  const int last = shape.layers() - 1;
  const int columns = weights_.columns(last);
  outputs.resize(static_cast<size_t>(kEvaluationRows) * columns + 2 * kPadding);
  float* const first_output = outputs.data() + kPadding;
  best.resize(static_cast<size_t>(bucket.capacity) + 1 + 2 * kPadding);

  InputView x = next_states(windows, first_row, rows, assembled.data());
  for (int l = 0; l < last; ++l) {
    const MatrixView y{(l % 2 == 0 ? ping : pong).data(), weights_.columns(l)};
    simd_.forward(x, rows, shape.sizes[l], {weights_.weights(l), weights_.columns(l)},
                  weights_.biases(l), weights_.columns(l), true, y);
    x = y;
  }
  // The last layer in pieces whose outputs stay in the first caches until their values are formed.
  const int piece = std::clamp(kPieceFloats / columns / 8 * 8, 8, kEvaluationRows);
  for (int first = 0; first < rows; first += piece) {
    const int count = std::min(piece, rows - first);
    const InputView hidden{x.data + first * x.row_stride, x.row_stride, x.input_stride};
    simd_.forward(hidden, count, shape.sizes[last], {weights_.weights(last), columns},
                  weights_.biases(last), columns, false, {first_output, columns});
    form_values(scratch, first_row + first, count, first_output, best.data());
  }
}

void CpuTrainer::form_values(TrainingScratch& scratch, int64_t first_row, int rows,
                             const float* outputs, float* best) const {
  const Windows& windows = scratch.windows;
  NextStates next{};
  next.bucket = problem_.bucket;
  next.output_kind = problem_.dqn.outputs;
  next.discount = static_cast<float>(problem_.dqn.discount);
  next.outputs = outputs;
  next.output_stride = weights_.columns(problem_.shape.layers() - 1);
  next.reward = windows.reward.data() + first_row;
  next.gap = windows.gaps > 0 ? windows.next_gap.data() + first_row : nullptr;
  next.gap_probability = problem_.gap_probability.data();
  next.gaps = static_cast<int>(problem_.gap_probability.size());
  next.remaining_at = remaining_at_.data();
  next.afterstate_values = afterstate_row(scratch, first_row);
  next.afterstate_stride = padded_values(problem_.bucket);
  next.center = problem_.dqn.center_targets == DqnSettings::Center::window;
  next.sum = scratch.row_sum.data() + first_row;
  simd_.next_state_values(next, rows, best);
}

float CpuTrainer::mean_of_targets(const TrainingScratch& scratch) const {
  const int64_t rows = windows_per_iteration(problem_.dqn);
  double total = 0;
  for (int64_t row = 0; row < rows; ++row) total += scratch.row_sum[static_cast<size_t>(row)];
  return target_mean(total, rows * problem_.shape.outputs());
}

bool CpuTrainer::compute_targets(TrainingScratch& scratch, const StopRequest& stop) {
  const bool drawn = scratch.begin(problem_, progress_.iteration);
  if (problem_.fleet) {
    std::vector<float> weights;
    weights_.store(weights);
    target_mean_ = 0;  // every training sample's targets are centered
    return draw_training_samples(problem_, weights, progress_.iteration, scratch, stop);
  }
  std::atomic<bool> stopped{false};
  const int batch = problem_.dqn.batch;
  // Isolated: a thread that waits here takes only work of this iteration, never another run's
  // training.
  tbb::this_task_arena::isolate([&] {
    const int pieces = (batch + kEvaluationRows - 1) / kEvaluationRows;
    tbb::parallel_for(0, problem_.dqn.mini_batches * pieces, [&](int task) {
      if (stopped.load(std::memory_order_relaxed)) return;
      if (is_requested(stop)) return stopped.store(true);
      const int begin = task % pieces * kEvaluationRows;
      const int64_t row = int64_t{task / pieces} * batch + begin;
      const int rows = std::min(kEvaluationRows, batch - begin);
      if (!drawn) draw_windows(problem_, progress_.iteration, row, rows, scratch.windows);
      evaluate_next_states(scratch, row, rows);
    });
  });
  if (stopped) {
    scratch.forget_windows();  // not all of them are drawn
    return false;
  }
  target_mean_ = mean_of_targets(scratch);
  return true;
}

bool CpuTrainer::train_on_targets(TrainingScratch& scratch, const StopRequest& stop) {
  const double learning_rate = learning_rate_at(problem_.dqn, progress_.iteration);
  double error = 0;
  const auto start = std::chrono::steady_clock::now();
  bool helped = false;
  if (can_pair() && pairing_.pairs()) {
    if (!train_paired(scratch, learning_rate, stop, error, helped)) return false;
  } else {
    for (int m = 0; m < problem_.dqn.mini_batches; ++m) {
      if (is_requested(stop)) return false;
      error +=
          step(scratch, int64_t{m} * problem_.dqn.batch, next_adam_step(progress_, learning_rate));
    }
  }
  pairing_.took(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
                helped);
  progress_.mean_squared_error = error / problem_.dqn.mini_batches;
  ++progress_.iteration;
  return true;
}

bool CpuTrainer::q_iteration(TrainingScratch& scratch, const StopRequest& stop) {
  return compute_targets(scratch, stop) && train_on_targets(scratch, stop);
}

AdamView CpuTrainer::weight_view(int layer, int column) {
  return {weights_.weights(layer) + column, adam_mean_.weights(layer) + column,
          adam_square_.weights(layer) + column, weights_.columns(layer)};
}

AdamView CpuTrainer::bias_view(int layer, int column) {
  return {weights_.biases(layer) + column, adam_mean_.biases(layer) + column,
          adam_square_.biases(layer) + column, 0};
}

InputView CpuTrainer::layer_input(const TrainingScratch& scratch, int layer,
                                  const InputView& inputs) const {
  if (layer == 0) return inputs;
  return ConstMatrixView{scratch.activation[static_cast<size_t>(layer - 1)].data(),
                         padded_stride(problem_.shape.sizes[layer])};
}

TargetPanel CpuTrainer::target_panel(TrainingScratch& scratch, int64_t first_row,
                                     int column) const {
  return {problem_.bucket,
          problem_.dqn.outputs,
          afterstate_row(scratch, first_row),
          padded_values(problem_.bucket),
          scratch.windows.reward.data() + first_row,
          target_mean_,
          column};
}

double CpuTrainer::output_layer_step(TrainingScratch& scratch, int64_t first_row, float adam_step) {
  const NetworkShape& shape = problem_.shape;
  const int batch = problem_.dqn.batch;
  const int last = shape.layers() - 1;
  const int outputs = shape.outputs();
  const int inputs_count = shape.sizes[last];
  const int inputs_padded = padded(inputs_count);
  const int stride = weights_.columns(last);
  const float scale = 2.0f / static_cast<float>(int64_t{batch} * outputs);
  const InputView x = layer_input(scratch, last, {nullptr, 0, 0});
  const MatrixView panel{scratch.panel.data(), padded_stride(kPanelColumns)};
  const MatrixView dx{scratch.gradient[0].data(), padded_stride(inputs_count)};
  double squares = 0;
  for (int column = 0; column < stride; column += kPanelColumns) {
    const int columns = std::min(kPanelColumns, stride - column);
    const int valid = std::min(kPanelColumns, outputs - column);
    const TargetPanel targets = target_panel(scratch, first_row, column);
    const ConstMatrixView weights{weights_.weights(last) + column, stride};
    const auto prefetch_next_panel = [&](int part) {
      prefetch_values(scratch, first_row, column + kPanelColumns, part, 3);
    };
    prefetch_next_panel(0);
    std::fill_n(scratch.column_loss.begin(), columns, 0.0f);
    simd_.output_gradient(x, batch, inputs_count, weights, weights_.biases(last) + column, columns,
                          scale, targets, panel, scratch.column_loss.data());
    for (int c = 0; c < valid; ++c) squares += scratch.column_loss[static_cast<size_t>(c)];
    simd_.transpose(weights, inputs_count, columns, inputs_padded,
                    {scratch.transposed.data(), inputs_padded});
    prefetch_next_panel(1);
    const bool final_panel = column + kPanelColumns >= stride;
    simd_.input_gradient(panel, batch, valid, {scratch.transposed.data(), inputs_padded},
                         inputs_padded, column > 0, final_panel ? x.data : nullptr, dx);
    prefetch_next_panel(2);
    simd_.weight_step(x, batch, inputs_count, panel, columns, weight_view(last, column),
                      bias_view(last, column), adam_step);
  }
  return squares / (static_cast<double>(batch) * outputs);
}

void CpuTrainer::prefetch_mini_batch(TrainingScratch& scratch, int64_t row, int part,
                                     int parts) const {
  const Windows& windows = scratch.windows;
  if (row >= windows.count) return;
  const ptrdiff_t count = ptrdiff_t{windows.metrics + windows.gaps} * windows.stride;
  const ptrdiff_t begin = count * part / parts;
  prefetch(windows.at(row, 0) + begin, count * (part + 1) / parts - begin);
  prefetch_values(scratch, row, 0, part, parts);
}

void CpuTrainer::prefetch_values(TrainingScratch& scratch, int64_t first_row, int column, int part,
                                 int parts) const {
  const int end = std::min(column + kPanelColumns, problem_.shape.outputs());
  const int kept = keep_output_count(problem_.bucket, problem_.dqn.outputs);
  const int keeps_from = first_kept(problem_.bucket, problem_.dqn.outputs) + column;
  const int offloads_from = std::max(column - kept, 0);
  const int batch = scratch.windows.batch;
  for (int row = batch * part / parts; row < batch * (part + 1) / parts; ++row) {
    const float* values = afterstate_row(scratch, first_row + row);
    prefetch(values + keeps_from, std::min(end, kept) - column);
    prefetch(values + offloads_from, end - kept - offloads_from);
  }
}

double CpuTrainer::step(TrainingScratch& scratch, int64_t first_row, float adam_step) {
  const Windows& windows = scratch.windows;
  const NetworkShape& shape = problem_.shape;
  const int batch = problem_.dqn.batch;
  const InputView x = current_states(windows, first_row);
  const int last = shape.layers() - 1;
  for (int l = 0; l < last; ++l) {
    const int columns = weights_.columns(l);
    prefetch_mini_batch(scratch, first_row + batch, l, 2 * last);
    simd_.forward(layer_input(scratch, l, x), batch, shape.sizes[l], {weights_.weights(l), columns},
                  weights_.biases(l), columns, true,
                  {scratch.activation[static_cast<size_t>(l)].data(), padded_stride(columns)});
  }
  const double error = output_layer_step(scratch, first_row, adam_step);

  int current = 0;  // scratch.gradient[current] belongs to the outputs of layer l
  for (int l = last - 1; l >= 0; --l) {
    const int columns = weights_.columns(l);
    const ConstMatrixView dy{scratch.gradient[static_cast<size_t>(current)].data(),
                             padded_stride(columns)};
    prefetch_mini_batch(scratch, first_row + batch, 2 * last - 1 - l, 2 * last);
    if (l > 0) {
      const int below = weights_.columns(l - 1);
      simd_.transpose({weights_.weights(l), columns}, shape.sizes[l], columns, below,
                      {scratch.transposed.data(), below});
      simd_.input_gradient(
          dy, batch, shape.sizes[l + 1], {scratch.transposed.data(), below}, below, false,
          scratch.activation[static_cast<size_t>(l - 1)].data(),
          {scratch.gradient[static_cast<size_t>(1 - current)].data(), padded_stride(below)});
    }
    simd_.weight_step(layer_input(scratch, l, x), batch, shape.sizes[l], dy, columns,
                      weight_view(l, 0), bias_view(l, 0), adam_step);
    current = 1 - current;
  }
  return error;
}

void CpuTrainer::store(TrainingState& state) const {
  state.iteration = progress_.iteration;
  state.adam_steps = progress_.adam_steps;
  state.beta_1_power = progress_.beta_1_power;
  state.beta_2_power = progress_.beta_2_power;
  state.mean_squared_error = progress_.mean_squared_error;
  weights_.store(state.weights);
  adam_mean_.store(state.adam_mean);
  adam_square_.store(state.adam_square);
}

bool CpuTrainer::diverged() const {
  if (!std::isfinite(progress_.mean_squared_error)) return true;
  for (int l = 0; l < problem_.shape.layers(); ++l) {
    const float* data = weights_.weights(l);
    const float* end = weights_.biases(l) + weights_.columns(l);
    for (; data < end; ++data)
      if (!std::isfinite(*data)) return true;
  }
  return false;
}

}  // namespace edgesweep
