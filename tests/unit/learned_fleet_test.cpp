// Cameras that share a network, step by step in plain code: what they see, what they learn from.
#include "host/engine/cpu/learned_fleet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/cpu_trainer.h"
#include "host/engine/problem/problem.h"
#include "kernels/fleet_network.cuh"
#include "tests/reference/reference_learned_fleet.h"
#include "tests/reference/reference_trainer.h"
#include "tests/support/learned_fleets.h"
#include "tests/support/threads.h"

namespace edgesweep {
namespace {

/// Whether so many cameras are simulated for longer than ThreadSanitizer remembers who read what.
/// Then it cannot see that it was a thread of TBB's, whose synchronisation it does not know
/// (tests/tsan.supp), and takes the end of a parallel loop for a race.
bool thread_sanitizer_forgets([[maybe_unused]] int cameras) {
#ifdef __SANITIZE_THREAD__
  return cameras > 8;
#else
  return false;
#endif
}

/// Weights of a network that heeds all its inputs.
std::vector<float> lively_weights(const TrainingProblem& training) {
  return initial_weights(training.shape, 7);
}

class LearnedFleetTest : public ::testing::TestWithParam<int> {
 protected:
  void TearDown() override { force_instruction_set(""); }
};

TEST_P(LearnedFleetTest, DoesWhatItsCamerasDoStepByStep) {
  if (thread_sanitizer_forgets(GetParam()))
    GTEST_SKIP() << "ThreadSanitizer's history is too short for so many cameras";
  const RunProblem problem = testing::prepared_fleet(testing::learned_fleet_settings(GetParam()));
  const TrainingProblem& training = *problem.training;
  const std::vector<float> weights = lively_weights(training);
  const SimulationSize size{problem.settings.test.sequences, 300};
  const LearnedFleetRequest request{&training, &weights, &problem.test, size, {}};
  const LearnedFleetOutcome expected = reference_learned_fleet(request);
  for (const FleetSums& sums : expected.fleet.sums)
    EXPECT_LT(sums.passed, sums.offloads) << "some are lost, or the test tests little";
  for (const std::string& name : instruction_sets())
    for (const int threads : {1, 3}) {
      force_instruction_set(name);
      testing::with_threads(threads, [&] {
        const LearnedFleetOutcome outcome = simulate_learned_fleet(request);
        EXPECT_EQ(outcome.fleet.sums, expected.fleet.sums) << name << ", " << threads << " threads";
        EXPECT_EQ(outcome.occupancy, expected.occupancy) << name << ", " << threads << " threads";
      });
    }
}

TEST_P(LearnedFleetTest, StartsAsTheHierarchicalStrategy) {
  if (thread_sanitizer_forgets(GetParam()))
    GTEST_SKIP() << "ThreadSanitizer's history is too short for so many cameras";
  const RunProblem problem = testing::prepared_fleet(testing::learned_fleet_settings(GetParam()));
  const TrainingProblem& training = *problem.training;
  const FleetStrategy& hierarchical = problem.fleet->strategies.at(0);
  ASSERT_EQ(hierarchical.policy, Policy::hierarchical);
  FleetRequest request;
  request.source = &problem.test;
  request.size = problem.settings.test;
  request.policies = {hierarchical.rank_policy};
  request.switches = {problem.fleet->at_switch};
  const TrainingState start = initial_state(training);
  EXPECT_EQ(
      simulate_learned_fleet({&training, &start.weights, &problem.test, problem.settings.test, {}})
          .fleet.sums,
      simulate_fleet_on_cpu(request).sums);
}

/// The images of the fleets in their rows, with what it gains to offload them; the last fleet sees
/// more than are wanted, or just as many.
TEST_P(LearnedFleetTest, LearnsFromEveryImageOfTheFleetsOfAnIteration) {
  constexpr int64_t kIteration = 3;
  for (const int fewer : {0, 1}) {
    RunSettings settings = testing::learned_fleet_settings(GetParam());
    settings.dqn.batch = static_cast<int>(settings.fleet.training.steps) * GetParam() - fewer;
    settings.dqn.mini_batches = 5;
    const RunProblem problem = testing::prepared_fleet(settings);
    const TrainingProblem& training = *problem.training;
    const std::vector<float> weights = lively_weights(training);
    TrainingScratch scratch;
    scratch.begin(training, kIteration);
    draw_training_samples(training, weights, kIteration, scratch);
    const LearnedSamples expected = reference_learned_samples(training, weights, kIteration);
    std::vector<std::vector<float>> rows;
    for (int64_t row = 0; row < scratch.windows.count; ++row)
      rows.push_back(reference_input(scratch.windows, row, 1));
    EXPECT_EQ(rows, expected.inputs);
    EXPECT_EQ(scratch.windows.reward, expected.gain);
  }
}

TEST_P(LearnedFleetTest, TrainsBothActionsOnHalfTheGain) {
  const RunProblem problem = testing::prepared_fleet(testing::learned_fleet_settings(GetParam()));
  const TrainingProblem& training = *problem.training;
  TrainingState expected = initial_state(training);
  CpuTrainer trainer(training, expected);
  TrainingScratch scratch;
  for (int iteration = 0; iteration < 2; ++iteration) {
    trainer.q_iteration(scratch);
    reference_learned_iteration(training, expected);
  }
  TrainingState trained;
  trainer.store(trained);
  EXPECT_EQ(trained.weights, expected.weights);
  EXPECT_EQ(trained.mean_squared_error, expected.mean_squared_error);
}

INSTANTIATE_TEST_SUITE_P(Cameras, LearnedFleetTest, ::testing::Values(2, 3, 17, 64),
                         ::testing::PrintToStringParamName());

/// Rewards of all offloads that pass, each discounted by the whole steps since slot 0.
double earned(const FleetSwitch& at_switch, const std::vector<uint8_t>& wants_offload,
              const std::vector<float>& reward, int32_t units, double discount) {
  double sum = 0;
  for (size_t slot = 0; slot < wants_offload.size(); ++slot) {
    const int64_t steps = static_cast<int64_t>(slot) / at_switch.cameras;
    if (wants_offload[slot] != 0 && units >= at_switch.bucket.cost) {
      units -= at_switch.bucket.cost;
      sum += std::pow(discount, static_cast<double>(steps)) * reward[slot];
    }
    units = std::min(units + at_switch.bucket.refill, at_switch.bucket.capacity);
  }
  return sum;
}

TEST(OffloadGain, IsWhatTheFleetEarnsMoreThanWithoutTheOffload) {
  std::mt19937 random(3);
  int negative = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    const FleetSwitch at_switch{1 + static_cast<int32_t>(random() % 5),
                                {2, 9, 9 + static_cast<int32_t>(random() % 40)}};
    std::vector<uint8_t> wants_offload;
    std::vector<float> reward;
    for (int slot = 0; slot < 60; ++slot) {
      wants_offload.push_back(random() % 4 == 0);
      reward.push_back(static_cast<float>(random() % 1000) / 500 - 0.5f);
    }
    const auto units = static_cast<int32_t>(random() % (at_switch.bucket.capacity + 1));
    const double discount = trial % 2 == 0 ? 1.0 : 0.9;
    const double gain =
        offload_gain(at_switch, wants_offload.data(), reward.data(), 60, units, discount);
    wants_offload[0] = 1;
    const double with = earned(at_switch, wants_offload, reward, units, discount);
    wants_offload[0] = 0;
    EXPECT_NEAR(gain, with - earned(at_switch, wants_offload, reward, units, discount), 1e-9);
    negative += gain < 0 ? 1 : 0;
  }
  EXPECT_GT(negative, 100) << "later offloads that miss the token cost more";
}

TEST(OffloadGain, EndsAtTheHorizon) {
  const FleetSwitch at_switch{1, {1, 10, 10}};
  const std::vector<uint8_t> wants_offload = {1, 0, 1};
  const std::vector<float> reward = {0.25f, 9, 0.75f};
  EXPECT_EQ(offload_gain(at_switch, wants_offload.data(), reward.data(), 2, 10, 1), 0.25);
  EXPECT_EQ(offload_gain(at_switch, wants_offload.data(), reward.data(), 3, 10, 1), -0.5);
  EXPECT_EQ(offload_gain(at_switch, wants_offload.data(), reward.data(), 3, 9, 1), 0) << "no token";
}

}  // namespace
}  // namespace edgesweep
