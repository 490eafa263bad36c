#include "host/engine/problem.h"

#include <cmath>

#include "kernels/network.cuh"

namespace edgesweep {

double learning_rate_at(const DqnSettings& dqn, int64_t iteration) {
  for (const SchedulePhase& phase : dqn.schedule) {
    if (iteration < phase.iterations) return phase.learning_rate;
    iteration -= phase.iterations;
  }
  return 0;
}

TrainingState initial_state(const TrainingProblem& problem) {
  TrainingState state;
  state.weights = initial_weights(problem.shape, problem.seed);
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
