// A whole training as a sweep does it (schedule, evaluations, best weights, test simulation) equals
// one that is written down here from the plain reference: every weight, curve and loss.
#include <gtest/gtest.h>

#include <cmath>

#include "host/engine/backends.h"
#include "host/engine/problem/problem.h"
#include "host/engine/run/backend.h"
#include "host/engine/run/run_steps.h"
#include "tests/reference/reference_simulator.h"
#include "tests/reference/reference_trainer.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

/// Keeps what the one run gives.
class Keeper : public RunObserver {
 public:
  void on_start(size_t, int64_t, int64_t) override {}
  void on_iteration(size_t, int64_t) override { ++iterations; }
  void on_evaluation(size_t, const CurvePoint&) override {}
  bool wants_checkpoint(size_t) override { return false; }
  void on_checkpoint(size_t, const TrainingState&) override {}
  void on_finished(size_t, RunResult finished) override { result = std::move(finished); }
  bool stop_requested() override { return false; }

  int64_t iterations = 0;
  RunResult result;
};

RunResult trained(const RunSettings& settings) {
  InputCache inputs;
  Keeper keeper;
  make_cpu_backend(2)->execute({{0, "test", settings, std::nullopt}}, inputs, keeper);
  EXPECT_EQ(keeper.iterations, settings.dqn.iterations());
  return keeper.result;
}

double reference_loss(const TrainingProblem& training, const SequenceSource& source,
                      const SimulationSize& size, const std::vector<float>& weights) {
  const SimulationRequest request = evaluation_request(training, source, size, weights);
  double reward = 0;
  for (const SequenceOutcome& sequence : reference_simulation(request).network)
    reward += sequence.reward;
  return source.images->mean_weak_cost -
         reward / (static_cast<double>(size.sequences) * static_cast<double>(size.images));
}

struct Expected {
  TrainingState state;
  std::vector<CurvePoint> curve;
  std::vector<float> best_weights;
};

Expected reference_training(const RunProblem& problem) {
  const TrainingProblem& training = *problem.training;
  const int64_t last = training.dqn.iterations();
  Expected expected{initial_state(training), {}, {}};
  double best = 0;
  for (int64_t i = 0; i <= last; ++i) {
    if (i % training.dqn.evaluate_every == 0 || i == last) {
      const std::vector<float>& weights = expected.state.weights;
      CurvePoint point;
      point.iteration = i;
      point.learning_rate = learning_rate_at(training.dqn, i < last ? i : i - 1);
      point.mean_squared_error = i > 0 ? expected.state.mean_squared_error : std::nan("");
      point.training_loss = reference_loss(training, training.training_evaluation,
                                           training.dqn.training_sequences, weights);
      point.validation_loss =
          reference_loss(training, training.validation, training.dqn.validation, weights);
      if (expected.curve.empty() || point.validation_loss < best) {
        best = point.validation_loss;
        expected.best_weights = weights;
      }
      expected.curve.push_back(point);
    }
    if (i < last) reference_q_iteration(training, expected.state);
  }
  return expected;
}

void expect_same_curve(const std::vector<CurvePoint>& actual,
                       const std::vector<CurvePoint>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    SCOPED_TRACE(::testing::Message() << "evaluation " << i);
    EXPECT_EQ(actual[i].iteration, expected[i].iteration);
    EXPECT_EQ(actual[i].learning_rate, expected[i].learning_rate);
    if (i > 0) {
      EXPECT_EQ(actual[i].mean_squared_error, expected[i].mean_squared_error);
    }
    EXPECT_EQ(actual[i].training_loss, expected[i].training_loss);
    EXPECT_EQ(actual[i].validation_loss, expected[i].validation_loss);
  }
}

/// 70 iterations at two rates, evaluated at 0, 16, ..., 64 and 70.
RunSettings whole_training() {
  RunSettings settings = testing::small_settings();
  settings.dqn.schedule = {{50, 1e-2}, {20, 1e-3}};
  settings.dqn.evaluate_every = 16;
  settings.dqn.batch = 16;
  return settings;
}

void expect_equal_to_reference(const RunSettings& settings) {
  const RunProblem problem = testing::prepared(settings);
  const Expected expected = reference_training(problem);
  const RunResult result = trained(settings);
  EXPECT_EQ(result.iterations, settings.dqn.iterations());
  EXPECT_EQ(result.weights, expected.state.weights);
  EXPECT_EQ(result.best_weights, expected.best_weights);
  expect_same_curve(result.curve, expected.curve);
  const bool best = settings.dqn.keep == DqnSettings::Keep::best;
  EXPECT_EQ(result.policies.back().loss,
            reference_loss(*problem.training, problem.test, settings.test,
                           best ? expected.best_weights : expected.state.weights));
}

TEST(ParityWholeTraining, OnMetrics) { expect_equal_to_reference(whole_training()); }

TEST(ParityWholeTraining, OnMetricsAndGapsKeepingTheBest) {
  RunSettings settings = whole_training();
  settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
  settings.dqn.history_gaps = 1;
  settings.dqn.keep = DqnSettings::Keep::best;
  expect_equal_to_reference(settings);
}

TEST(ParityWholeTraining, TheDiscountDecidesTheWeights) {
  RunSettings settings = whole_training();
  const std::vector<float> far_sighted = trained(settings).weights;
  settings.dqn.discount = 0;
  expect_equal_to_reference(settings);
  EXPECT_NE(trained(settings).weights, far_sighted);
}

}  // namespace
}  // namespace edgesweep
