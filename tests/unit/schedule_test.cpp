// The learning-rate schedule, Adam's step, the start of a training (host/engine/problem/problem.h)
// and the network's shape and first weights (host/engine/network/network_shape.h):
// docs/model.md#learning-rate, docs/model.md#network.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "host/engine/problem/problem.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

TEST(Schedule, PublishedRecipe) {
  DqnSettings dqn;
  dqn.schedule = {{3000, 1e-3}, {1000, 1e-4}};
  EXPECT_EQ(dqn.iterations(), 4000);
  EXPECT_EQ(learning_rate_at(dqn, 0), 1e-3);
  EXPECT_EQ(learning_rate_at(dqn, 2999), 1e-3);
  EXPECT_EQ(learning_rate_at(dqn, 3000), 1e-4);
  EXPECT_EQ(learning_rate_at(dqn, 3999), 1e-4);
  EXPECT_EQ(learning_rate_at(dqn, 4000), 0);
}

TEST(Schedule, PhasesFollowEachOtherAndEmptyOnesAreSkipped) {
  DqnSettings dqn;
  dqn.schedule = {{1, 0.5}, {0, 0.4}, {2, 0.3}};
  EXPECT_EQ(learning_rate_at(dqn, 0), 0.5);
  EXPECT_EQ(learning_rate_at(dqn, 1), 0.3);
  EXPECT_EQ(learning_rate_at(dqn, 2), 0.3);
  EXPECT_EQ(learning_rate_at(dqn, 3), 0);
  dqn.schedule.clear();
  EXPECT_EQ(dqn.iterations(), 0);
  EXPECT_EQ(learning_rate_at(dqn, 0), 0);
}

TEST(Schedule, APhaseMayGoFromOneRateToAnother) {
  DqnSettings dqn;
  using Shape = SchedulePhase::Shape;
  dqn.schedule = {{4, 0.1, 0.5, Shape::linear}, {4, 0.5, 0.1, Shape::cosine}, {1, 0.1}};
  // Iterations stand in the middle of their share of the phase: at 1/8, 3/8, 5/8 and 7/8.
  const double linear[] = {0.15, 0.25, 0.35, 0.45};
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(learning_rate_at(dqn, i), linear[i], 1e-15) << i;
  const double pi = std::acos(-1.0);
  for (int i = 0; i < 4; ++i)
    EXPECT_NEAR(learning_rate_at(dqn, 4 + i), 0.1 + 0.4 * (1 + std::cos(pi * (i + 0.5) / 4)) / 2,
                1e-15)
        << i;
  EXPECT_EQ(learning_rate_at(dqn, 8), 0.1);
  EXPECT_EQ(learning_rate_at(dqn, 9), 0);
}

TEST(HalfCosine, IsTheCosineFromOneToZero) {
  EXPECT_EQ(half_cosine(0.5), 0.5);
  const double pi = std::acos(-1.0);
  for (int i = 0; i <= 1000; ++i) {
    const double x = i / 1000.0;
    // The series leaves out less than 3e-16 and rounds ten times, below 2e-16 each.
    EXPECT_NEAR(half_cosine(x), (1 + std::cos(pi * x)) / 2, 1e-15) << x;
  }
}

TEST(Schedule, WindowsOfAnIteration) {
  DqnSettings dqn;
  dqn.batch = 128;
  dqn.mini_batches = 128;
  EXPECT_EQ(windows_per_iteration(dqn), 128 * 128);
  dqn.batch = dqn.mini_batches = 100'000;
  EXPECT_EQ(windows_per_iteration(dqn), 10'000'000'000) << "no overflow of 32 bits";
}

TEST(AdamStep, HasTheBiasCorrectionsOfItsNumber) {
  TrainingState state;
  for (int t = 1; t <= 20'000; ++t) {
    const double expected = 1e-3 * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t));
    // One rounding to single precision (6e-8); the powers are running products, which adds less.
    ASSERT_NEAR(next_adam_step(state, 1e-3), expected, 1e-7 * expected) << "step " << t;
    ASSERT_EQ(state.adam_steps, t);
  }
  EXPECT_NEAR(next_adam_step(state, 1e-4), 1e-4, 1e-11) << "the rate may change while t runs on";
}

TEST(InitialState, HasNoPast) {
  const RunProblem problem = testing::prepared(testing::small_settings());
  const TrainingState state = initial_state(*problem.training);
  EXPECT_EQ(state.iteration, 0);
  EXPECT_EQ(state.adam_steps, 0);
  EXPECT_EQ(state.beta_1_power, 1);
  EXPECT_EQ(state.beta_2_power, 1);
  EXPECT_EQ(state.best_iteration, -1);
  EXPECT_TRUE(state.curve.empty());
  const size_t parameters = static_cast<size_t>(problem.training->shape.parameters());
  EXPECT_EQ(state.weights.size(), parameters);
  EXPECT_EQ(state.adam_mean, std::vector<float>(parameters, 0.0f));
  EXPECT_EQ(state.adam_square, std::vector<float>(parameters, 0.0f));
}

