// `math: "fast"` against exact. The same windows, targets and steps, other roundings: products by
// cuBLAS with factors rounded to TF32 (10 bits of mantissa, so each product is off by up to 2^-10
// of itself; the emulation rounds too), biases added after the product, sums of a warp as trees.
#include <gtest/gtest.h>

#include <cmath>

#include "host/engine/cuda/device_trainer.h"
#include "tests/cuda/device_under_test.h"
#include "tests/reference/reference_learned_fleet.h"
#include "tests/reference/reference_trainer.h"
#include "tests/support/learned_fleets.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

constexpr int kIterations = 3;

/// One of the weights' root mean square distance from `from`.
double distance(const std::vector<float>& to, const std::vector<float>& from) {
  double squares = 0;
  for (size_t i = 0; i < to.size(); ++i) {
    const double difference = double{to[i]} - double{from[i]};
    squares += difference * difference;
  }
  return std::sqrt(squares / static_cast<double>(to.size()));
}

std::vector<TrainingState> train_fast(const std::vector<RunProblem>& problems) {
  DeviceContext context(0);
  std::vector<NetworkDemand> demands;
  for (const RunProblem& problem : problems)
    demands.push_back(demand_of(*problem.training, Math::fast));
  std::vector<const NetworkDemand*> members;
  for (const NetworkDemand& demand : demands) members.push_back(&demand);
  const TrainingPlan plan = plan_training(members, context.limits());
  std::vector<TrainingState> states;
  std::vector<std::unique_ptr<DeviceTrainer>> trainers;
  std::vector<DeviceTrainer*> pointers;
  for (const RunProblem& problem : problems) {
    states.push_back(initial_state(*problem.training));
    trainers.push_back(
        std::make_unique<DeviceTrainer>(*problem.training, states.back(), plan, context));
    pointers.push_back(trainers.back().get());
  }
  CohortIteration iteration(plan, problems.size(), problems.front().training->dqn.mini_batches,
                            Math::fast, context);
  for (int i = 0; i < kIterations; ++i) {
    iteration.run(pointers);
    if (i == 1 && pointers.size() > 1) {  // one leaves: the groups are made anew
      trainers.back()->store(states.back());
      pointers.pop_back();
    }
  }
  for (size_t i = 0; i < pointers.size(); ++i) trainers[i]->store(states[i]);
  return states;
}

/// The stated tolerance: after a few Q iterations the weights differ from exact ones by less than
/// 5 % of the way they have come, and the mean-squared error by less than 1 %. TF32 moves each
/// gradient by about 2^-11 of itself (0.05 %); Adam divides by the gradient's own size, so weights
/// whose gradients nearly cancel may move by more, hence 5 %.
void expect_near_exact(const TrainingState& fast, const TrainingProblem& problem, int iterations) {
  TrainingState exact = initial_state(problem);
  const std::vector<float> start = exact.weights;
  for (int i = 0; i < iterations; ++i)
    (problem.fleet ? reference_learned_iteration : reference_q_iteration)(problem, exact);
  EXPECT_EQ(fast.iteration, iterations);
  EXPECT_GT(distance(exact.weights, start), 0);
  EXPECT_LT(distance(fast.weights, exact.weights), 0.05 * distance(exact.weights, start));
  EXPECT_NEAR(fast.mean_squared_error, exact.mean_squared_error, 0.01 * exact.mean_squared_error);
}

class CudaFastMath : public testing::DeviceTest {
 protected:
  void SetUp() override {
    DeviceTest::SetUp();
    if (const std::string why = testing::why_not_fast(); !why.empty()) GTEST_SKIP() << why;
  }
};

TEST_F(CudaFastMath, StaysNearExactForNetworksOfSeveralSizes) {
  std::vector<RunProblem> problems;
  const std::pair<double, uint64_t> networks[] = {{4, 1}, {2, 1}, {4, 2}, {4, 3}};
  for (const auto& [depth, seed] : networks) {
    RunSettings settings = testing::small_settings();
    settings.depth = depth;
    settings.seed = seed;
    settings.dqn.width = 24;
    settings.dqn.batch = 37;
    settings.dqn.history_gaps = 1;
    settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
    problems.push_back(testing::prepared(settings));
  }
  const std::vector<TrainingState> states = train_fast(problems);
  for (size_t i = 0; i < states.size(); ++i) {
    SCOPED_TRACE("network " + std::to_string(i));
    expect_near_exact(states[i], *problems[i].training, i + 1 < states.size() ? kIterations : 2);
  }
}

TEST_F(CudaFastMath, OneLayerAndThePaperShape) {
  for (const int layers : {1, 5}) {
    RunSettings settings = testing::small_settings();
    settings.dqn.layers = layers;
    settings.dqn.width = 64;
    settings.dqn.batch = 128;
    settings.dqn.history_metrics = 95;
    settings.dqn.mini_batches = 2;
    std::vector<RunProblem> problems;
    problems.push_back(testing::prepared(settings));
    expect_near_exact(train_fast(problems).front(), *problems[0].training, kIterations);
  }
}

TEST_F(CudaFastMath, CamerasThatShareANetwork) {
  std::vector<RunProblem> problems;
  problems.push_back(testing::prepared_fleet(testing::learned_fleet_settings(3)));
  expect_near_exact(train_fast(problems).front(), *problems[0].training, kIterations);
}

}  // namespace
}  // namespace edgesweep
