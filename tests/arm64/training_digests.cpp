#include "host/engine/cpu/cpu_trainer.h"
#include "tests/arm64/digest.h"
#include "tests/reference/reference_trainer.h"
#include "tests/support/parity_cases.h"

namespace edgesweep::testing {
namespace {

constexpr int kIterations = 2;

Digest digest_of(const TrainingState& state) {
  Digest digest;
  digest.add(state.weights);
  digest.add(state.adam_mean);
  digest.add(state.adam_square);
  digest.add(state.mean_squared_error);
  digest.add(state.beta_1_power);
  digest.add(state.beta_2_power);
  return digest;
}

Digest trained_plainly(const TrainingProblem& problem, TrainingState state) {
  for (int i = 0; i < kIterations; ++i) reference_q_iteration(problem, state);
  return digest_of(state);
}

Digest trained_with_vectors(const TrainingProblem& problem, TrainingState state) {
  TrainingScratch scratch;
  CpuTrainer trainer(problem, state);
  for (int i = 0; i < kIterations; ++i) trainer.q_iteration(scratch);
  trainer.store(state);
  return digest_of(state);
}

void compare_training(const std::string& name, const TrainingProblem& problem,
                      const TrainingState& state, Report& report) {
  report.compare(
      name, [&] { return trained_plainly(problem, state); },
      [&] { return trained_with_vectors(problem, state); });
}

}  // namespace

void digest_training(Report& report) {
  for (const TrainingShape& shape : training_shapes()) {
    const RunProblem problem = prepared(settings_of(shape));
    TrainingState state = initial_state(*problem.training);
    compare_training(shape.name, *problem.training, state, report);
    // Weights and gradients below the normal numbers, which some processors are set to flush.
    for (float& weight : state.weights) weight *= 1e-38f;
    compare_training(std::string(shape.name) + "_denormal", *problem.training, state, report);
  }
}

}  // namespace edgesweep::testing
