// The training kernels equal the scalar reference bit for bit, whatever the order of their threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "host/engine/cuda/device_trainer.h"
#include "tests/cuda/device_under_test.h"
#include "tests/reference/reference_trainer.h"
#include "tests/support/parity_cases.h"

namespace edgesweep {
namespace {

/// Index of the first float whose bits differ, or -1.
int64_t first_difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return 0;
  for (size_t i = 0; i < a.size(); ++i)
    if (std::memcmp(&a[i], &b[i], sizeof(float)) != 0) return static_cast<int64_t>(i);
  return -1;
}

void expect_equal(const TrainingState& actual, const TrainingState& expected) {
  EXPECT_EQ(first_difference(actual.weights, expected.weights), -1);
  EXPECT_EQ(first_difference(actual.adam_mean, expected.adam_mean), -1);
  EXPECT_EQ(first_difference(actual.adam_square, expected.adam_square), -1);
  EXPECT_EQ(actual.mean_squared_error, expected.mean_squared_error);
  EXPECT_EQ(actual.iteration, expected.iteration);
  EXPECT_EQ(actual.adam_steps, expected.adam_steps);
  EXPECT_EQ(actual.beta_2_power, expected.beta_2_power);
}

/// Trains the problems side by side on one device, whose blocks get `most_shared` bytes at most.
std::vector<TrainingState> train_on_device(
    const std::vector<const TrainingProblem*>& problems, int iterations,
    int64_t most_shared = std::numeric_limits<int64_t>::max()) {
  DeviceContext context(0);
  DeviceLimits limits = context.limits();
  limits.shared_per_block = std::min(limits.shared_per_block, most_shared);
  std::vector<NetworkDemand> demands;
  for (const TrainingProblem* problem : problems) demands.push_back(demand_of(*problem));
  std::vector<const NetworkDemand*> members;
  for (const NetworkDemand& demand : demands) members.push_back(&demand);
  const TrainingPlan plan = plan_training(members, limits);
  std::vector<TrainingState> states;
  std::vector<std::unique_ptr<DeviceTrainer>> trainers;
  std::vector<DeviceTrainer*> pointers;
  for (const TrainingProblem* problem : problems) {
    states.push_back(initial_state(*problem));
    trainers.push_back(std::make_unique<DeviceTrainer>(*problem, states.back(), plan, context));
    pointers.push_back(trainers.back().get());
  }
  CohortIteration iteration(plan, problems.size(), problems.front()->dqn.mini_batches, Math::exact,
                            context);
  for (int i = 0; i < iterations; ++i) iteration.run(pointers);
  for (size_t i = 0; i < trainers.size(); ++i) trainers[i]->store(states[i]);
  return states;
}

TrainingState reference_state(const TrainingProblem& problem, int iterations) {
  TrainingState state = initial_state(problem);
  for (int i = 0; i < iterations; ++i) reference_q_iteration(problem, state);
  return state;
}

using testing::settings_of;
using testing::TrainingShape;

/// Those of the CPU's parity test, and a mini-batch of one window more than a tile.
std::vector<TrainingShape> shapes() {
  std::vector<TrainingShape> all = testing::training_shapes();
  all.push_back({"over_a_tile", 0.3, 2, 70, -1, 2, 9, 129, 1, false});
  return all;
}

class CudaTrainer : public testing::DeviceTest,
                    public ::testing::WithParamInterface<TrainingShape> {};

TEST_P(CudaTrainer, EqualsTheReferenceInAnyThreadOrder) {
  const RunProblem problem = testing::prepared(settings_of(GetParam()));
  const bool paper = GetParam().batch == 128;
  const int iterations = paper ? 1 : 2;
  const TrainingState expected = reference_state(*problem.training, iterations);
  for (const uint64_t order : testing::thread_orders(paper ? 2 : 5)) {  // paper: a second each
    testing::use_thread_order(order);
    SCOPED_TRACE("thread order " + std::to_string(order));
    expect_equal(train_on_device({&*problem.training}, iterations).front(), expected);
  }
}

TEST_P(CudaTrainer, EqualsTheReferenceWithTheWarmRecipe) {
  for (const Outputs outputs : {Outputs::after_states, Outputs::action_values}) {
    SCOPED_TRACE(outputs == Outputs::after_states ? "after states" : "action values");
    const RunProblem problem = testing::prepared(testing::warm(settings_of(GetParam()), outputs));
    expect_equal(train_on_device({&*problem.training}, 1).front(),
                 reference_state(*problem.training, 1));
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, CudaTrainer, ::testing::ValuesIn(shapes()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(CudaTrainerLayouts, WhatLivesInSharedMemoryDoesNotChangeTheBits) {
  testing::reset_device();
  const RunProblem problem =
      testing::prepared(settings_of(TrainingShape{"", 0.1, 4, 20, -1, 3, 40, 32, 2, false}));
  const TrainingState expected = reference_state(*problem.training, 1);
  // Everything, some buffers, none.
  for (const int64_t kib : {227, 50, 32}) {
    SCOPED_TRACE(std::to_string(kib) + " KiB");
    expect_equal(train_on_device({&*problem.training}, 1, kib * 1024).front(), expected);
  }
}

/// Sequences of given ranks or gaps, 1..`most` (gaps) or 0..most - 1 (ranks).
std::shared_ptr<const ReplayTable> replay_table(uint32_t most, uint32_t first, uint32_t stream) {
  auto table = std::make_shared<ReplayTable>();
  table->sequences = 3;
  table->images = 25;
  const StreamKey key{5, stream, 0, Purpose::bootstrap};
  for (uint32_t i = 0; i < 75; ++i)
    table->values.push_back(
        static_cast<int32_t>(first + uniform_below(random_word(key, Channel::offset, i), most)));
  return table;
}

// Windows that begin before the start of a sequence among them: histories are longer than half of
// it.
TEST(CudaReplay, WindowsOfGivenSequencesTrainAsTheReferenceDoes) {
  for (const auto& [ranks, gaps, history_gaps] :
       {std::tuple{true, false, -1}, {true, true, 3}, {false, true, 3}, {true, false, 2}}) {
    testing::reset_device();
    RunProblem problem = testing::prepared(
        settings_of(TrainingShape{"", 0.1, 4, 14, history_gaps, 2, 16, 30, 2, true}));
    SequenceSource& windows = problem.training->windows;
    const uint32_t images = static_cast<uint32_t>(windows.images->size());
    if (ranks) windows.index_replay = replay_table(images, 0, 1);
    if (gaps) windows.gap_replay = replay_table(4, 1, 2);
    SCOPED_TRACE("replayed ranks " + std::to_string(ranks) + ", gaps " + std::to_string(gaps));
    expect_equal(train_on_device({&*problem.training}, 2).front(),
                 reference_state(*problem.training, 2));
  }
}

TEST(CudaCohort, ANetworkDoesNotDependOnTheNetworksBesideIt) {
  testing::reset_device();
  std::vector<RunProblem> problems;
  for (const double depth : {1.0, 4.0, 9.0}) {
    RunSettings settings = testing::small_settings();
    settings.depth = depth;
    settings.seed = static_cast<uint64_t>(depth);
    problems.push_back(testing::prepared(settings));
  }
  std::vector<const TrainingProblem*> together;
  for (const RunProblem& problem : problems) together.push_back(&*problem.training);
  const std::vector<TrainingState> states = train_on_device(together, 3);
  for (size_t i = 0; i < problems.size(); ++i)
    expect_equal(states[i], reference_state(*problems[i].training, 3));
}

TEST(CudaCohort, ANetworkOfNaNDisturbsNoOther) {
  testing::reset_device();
  const RunProblem sound = testing::prepared(testing::small_settings());
  RunSettings settings = testing::small_settings();
  settings.dqn.schedule = {{5, 1e30}};
  const RunProblem broken = testing::prepared(settings);
  const std::vector<TrainingState> states =
      train_on_device({&*broken.training, &*sound.training}, 3);
  EXPECT_FALSE(std::isfinite(states[0].mean_squared_error));
  expect_equal(states[1], reference_state(*sound.training, 3));
}

}  // namespace
}  // namespace edgesweep
