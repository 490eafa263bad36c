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

std::vector<float> remaining_at(const TrainingProblem& problem) {
  const TokenBucket& bucket = problem.bucket;
  std::vector<float> result;
  for (int32_t a = 0; a <= bucket.capacity; ++a) {
    size_t below = 0;  // gaps that end below M from a
    while (below < problem.gap_probability.size() &&
           a + int64_t{bucket.refill} * static_cast<int64_t>(below + 1) < bucket.capacity)
      ++below;
    result.push_back(problem.remaining.empty() ? 0.0f : problem.remaining[below]);
  }
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
  const size_t units = static_cast<size_t>(problem.bucket.capacity) + 1;
  after_.resize(static_cast<size_t>(windows_.rows) * units);
  row_sum_.resize(static_cast<size_t>(windows_.rows));
  const size_t widest = static_cast<size_t>(widest_hidden(problem.shape));
  for (int l = 1; l < problem.shape.layers(); ++l)
    activation_.emplace_back(batch * static_cast<size_t>(padded(problem.shape.sizes[l])));
  for (int i = 0; i < 2; ++i) gradient_.emplace_back(batch * widest);
  panel_.resize(batch * kPanelColumns);
  column_loss_.resize(kPanelColumns);
  transposed_.resize(std::max<size_t>(widest, kPanelColumns) * widest);
}

double CpuTrainer::memory_bytes(const DqnSettings& dqn, const TokenBucket& bucket,
                                const NetworkShape& shape) {
  const double row_floats = (bucket.capacity + 1) + 2;  // values after the action, their sum
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
  outputs.resize(static_cast<size_t>(kEvaluationRows) * columns);
  best.resize(static_cast<size_t>(bucket.capacity) + 1);

  InputView x = next_states(first_row, rows, assembled.data());
  for (int l = 0; l < last; ++l) {
    const MatrixView y{(l % 2 == 0 ? ping : pong).data(), weights_.columns(l)};
    simd_.forward(x, rows, shape.sizes[l], {weights_.weights(l), weights_.columns(l)},
                  weights_.biases(l), weights_.columns(l), true, y);
    x = y;
  }
  simd_.forward(x, rows, shape.sizes[last], {weights_.weights(last), columns},
                weights_.biases(last), columns, false, {outputs.data(), columns});

  const float discount = static_cast<float>(problem_.dqn.discount);
  const int keep_outputs = bucket.capacity + 1 - bucket.refill;
  const int offload_outputs = bucket.capacity + 1 - bucket.cost;
  for (int r = 0; r < rows; ++r) {
    const int64_t row = first_row + r;
    float* after = after_.data() + row * (bucket.capacity + 1);
    simd_.best_values(bucket, outputs.data() + static_cast<ptrdiff_t>(r) * columns, best.data());
    if (windows_.gaps > 0)
      simd_.values_after_gap(bucket, best.data(), discount,
                             windows_.next_gap[static_cast<size_t>(row)], after);
    else
      simd_.expected_values_after(bucket, best.data(), discount, problem_.gap_probability.data(),
                                  static_cast<int>(problem_.gap_probability.size()),
                                  remaining_at_.data(), after);
    row_sum_[static_cast<size_t>(row)] =
        double{simd_.chain_sum(after + bucket.refill, keep_outputs)} +
        double{simd_.chain_sum(after, offload_outputs)} +
        double{windows_.reward[static_cast<size_t>(row)]} * offload_outputs;
  }
}

float CpuTrainer::target_mean() const {
  double total = 0;
  for (const double sum : row_sum_) total += sum;
  return static_cast<float>(total /
                            (static_cast<double>(windows_.rows) * problem_.shape.outputs()));
}

void CpuTrainer::q_iteration() {
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
  const float mean = target_mean();
  const double learning_rate = learning_rate_at(problem_.dqn, progress_.iteration);
  double error = 0;
  for (int m = 0; m < problem_.dqn.mini_batches; ++m)
    error += step(int64_t{m} * problem_.dqn.batch, mean, next_adam_step(progress_, learning_rate));
  progress_.mean_squared_error = error / problem_.dqn.mini_batches;
  ++progress_.iteration;
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
                         weights_.columns(layer - 1)};
}

void CpuTrainer::expand_panel(int64_t first_row, float mean, int first_column, int columns) {
  const TokenBucket& bucket = problem_.bucket;
  const int outputs = problem_.shape.outputs();
  const int keep_outputs = bucket.capacity + 1 - bucket.refill;
  const int end = std::min(first_column + columns, outputs);
  const int boundary =
      std::clamp(keep_outputs, first_column, end);  // from here on the outputs are Q1
  for (int b = 0; b < problem_.dqn.batch; ++b) {
    const int64_t row = first_row + b;
    const float* after = after_.data() + row * (bucket.capacity + 1);
    const float reward = windows_.reward[static_cast<size_t>(row)];
    float* out = panel_.data() + static_cast<ptrdiff_t>(b) * kPanelColumns;
    simd_.expand_targets(after + bucket.refill + first_column, boundary - first_column, 0.0f, mean,
                         out);
    simd_.expand_targets(after + (boundary - keep_outputs), end - boundary, reward, mean,
                         out + boundary - first_column);
    std::fill(out + (end - first_column), out + columns, 0.0f);
  }
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
  const MatrixView panel{panel_.data(), kPanelColumns};
  const MatrixView dx{gradient_[0].data(), inputs_padded};
  double squares = 0;
  for (int column = 0; column < stride; column += kPanelColumns) {
    const int columns = std::min(kPanelColumns, stride - column);
    const int valid = std::min(kPanelColumns, outputs - column);
    expand_panel(first_row, mean, column, columns);
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

double CpuTrainer::step(int64_t first_row, float mean, float adam_step) {
  const NetworkShape& shape = problem_.shape;
  const int batch = problem_.dqn.batch;
  const InputView x = current_states(first_row);
  const int last = shape.layers() - 1;
  for (int l = 0; l < last; ++l)
    simd_.forward(layer_input(l, x), batch, shape.sizes[l],
                  {weights_.weights(l), weights_.columns(l)}, weights_.biases(l),
                  weights_.columns(l), true,
                  {activation_[static_cast<size_t>(l)].data(), weights_.columns(l)});
  const double error = output_layer_step(first_row, mean, adam_step);

  int current = 0;  // gradient_[current] belongs to the outputs of layer l
  for (int l = last - 1; l >= 0; --l) {
    const int columns = weights_.columns(l);
    const ConstMatrixView dy{gradient_[static_cast<size_t>(current)].data(), columns};
    if (l > 0) {
      const int below = weights_.columns(l - 1);
      simd_.transpose({weights_.weights(l), columns}, shape.sizes[l], columns, below,
                      {transposed_.data(), below});
      simd_.input_gradient(dy, batch, shape.sizes[l + 1], {transposed_.data(), below}, below, false,
                           activation_[static_cast<size_t>(l - 1)].data(),
                           {gradient_[static_cast<size_t>(1 - current)].data(), below});
    }
    simd_.weight_step(layer_input(l, x), batch, shape.sizes[l], dy, columns, weight_view(l, 0),
                      bias_view(l, 0), adam_step);
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
