#include "host/engine/problem.h"

#include <algorithm>
#include <cmath>

#include "kernels/network.cuh"

namespace edgesweep {

TrainingState initial_state(const TrainingProblem& problem) {
  TrainingState state;
  state.weights = initial_weights(problem.shape, problem.seed);
  if (!problem.start_biases.empty()) {
    const size_t outputs = problem.start_biases.size();
    const size_t last_width = static_cast<size_t>(problem.shape.sizes.end()[-2]);
    const auto biases = state.weights.end() - static_cast<ptrdiff_t>(outputs);
    for (auto w = biases - static_cast<ptrdiff_t>(last_width * outputs); w != biases; ++w)
      *w *= kStartWeightScale;
    std::copy(problem.start_biases.begin(), problem.start_biases.end(), biases);
  }
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

}  // namespace edgesweep
