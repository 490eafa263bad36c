#include "tests/reference/reference_trainer.h"

#include "host/engine/problem/problem.h"
#include "kernels/network.cuh"
#include "kernels/targets.cuh"
#include "tests/reference/reference_windows.h"

namespace edgesweep {
namespace {

/// Where layer l's weights start; its biases follow them.
int64_t layer_offset(const NetworkShape& shape, int layer) {
  int64_t offset = 0;
  for (int l = 0; l < layer; ++l) offset += (int64_t{shape.sizes[l]} + 1) * shape.sizes[l + 1];
  return offset;
}

/// dx[row][i] = sum over outputs of dy * w, times the derivative of LeakyReLU at the stored output
/// of the layer below.
std::vector<float> input_gradient(const std::vector<float>& dy, const float* weights,
                                  const std::vector<float>& stored, int rows, int inputs,
                                  int outputs) {
  std::vector<float> dx(static_cast<size_t>(rows) * inputs);
  for (int row = 0; row < rows; ++row)
    for (int i = 0; i < inputs; ++i) {
      float sum = 0.0f;
      for (int o = 0; o < outputs; ++o)
        sum = fused_multiply_add(dy[static_cast<size_t>(row) * outputs + o],
                                 weights[i * outputs + o], sum);
      const size_t at = static_cast<size_t>(row) * inputs + i;
      dx[at] = sum * leaky_relu_gradient(stored[at]);
    }
  return dx;
}

/// Chains of kDecisionChains, then pairwise: the sum of one row of values.
float chain_sum(const float* values, int count) {
  float chain[kDecisionChains] = {};
  for (int i = 0; i < count; ++i)
    chain[i % kDecisionChains] = chain[i % kDecisionChains] + values[i];
  return pairwise_sum(chain);
}

}  // namespace

void reference_forward(const NetworkShape& shape, const std::vector<float>& weights, int rows,
                       Activations& activations) {
  activations.layer.resize(static_cast<size_t>(shape.layers()) + 1);
  for (int l = 0; l < shape.layers(); ++l) {
    const int inputs = shape.sizes[l];
    const int outputs = shape.sizes[l + 1];
    const float* w = weights.data() + layer_offset(shape, l);
    const float* bias = w + static_cast<ptrdiff_t>(inputs) * outputs;
    const std::vector<float>& x = activations.layer[l];
    std::vector<float>& y = activations.layer[l + 1];
    y.resize(static_cast<size_t>(rows) * outputs);
    for (int row = 0; row < rows; ++row)
      for (int o = 0; o < outputs; ++o) {
        float sum = bias[o];
        for (int i = 0; i < inputs; ++i)
          sum =
              fused_multiply_add(x[static_cast<size_t>(row) * inputs + i], w[i * outputs + o], sum);
        y[static_cast<size_t>(row) * outputs + o] = l + 1 < shape.layers() ? leaky_relu(sum) : sum;
      }
  }
}

std::vector<float> reference_gradient(const NetworkShape& shape, const std::vector<float>& weights,
                                      const std::vector<float>& inputs,
                                      const std::vector<float>& targets, int rows, double* error) {
  Activations activations;
  activations.layer = {inputs};
  reference_forward(shape, weights, rows, activations);

  const int outputs = shape.outputs();
  const float scale = 2.0f / static_cast<float>(int64_t{rows} * outputs);
  std::vector<float> dy(static_cast<size_t>(rows) * outputs);
  double total = 0;
  for (int o = 0; o < outputs; ++o) {
    float squares = 0.0f;
    for (int row = 0; row < rows; ++row) {
      const size_t at = static_cast<size_t>(row) * outputs + o;
      const float difference = activations.layer.back()[at] - targets[at];
      squares = fused_multiply_add(difference, difference, squares);
      dy[at] = difference * scale;
    }
    total += squares;
  }
  if (error) *error = total / (static_cast<double>(rows) * outputs);

  std::vector<float> gradient(weights.size());
  for (int l = shape.layers() - 1; l >= 0; --l) {
    const int in = shape.sizes[l];
    const int out = shape.sizes[l + 1];
    float* dw = gradient.data() + layer_offset(shape, l);
    const std::vector<float>& x = activations.layer[l];
    for (int i = 0; i < in; ++i)
      for (int o = 0; o < out; ++o) {
        float sum = 0.0f;
        for (int row = 0; row < rows; ++row)
          sum = fused_multiply_add(x[static_cast<size_t>(row) * in + i],
                                   dy[static_cast<size_t>(row) * out + o], sum);
        dw[i * out + o] = sum;
      }
    for (int o = 0; o < out; ++o) {
      float sum = 0.0f;
      for (int row = 0; row < rows; ++row) sum = sum + dy[static_cast<size_t>(row) * out + o];
      dw[static_cast<ptrdiff_t>(in) * out + o] = sum;
    }
    if (l > 0) dy = input_gradient(dy, weights.data() + layer_offset(shape, l), x, rows, in, out);
  }
  return gradient;
}

double reference_step(const NetworkShape& shape, const std::vector<float>& inputs,
                      const std::vector<float>& targets, int rows, double learning_rate,
                      TrainingState& state) {
  double error = 0;
  const std::vector<float> gradient =
      reference_gradient(shape, state.weights, inputs, targets, rows, &error);
  const float step = next_adam_step(state, learning_rate);
  for (size_t i = 0; i < gradient.size(); ++i)
    adam_update(gradient[i], step, state.weights[i], state.adam_mean[i], state.adam_square[i]);
  return error;
}

std::vector<float> reference_input(const Windows& windows, int64_t row, int position) {
  std::vector<float> input;
  for (int i = 0; i + 1 < windows.metrics; ++i) input.push_back(windows.metric(row, position + i));
  for (int i = 0; i + 1 < windows.gaps; ++i) input.push_back(windows.gap(row, position + i));
  return input;
}

std::vector<float> reference_values_after(const TrainingProblem& problem, const float* outputs,
                                          float reward, int32_t gap) {
  const TokenBucket& bucket = problem.bucket;
  const float discount = static_cast<float>(problem.dqn.discount);
  std::vector<float> best;
  for (int32_t n = bucket.refill; n <= bucket.capacity; ++n)
    best.push_back(best_value(bucket, problem.dqn.outputs, outputs, reward, n));
  std::vector<float> after;
  for (int32_t a = 0; a <= bucket.capacity; ++a)
    after.push_back(problem.dqn.history_gaps >= 0
                        ? value_after_gap(bucket, best.data(), discount, a, gap)
                        : value_after_expected_gap(
                              bucket, best.data(), discount, a, problem.gap_probability.data(),
                              static_cast<int32_t>(problem.gap_probability.size()),
                              problem.remaining.data()));
  return after;
}

void reference_q_iteration(const TrainingProblem& problem, TrainingState& state) {
  const TokenBucket& bucket = problem.bucket;
  const NetworkShape& shape = problem.shape;
  const int batch = problem.dqn.batch;
  Windows windows = make_windows(problem);
  draw_windows_plain(problem, state.iteration, 0, windows.count, windows);

  const Outputs outputs = problem.dqn.outputs;
  const int kept = keep_output_count(bucket, outputs);
  const int offloaded = offload_outputs(bucket, outputs);
  std::vector<std::vector<float>> after(static_cast<size_t>(windows.count));
  double total = 0;
  for (int64_t row = 0; row < windows.count; ++row) {
    Activations next;
    next.layer = {reference_input(windows, row, 0)};
    reference_forward(shape, state.weights, 1, next);
    const int32_t gap = windows.gaps > 0 ? windows.next_gap[static_cast<size_t>(row)] : 0;
    std::vector<float>& values = after[static_cast<size_t>(row)];
    const float reward = windows.reward[static_cast<size_t>(row)];
    values = reference_values_after(problem, next.layer.back().data(), reward, gap);
    const double sum = double{chain_sum(values.data() + first_kept(bucket, outputs), kept)} +
                       double{chain_sum(values.data(), offloaded)} + double{reward} * offloaded;
    if (problem.dqn.center_targets == DqnSettings::Center::window)
      for (float& value : values) value = value - target_mean(sum, shape.outputs());
    else
      total += sum;
  }
  const float mean = target_mean(total, windows.count * shape.outputs());

  const double learning_rate = learning_rate_at(problem.dqn, state.iteration);
  double error = 0;
  for (int m = 0; m < problem.dqn.mini_batches; ++m) {
    std::vector<float> inputs;
    std::vector<float> targets;
    for (int b = 0; b < batch; ++b) {
      const int64_t row = int64_t{m} * batch + b;
      const std::vector<float> input = reference_input(windows, row, 1);
      inputs.insert(inputs.end(), input.begin(), input.end());
      for (int o = 0; o < shape.outputs(); ++o)
        targets.push_back(target(bucket, outputs, after[static_cast<size_t>(row)].data(),
                                 windows.reward[static_cast<size_t>(row)], o) -
                          mean);
    }
    error += reference_step(shape, inputs, targets, batch, learning_rate, state);
  }
  state.mean_squared_error = error / problem.dqn.mini_batches;
  ++state.iteration;
}

}  // namespace edgesweep
