#include "host/engine/problem/problem.h"

#include <algorithm>
#include <cmath>

#include "kernels/fleet_network.cuh"
#include "kernels/network.cuh"

namespace edgesweep {
namespace {

/// The first unit of every hidden layer is the margin (times the slope of LeakyReLU where it is
/// below 0), the last layer sees nothing else yet.
void hand_margin_on(const NetworkShape& shape, std::vector<float>& weights) {
  float* layer = weights.data();
  for (int l = 0; l < shape.layers(); ++l) {
    const int32_t inputs = shape.sizes[static_cast<size_t>(l)];
    const int32_t outputs = shape.sizes[static_cast<size_t>(l) + 1];
    const int32_t margin = l == 0 ? kMarginInput : 0;
    if (l + 1 < shape.layers()) {
      for (int32_t i = 0; i < inputs; ++i) layer[i * outputs] = i == margin ? 1.0f : 0.0f;
    } else {
      std::fill_n(layer, inputs * outputs, 0.0f);
      layer[margin * outputs + keep_output(kOneState, Outputs::action_values, 1)] = -kMarginWeight;
      layer[margin * outputs + offload_output(kOneState, Outputs::action_values, 1)] =
          kMarginWeight;
    }
    layer += (inputs + 1) * outputs;
  }
}

}  // namespace

TrainingState initial_state(const TrainingProblem& problem) {
  TrainingState state;
  state.reward_factor = problem.reward_factor;
  state.weights = initial_weights(problem.shape, problem.seed);
  if (!problem.start_biases.empty()) {
    const size_t outputs = problem.start_biases.size();
    const size_t last_width = static_cast<size_t>(problem.shape.sizes.end()[-2]);
    const auto biases = state.weights.end() - static_cast<ptrdiff_t>(outputs);
    for (auto w = biases - static_cast<ptrdiff_t>(last_width * outputs); w != biases; ++w)
      *w *= kStartWeightScale;
    std::copy(problem.start_biases.begin(), problem.start_biases.end(), biases);
  }
  if (problem.fleet && problem.dqn.start == DqnSettings::Start::mdp)
    hand_margin_on(problem.shape, state.weights);
  state.adam_mean.assign(state.weights.size(), 0.0f);
  state.adam_square.assign(state.weights.size(), 0.0f);
  return state;
}

float next_adam_step(TrainingState& state, double learning_rate) {
  ++state.adam_steps;
  state.beta_1_power *= kAdamBeta1;
  state.beta_2_power *= kAdamBeta2;
  return static_cast<float>(learning_rate * std::sqrt(1.0 - state.beta_2_power) /
                            (1.0 - state.beta_1_power));
}

namespace {

/// sin(z) for |z| <= pi / 2: Taylor's series to z^19, whose first term left out is below 3e-16.
double sine(double z) {
  const double square = z * z;
  double sum = 0;
  for (int n = 19; n > 1; n -= 2) sum = (1 + sum) * (-square / (n * (n - 1)));
  return z * (1 + sum);
}

}  // namespace

double half_cosine(double x) {
  constexpr double kPi = 3.14159265358979323846;
  return 0.5 + 0.5 * sine(kPi * (0.5 - x));
}

double learning_rate_at(const DqnSettings& dqn, int64_t iteration) {
  for (const SchedulePhase& phase : dqn.schedule) {
    if (iteration >= phase.iterations) {
      iteration -= phase.iterations;
      continue;
    }
    if (phase.final_learning_rate == 0) return phase.learning_rate;
    const double from = phase.learning_rate;
    const double to = phase.final_learning_rate;
    const double x = (static_cast<double>(iteration) + 0.5) / static_cast<double>(phase.iterations);
    return phase.shape == SchedulePhase::Shape::cosine ? to + (from - to) * half_cosine(x)
                                                       : from + (to - from) * x;
  }
  return 0;
}

}  // namespace edgesweep