TEST(InitialState, WithBiasesHasThemAndASmallLastLayer) {
  const RunProblem random = testing::prepared(testing::small_settings());
  TrainingProblem problem = *random.training;
  const size_t outputs = static_cast<size_t>(problem.shape.outputs());
  for (size_t i = 0; i < outputs; ++i) problem.start_biases.push_back(static_cast<float>(i) + 1);
  const std::vector<float> plain = initial_state(*random.training).weights;
  const std::vector<float> started = initial_state(problem).weights;
  ASSERT_EQ(started.size(), plain.size());
  const size_t last_layer = (8 + 1) * outputs;  // width 8
  const size_t below = plain.size() - last_layer;
  for (size_t i = 0; i < plain.size(); ++i) {
    if (i < below)
      EXPECT_EQ(started[i], plain[i]) << i;
    else if (i < plain.size() - outputs)
      EXPECT_EQ(started[i], plain[i] * 0.1f) << i;
    else
      EXPECT_EQ(started[i], problem.start_biases[i - (plain.size() - outputs)]) << i;
  }
}

DqnSettings published_network() {
  DqnSettings dqn;
  dqn.history_metrics = 95;
  dqn.history_gaps = -1;
  dqn.layers = 5;
  dqn.width = 64;
  return dqn;
}

TEST(NetworkShape, Published) {
  const TokenBucket bucket{1, 10, 40};
  DqnSettings dqn = published_network();
  EXPECT_EQ(make_network_shape(dqn, bucket).sizes,
            (std::vector<int32_t>{96, 64, 64, 64, 64, 64, 71}));
  dqn.history_gaps = 0;
  EXPECT_EQ(make_network_shape(dqn, bucket).inputs(), 97) << "the newest gap";
  dqn.history_gaps = 3;
  EXPECT_EQ(make_network_shape(dqn, bucket).inputs(), 100);
  dqn.history_metrics = 0;
  dqn.history_gaps = -1;
  dqn.layers = 1;
  EXPECT_EQ(make_network_shape(dqn, bucket).sizes, (std::vector<int32_t>{1, 64, 71}));
}

TEST(NetworkShape, CountsParametersAndWork) {
  const NetworkShape shape{{3, 5, 2}};
  EXPECT_EQ(shape.layers(), 2);
  EXPECT_EQ(shape.inputs(), 3);
  EXPECT_EQ(shape.outputs(), 2);
  EXPECT_EQ(shape.parameters(), 3 * 5 + 5 + 5 * 2 + 2);
  EXPECT_EQ(shape.forward_work(), 2 * (3 * 5 + 5 * 2));
  // Weight gradients of both layers, input gradients of the second alone.
  EXPECT_EQ(shape.training_work(), 2 * (3 * 5 + 5 * 2) + 2 * (3 * 5 + 5 * 2) + 2 * 5 * 2);
}

/// Weights and biases of one layer of initial_weights.
struct InitialLayer {
  std::vector<float> weights, biases;
};
std::vector<InitialLayer> initial_layers(const NetworkShape& shape, uint64_t seed) {
  const std::vector<float> parameters = initial_weights(shape, seed);
  EXPECT_EQ(static_cast<int64_t>(parameters.size()), shape.parameters());
  std::vector<InitialLayer> layers;
  auto at = parameters.begin();
  for (int l = 0; l < shape.layers(); ++l) {
    const auto biases = at + static_cast<ptrdiff_t>(shape.sizes[l]) * shape.sizes[l + 1];
    layers.push_back({{at, biases}, {biases, biases + shape.sizes[l + 1]}});
    at = biases + shape.sizes[l + 1];
  }
  return layers;
}

TEST(InitialWeights, AreUniformOfHesVarianceWithZeroBiases) {
  const NetworkShape shape = make_network_shape(published_network(), {1, 10, 40});
  const std::vector<InitialLayer> layers = initial_layers(shape, 1);
  for (int l = 0; l < shape.layers(); ++l) {
    const double limit = std::sqrt(6.0 / shape.sizes[l]);
    const std::vector<float>& weights = layers[static_cast<size_t>(l)].weights;
    double sum = 0;
    double squares = 0;
    double largest = 0;
    for (const double weight : weights) {
      sum += weight / limit;
      squares += weight * weight / (limit * limit);
      largest = std::max(largest, std::abs(weight) / limit);
    }
    // Uniform on [-1, 1] after division by the limit: mean 0, variance 1/3 (2 / inputs before),
    // largest nearly 1.
    const double count = static_cast<double>(weights.size());
    EXPECT_NEAR(sum / count, 0, 5 * std::sqrt(1.0 / 3 / count)) << "layer " << l;
    EXPECT_NEAR(squares / count, 1.0 / 3, 5 * std::sqrt((1.0 / 5 - 1.0 / 9) / count))
        << "layer " << l;
    EXPECT_LE(largest, 1 + 1e-7) << "layer " << l;
    EXPECT_GT(largest, 1 - 20 / count) << "layer " << l;
    EXPECT_EQ(layers[static_cast<size_t>(l)].biases,
              std::vector<float>(static_cast<size_t>(shape.sizes[l + 1]), 0.0f));
  }
}

TEST(InitialWeights, OfSeedsAndLayersAreDifferentDraws) {
  const NetworkShape shape{{64, 64, 64}};
  const std::vector<InitialLayer> first = initial_layers(shape, 1);
  EXPECT_EQ(initial_weights(shape, 1), initial_weights(shape, 1));
  std::set<float> seen;
  size_t drawn = 0;
  for (const uint64_t seed : {1ULL, 2ULL, 1ULL << 40})
    for (const InitialLayer& layer : initial_layers(shape, seed)) {
      seen.insert(layer.weights.begin(), layer.weights.end());
      drawn += layer.weights.size();
    }
  // 24,576 draws of 2^24 values: about 18 pairs agree by chance, whole layers do not.
  EXPECT_GT(seen.size(), drawn - 100);
}

}  // namespace
}  // namespace edgesweep
