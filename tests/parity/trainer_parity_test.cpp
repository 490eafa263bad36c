// The vector trainer equals the plain one bit for bit, on every instruction set of this processor.
#include <gtest/gtest.h>

#include <cstring>

#include "host/engine/cpu/cpu_trainer.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/cpu/training_scratch.h"
#include "tests/reference/reference_trainer.h"
#include "tests/support/parity_cases.h"
#include "tests/support/threads.h"

namespace edgesweep {
namespace {

/// Index of the first float whose bits differ, or -1.
int64_t first_difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return 0;
  for (size_t i = 0; i < a.size(); ++i)
    if (std::memcmp(&a[i], &b[i], sizeof(float)) != 0) return static_cast<int64_t>(i);
  return -1;
}

class ParityTrainer : public ::testing::TestWithParam<testing::TrainingShape> {
 protected:
  void TearDown() override { force_instruction_set(""); }
};

TEST_P(ParityTrainer, EqualsTheReferenceOnEveryInstructionSet) {
  const RunProblem problem = testing::prepared(testing::settings_of(GetParam()));
  constexpr int kIterations = 2;
  TrainingState expected = initial_state(*problem.training);
  for (int i = 0; i < kIterations; ++i) reference_q_iteration(*problem.training, expected);

  for (const std::string& name : instruction_sets()) {
    force_instruction_set(name);
    TrainingState state = initial_state(*problem.training);
    TrainingScratch scratch;
    CpuTrainer trainer(*problem.training, state);
    for (int i = 0; i < kIterations; ++i) trainer.q_iteration(scratch);
    trainer.store(state);
    EXPECT_EQ(first_difference(state.weights, expected.weights), -1) << name;
    EXPECT_EQ(first_difference(state.adam_mean, expected.adam_mean), -1) << name;
    EXPECT_EQ(first_difference(state.adam_square, expected.adam_square), -1) << name;
    EXPECT_EQ(state.mean_squared_error, expected.mean_squared_error) << name;
    EXPECT_EQ(state.iteration, expected.iteration);
    EXPECT_EQ(state.adam_steps, expected.adam_steps);
  }
}

TEST_P(ParityTrainer, EqualsTheReferenceWithTheWarmRecipe) {
  for (const Outputs outputs : {Outputs::after_states, Outputs::action_values}) {
    SCOPED_TRACE(outputs == Outputs::after_states ? "after states" : "action values");
    const RunProblem problem =
        testing::prepared(testing::warm(testing::settings_of(GetParam()), outputs));
    TrainingState expected = initial_state(*problem.training);
    for (int i = 0; i < 2; ++i) reference_q_iteration(*problem.training, expected);
    for (const std::string& name : instruction_sets()) {
      force_instruction_set(name);
      TrainingState state = initial_state(*problem.training);
      TrainingScratch scratch;
      CpuTrainer trainer(*problem.training, state);
      for (int i = 0; i < 2; ++i) trainer.q_iteration(scratch);
      trainer.store(state);
      EXPECT_EQ(first_difference(state.weights, expected.weights), -1) << name;
      EXPECT_EQ(state.mean_squared_error, expected.mean_squared_error) << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ParityTrainer, ::testing::ValuesIn(testing::training_shapes()),
                         [](const auto& info) { return info.param.name; });

TEST(ParityThreads, TrainingDoesNotDependOnTheNumberOfThreads) {
  RunSettings settings = testing::small_settings();
  settings.dqn.batch = 64;
  settings.dqn.mini_batches = 16;
  const RunProblem problem = testing::prepared(settings);
  std::vector<TrainingState> states;
  for (const int threads : {1, 2, 5}) {
    testing::with_threads(threads, [&] {
      TrainingState state = initial_state(*problem.training);
      TrainingScratch scratch;
      CpuTrainer trainer(*problem.training, state);
      for (int i = 0; i < 5; ++i) trainer.q_iteration(scratch);
      trainer.store(state);
      states.push_back(state);
    });
  }
  for (const TrainingState& state : states) {
    EXPECT_EQ(first_difference(state.weights, states[0].weights), -1);
    EXPECT_EQ(state.mean_squared_error, states[0].mean_squared_error);
  }
}

TEST(ParityResume, TrainingGoesOnFromAStoredStateWithTheSameBits) {
  const RunProblem problem = testing::prepared(testing::small_settings());
  TrainingState whole = initial_state(*problem.training);
  TrainingScratch scratch;
  CpuTrainer uninterrupted(*problem.training, whole);
  for (int i = 0; i < 4; ++i) uninterrupted.q_iteration(scratch);
  uninterrupted.store(whole);

  TrainingState state = initial_state(*problem.training);
  for (int part = 0; part < 2; ++part) {
    TrainingScratch scratch;
    CpuTrainer trainer(*problem.training, state);
    for (int i = 0; i < 2; ++i) trainer.q_iteration(scratch);
    trainer.store(state);
  }
  EXPECT_EQ(first_difference(state.weights, whole.weights), -1);
  EXPECT_EQ(first_difference(state.adam_square, whole.adam_square), -1);
  EXPECT_EQ(state.beta_2_power, whole.beta_2_power);
}

TEST(Seeds, TwoSeedsDifferInStartAndWindowsAndEqualSeedsInNothing) {
  RunSettings settings = testing::small_settings();
  const RunProblem first = testing::prepared(settings);
  const RunProblem same = testing::prepared(settings);
  settings.seed = 2;
  const RunProblem other = testing::prepared(settings);
  EXPECT_EQ(initial_state(*first.training).weights, initial_state(*same.training).weights);
  const std::vector<float> a = initial_state(*first.training).weights;
  const std::vector<float> b = initial_state(*other.training).weights;
  int equal = 0;
  for (size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i] && a[i] != 0.0f;
  EXPECT_EQ(equal, 0);

  Windows windows_a = make_windows(*first.training);
  Windows windows_b = make_windows(*other.training);
  draw_windows(*first.training, 0, 0, windows_a.count, windows_a);
  draw_windows(*other.training, 0, 0, windows_b.count, windows_b);
  int equal_metrics = 0;
  const std::vector<float> metrics_a = testing::metrics_of(windows_a);
  const std::vector<float> metrics_b = testing::metrics_of(windows_b);
  for (size_t i = 0; i < metrics_a.size(); ++i) equal_metrics += metrics_a[i] == metrics_b[i];
  // 108 metrics from 33,333 images: a chance hit is possible, several are not.
  EXPECT_LE(equal_metrics, 2) << "of " << metrics_a.size();
}

/// Which hidden units are positive, for every row: within one pattern the error is a smooth
/// function of each parameter.
std::vector<bool> sign_pattern(const NetworkShape& shape, const std::vector<float>& weights,
                               const std::vector<float>& inputs, int rows) {
  Activations activations;
  activations.layer = {inputs};
  reference_forward(shape, weights, rows, activations);
  std::vector<bool> pattern;
  for (int l = 1; l < shape.layers(); ++l)
    for (const float value : activations.layer[static_cast<size_t>(l)])
      pattern.push_back(value > 0.0f);
  return pattern;
}

TEST(Gradient, AgreesWithFiniteDifferences) {
  const NetworkShape shape{{5, 7, 6, 4}};
  std::vector<float> weights = initial_weights(shape, 3);
  std::vector<float> inputs, targets;
  constexpr uint32_t kRows = 8;
  for (uint32_t i = 0; i < kRows * 5; ++i)
    inputs.push_back(uniform_symmetric(philox(5, i, 0, 0, Purpose::test).word[0]));
  for (uint32_t i = 0; i < kRows * 4; ++i)
    targets.push_back(uniform_symmetric(philox(5, i, 1, 0, Purpose::test).word[0]));
  const std::vector<float> gradient =
      reference_gradient(shape, weights, inputs, targets, kRows, nullptr);
  const std::vector<bool> pattern = sign_pattern(shape, weights, inputs, kRows);

  // Away from the kinks of LeakyReLU the error is quadratic in each parameter, so the central
  // difference is exact but for rounding: about 1e-7 of an error near 1, divided by 2e-3.
  const float width = 1e-3f;
  size_t checked = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const float kept = weights[i];
    double error[2] = {};
    bool smooth = true;
    for (const int side : {0, 1}) {
      weights[i] = side ? kept + width : kept - width;
      smooth = smooth && sign_pattern(shape, weights, inputs, kRows) == pattern;
      reference_gradient(shape, weights, inputs, targets, kRows, &error[side]);
    }
    const double moved = double{kept + width} - double{kept - width};
    weights[i] = kept;
    if (!smooth) continue;
    ++checked;
    EXPECT_NEAR(gradient[i], (error[1] - error[0]) / moved, 5e-4) << "parameter " << i;
  }
  EXPECT_GE(checked, weights.size() / 2);
}

}  // namespace
}  // namespace edgesweep
