#include "host/engine/cpu/cpu_trainer.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>

#include "kernels/targets.cuh"

namespace edgesweep {
namespace {

/// Columns of the last layer that are worked on together: forward, gradient and update while they
/// are in the first cache.
constexpr int kPanelColumns = 64;

/// Next states evaluated together, by one thread.
constexpr int kEvaluationRows = 128;

int widest_hidden(const NetworkShape& shape) {
  int widest = 0;
  for (int l = 1; l < shape.layers(); ++l) widest = std::max(widest, padded(shape.sizes[l]));
  return widest;
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
      windows_(make_windows(problem)),
      remaining_at_(remaining_at(problem)) {
  progress_.iteration = state.iteration;
  progress_.adam_steps = state.adam_steps;
  progress_.beta_1_power = state.beta_1_power;
  progress_.beta_2_power = state.beta_2_power;
  progress_.mean_squared_error = state.mean_squared_error;
  weights_.load(state.weights);
  adam_mean_.load(state.adam_mean);
  adam_square_.load(state.adam_square);

  const size_t batch = static_cast<size_t>(problem.dqn.batch);
  after_.resize(static_cast<size_t>(windows_.rows) * padded_values(problem.bucket) + 2 * kPadding);
  row_sum_.resize(static_cast<size_t>(windows_.rows));
  const size_t widest = static_cast<size_t>(widest_hidden(problem.shape));
  for (int l = 1; l < problem.shape.layers(); ++l)
    activation_.emplace_back(batch * static_cast<size_t>(padded_stride(problem.shape.sizes[l])));
  for (int i = 0; i < 2; ++i)
    gradient_.emplace_back(batch * static_cast<size_t>(padded_stride(static_cast<int>(widest))));
  panel_.resize(batch * padded_stride(kPanelColumns));
  column_loss_.resize(kPanelColumns);
  transposed_.resize(std::max<size_t>(widest, kPanelColumns) * widest);
}

double CpuTrainer::memory_bytes(const DqnSettings& dqn, const TokenBucket& bucket,
                                const NetworkShape& shape) {
  const double row_floats = padded_values(bucket) + 2;  // values after the action, their sum
  const double rows = static_cast<double>(windows_per_iteration(dqn));
  double hidden = 0;
  double parameters = 0;
  for (int l = 0; l < shape.layers(); ++l) {
    if (l > 0) hidden += padded(shape.sizes[l]);
    parameters += (shape.sizes[l] + 1.0) * padded(shape.sizes[l + 1]);
  }
  const double widest = widest_hidden(shape);
  const double step = dqn.batch * (hidden + 2 * widest + kPanelColumns) + widest * widest;
  const double evaluation =
      kEvaluationRows * (2 * widest + padded(shape.outputs()) + shape.inputs());
  const double state =
      4.0 * static_cast<double>(shape.parameters());  // weights, two moments, the best weights
  return windows_bytes(dqn) +
         sizeof(float) * (rows * row_floats + 3 * parameters + step + evaluation + state);
}

InputView CpuTrainer::current_states(int64_t first_row) const {
  return {windows_.at(first_row, Windows::metric_quantity(1)), 1, windows_.stride};
}

InputView CpuTrainer::next_states(int64_t first_row, int rows, float* scratch) const {
  const InputView metrics{windows_.at(first_row, Windows::metric_quantity(0)), 1, windows_.stride};
  if (windows_.gaps == 0) return metrics;
  // The next gap lies behind the others, so metrics and gaps of the next states are not one piece.
  const int metric_inputs = windows_.metrics - 1;
  for (int i = 0; i < metric_inputs; ++i)
    std::copy_n(windows_.at(first_row, Windows::metric_quantity(i)), rows,
                scratch + static_cast<ptrdiff_t>(i) * kEvaluationRows);
  for (int i = 0; i + 1 < windows_.gaps; ++i)
    std::copy_n(windows_.at(first_row, windows_.gap_quantity(i)), rows,
                scratch + static_cast<ptrdiff_t>(metric_inputs + i) * kEvaluationRows);
  return {scratch, 1, kEvaluationRows};
}

void CpuTrainer::evaluate_next_states(int64_t first_row, int rows) {
  const NetworkShape& shape = problem_.shape;
  const TokenBucket& bucket = problem_.bucket;
  // Scratch of this thread; rows differ from call to call, so nothing is carried over.
  thread_local AlignedVector<float> assembled, ping, pong, outputs, best;
  const size_t widest = static_cast<size_t>(widest_hidden(shape));
  assembled.resize(static_cast<size_t>(kEvaluationRows) * shape.inputs());
  ping.resize(kEvaluationRows * widest);
  pong.resize(kEvaluationRows * widest);
  const int last = shape.layers() - 1;
  const int columns = weights_.columns(last);
  outputs.resize(static_cast<size_t>(kEvaluationRows) * columns + kPadding);
  best.resize(static_cast<size_t>(bucket.capacity) + 1 + 2 * kPadding);

  InputView x = next_states(first_row, rows, assembled.data());
  for (int l = 0; l < last; ++l) {
    const MatrixView y{(l % 2 == 0 ? ping : pong).data(), weights_.columns(l)};
    simd_.forward(x, rows, shape.sizes[l], {weights_.weights(l), weights_.columns(l)},
                  weights_.biases(l), weights_.columns(l), true, y);
    x = y;
  }
  simd_.forward(x, rows, shape.sizes[last], {weights_.weights(last), columns},
                weights_.biases(last), columns, false, {outputs.data(), columns});

  NextStates next{};
  next.bucket = bucket;
  next.discount = static_cast<float>(problem_.dqn.discount);
  next.outputs = outputs.data();
  next.output_stride = columns;
  next.reward = windows_.reward.data() + first_row;
  next.gap = windows_.gaps > 0 ? windows_.next_gap.data() + first_row : nullptr;
  next.gap_probability = problem_.gap_probability.data();
  next.gaps = static_cast<int>(problem_.gap_probability.size());
  next.remaining_at = remaining_at_.data();
  next.after = after_row(first_row);
  next.after_stride = padded_values(bucket);
  next.sum = row_sum_.data() + first_row;
  simd_.next_state_values(next, rows, best.data());
}

float CpuTrainer::mean_of_targets() const {
  double total = 0;
  for (const double sum : row_sum_) total += sum;
  return static_cast<float>(total /
                            (static_cast<double>(windows_.rows) * problem_.shape.outputs()));
}

void CpuTrainer::compute_targets() {
  // Isolated: a thread that waits here takes only work of this iteration, never another run's
  // training.
  tbb::this_task_arena::isolate([&] {
    const int pieces = (windows_.batch + kEvaluationRows - 1) / kEvaluationRows;
    tbb::parallel_for(0, problem_.dqn.mini_batches * pieces, [&](int task) {
      const int begin = task % pieces * kEvaluationRows;
      const int64_t row = int64_t{task / pieces} * windows_.batch + begin;
      const int rows = std::min(kEvaluationRows, windows_.batch - begin);
      draw_windows(problem_, progress_.iteration, row, rows, windows_);
      evaluate_next_states(row, rows);
    });
  });
  target_mean_ = mean_of_targets();
}

void CpuTrainer::train_on_targets() {
  const double learning_rate = learning_rate_at(problem_.dqn, progress_.iteration);
  double error = 0;
  for (int m = 0; m < problem_.dqn.mini_batches; ++m)
    error += step(int64_t{m} * problem_.dqn.batch, target_mean_,
                  next_adam_step(progress_, learning_rate));
  progress_.mean_squared_error = error / problem_.dqn.mini_batches;
  ++progress_.iteration;
}

void CpuTrainer::q_iteration() {
  compute_targets();
  train_on_targets();
}

AdamView CpuTrainer::weight_view(int layer, int column) {
  return {weights_.weights(layer) + column, adam_mean_.weights(layer) + column,
          adam_square_.weights(layer) + column, weights_.columns(layer)};
}

AdamView CpuTrainer::bias_view(int layer, int column) {
  return {weights_.biases(layer) + column, adam_mean_.biases(layer) + column,
          adam_square_.biases(layer) + column, 0};
}

InputView CpuTrainer::layer_input(int layer, const InputView& inputs) const {
  if (layer == 0) return inputs;
  return ConstMatrixView{activation_[static_cast<size_t>(layer - 1)].data(),
                         padded_stride(problem_.shape.sizes[layer])};
}

double CpuTrainer::output_layer_step(int64_t first_row, float mean, float adam_step) {
  const NetworkShape& shape = problem_.shape;
  const int batch = problem_.dqn.batch;
  const int last = shape.layers() - 1;
  const int outputs = shape.outputs();
  const int inputs_count = shape.sizes[last];
  const int inputs_padded = padded(inputs_count);
  const int stride = weights_.columns(last);
  const float scale = 2.0f / static_cast<float>(batch * outputs);
  const InputView x = layer_input(last, {nullptr, 0, 0});
  const MatrixView panel{panel_.data(), padded_stride(kPanelColumns)};
  const MatrixView dx{gradient_[0].data(), padded_stride(inputs_count)};
  double squares = 0;
  for (int column = 0; column < stride; column += kPanelColumns) {
    const int columns = std::min(kPanelColumns, stride - column);
    const int valid = std::min(kPanelColumns, outputs - column);
    simd_.expand_targets({problem_.bucket, after_row(first_row), padded_values(problem_.bucket),
                          windows_.reward.data() + first_row, mean, column, columns},
                         batch, panel);
    const ConstMatrixView weights{weights_.weights(last) + column, stride};
    simd_.output_gradient(x, batch, inputs_count, weights, weights_.biases(last) + column, columns,
                          scale, panel, column_loss_.data());
    for (int c = 0; c < valid; ++c) squares += column_loss_[static_cast<size_t>(c)];
    simd_.transpose(weights, inputs_count, columns, inputs_padded,
                    {transposed_.data(), inputs_padded});
    const bool final_panel = column + kPanelColumns >= stride;
    simd_.input_gradient(panel, batch, valid, {transposed_.data(), inputs_padded}, inputs_padded,
                         column > 0, final_panel ? x.data : nullptr, dx);
    simd_.weight_step(x, batch, inputs_count, panel, columns, weight_view(last, column),
                      bias_view(last, column), adam_step);
  }
  return squares / (static_cast<double>(batch) * outputs);
}

void CpuTrainer::prefetch_windows(int64_t row, int part, int parts) const {
  if (row >= windows_.rows) return;
  constexpr ptrdiff_t kLine = 64 / sizeof(float);
  const ptrdiff_t floats = ptrdiff_t{windows_.metrics + windows_.gaps} * windows_.stride;
  const float* first = windows_.at(row, 0);
  const ptrdiff_t end = floats * (part + 1) / parts;
  for (ptrdiff_t i = floats * part / parts / kLine * kLine; i < end; i += kLine)
    __builtin_prefetch(first + i, 0, 2);
}

double CpuTrainer::step(int64_t first_row, float mean, float adam_step) {
  const NetworkShape& shape = problem_.shape;
  const int batch = problem_.dqn.batch;
  const InputView x = current_states(first_row);
  const int last = shape.layers() - 1;
  for (int l = 0; l < last; ++l) {
    const int columns = weights_.columns(l);
    simd_.forward(layer_input(l, x), batch, shape.sizes[l], {weights_.weights(l), columns},
                  weights_.biases(l), columns, true,
                  {activation_[static_cast<size_t>(l)].data(), padded_stride(columns)});
    prefetch_windows(first_row + batch, l, 2 * last);
  }
  const double error = output_layer_step(first_row, mean, adam_step);

  int current = 0;  // gradient_[current] belongs to the outputs of layer l
  for (int l = last - 1; l >= 0; --l) {
    const int columns = weights_.columns(l);
    const ConstMatrixView dy{gradient_[static_cast<size_t>(current)].data(),
                             padded_stride(columns)};
    if (l > 0) {
      const int below = weights_.columns(l - 1);
      simd_.transpose({weights_.weights(l), columns}, shape.sizes[l], columns, below,
                      {transposed_.data(), below});
      simd_.input_gradient(
          dy, batch, shape.sizes[l + 1], {transposed_.data(), below}, below, false,
          activation_[static_cast<size_t>(l - 1)].data(),
          {gradient_[static_cast<size_t>(1 - current)].data(), padded_stride(below)});
    }
    simd_.weight_step(layer_input(l, x), batch, shape.sizes[l], dy, columns, weight_view(l, 0),
                      bias_view(l, 0), adam_step);
    prefetch_windows(first_row + batch, last + l, 2 * last);
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
