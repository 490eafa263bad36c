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
#include "kernels/network.cuh"
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

/// One camera, as kernels/fleet_network.cuh describes it.
struct PlainCamera {
  int32_t own_units = 0;
  float passed[6] = {}, lost[6] = {};  ///< over 2, 4, ... 64 steps

  std::vector<float> inputs(const FleetNetwork& fleet, float metric) const {
    std::vector<float> all = {metric, metric - fleet.threshold[static_cast<size_t>(own_units)]};
    for (int span = 0; span < 6; ++span) all.insert(all.end(), {passed[span], lost[span]});
    return all;
  }

  void remember(const FleetNetwork& fleet, bool offload, bool passes) {
    constexpr float kWeight[] = {1.0625f, 0.75f, 0.53125f, 0.375f, 0.265625f, 0.1875f};
    for (int span = 0; span < 6; ++span) {
      const float kept = 1 - std::exp2(-static_cast<float>(span + 1));
      passed[span] *= kept;
      lost[span] *= kept;
      if (offload) (passes ? passed : lost)[span] += kWeight[span];
    }
    if (offload) own_units = std::max(own_units - fleet.own.cost, 0);
    own_units = std::min(own_units + fleet.own.refill, fleet.own.capacity);
  }
};

struct PlainSlot {
  std::vector<float> inputs;
  uint32_t rank;
  int32_t units;  ///< of the switch
  bool offload, passes;
};

bool decides_to_offload(const TrainingProblem& training, const std::vector<float>& weights,
                        const std::vector<float>& inputs) {
  Activations activations;
  activations.layer = {inputs};
  reference_forward(training.shape, weights, 1, activations);
  const DecisionTable table =
      make_decision_table(training.shape, kOneState, Outputs::action_values, weights);
  const std::vector<float>& hidden = activations.layer[activations.layer.size() - 2];
  return decision(hidden.data(), table.row(0), table.width, table.bias_difference[0]) >= 0;
}

/// All slots of one sequence.
std::vector<PlainSlot> walk_plainly(const TrainingProblem& training,
                                    const std::vector<float>& weights, const SequenceSource& source,
                                    int64_t sequence, int64_t steps) {
  const FleetNetwork& fleet = *training.fleet;
  const int32_t count = fleet.at_switch.cameras;
  std::vector<PlainCamera> cameras(static_cast<size_t>(count));
  std::vector<uint32_t> location(cameras.size(), 0);
  for (PlainCamera& camera : cameras) camera.own_units = fleet.own.capacity;
  int32_t units = fleet.at_switch.bucket.capacity;
  std::vector<PlainSlot> slots;
  for (int64_t t = 0; t < steps; ++t)
    for (size_t d = 0; d < cameras.size(); ++d) {
      const StreamKey key{source.seed, static_cast<uint32_t>(sequence), static_cast<uint32_t>(d),
                          source.purpose};
      PlainSlot slot;
      slot.rank = draw_index(source.metric_law, key, static_cast<uint32_t>(t), location[d]);
      slot.inputs = cameras[d].inputs(fleet, source.images->metric_single[slot.rank]);
      slot.units = units;
      slot.offload = decides_to_offload(training, weights, slot.inputs);
      slot.passes = slot.offload && units >= fleet.at_switch.bucket.cost;
      if (slot.passes) units -= fleet.at_switch.bucket.cost;
      units = std::min(units + fleet.at_switch.bucket.refill, fleet.at_switch.bucket.capacity);
      cameras[d].remember(fleet, slot.offload, slot.passes);
      slots.push_back(slot);
    }
  return slots;
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
  std::vector<FleetSums> expected;
  std::vector<int64_t> occupancy(static_cast<size_t>(training.fleet->at_switch.bucket.capacity) + 1,
                                 0);
  for (int64_t s = 0; s < size.sequences; ++s) {
    FleetSums sums;
    for (const PlainSlot& slot : walk_plainly(training, weights, problem.test, s, size.images)) {
      ++occupancy[static_cast<size_t>(slot.units)];
      sums.offloads += slot.offload ? 1 : 0;
      sums.passed += slot.passes ? 1 : 0;
      if (slot.passes) sums.reward += problem.test.images->reward[slot.rank];
    }
    EXPECT_LT(sums.passed, sums.offloads) << "some are lost, or the test tests little";
    expected.push_back(sums);
  }
  occupancy.erase(occupancy.begin(), occupancy.begin() + training.fleet->at_switch.bucket.refill);
  for (const std::string& name : instruction_sets())
    for (const int threads : {1, 3}) {
      force_instruction_set(name);
      testing::with_threads(threads, [&] {
        const LearnedFleetOutcome outcome =
            simulate_learned_fleet({&training, &weights, &problem.test, size, {}});
        EXPECT_EQ(outcome.fleet.sums, expected) << name << ", " << threads << " threads";
        EXPECT_EQ(outcome.occupancy, occupancy) << name << ", " << threads << " threads";
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

/// Every image of the fleets once, with what it gains to offload it.
TEST_P(LearnedFleetTest, LearnsFromEveryImageOfTheFleetsOfAnIteration) {
  RunSettings settings = testing::learned_fleet_settings(GetParam());
  constexpr int64_t kIteration = 3;
  constexpr int64_t kFleets = 5;
  const FleetSettings::Training sizes = settings.fleet.training;
  settings.dqn.batch = static_cast<int>(sizes.steps) * GetParam();
  settings.dqn.mini_batches = kFleets;
  const RunProblem problem = testing::prepared_fleet(settings);
  const TrainingProblem& training = *problem.training;
  const FleetSwitch& at_switch = training.fleet->at_switch;
  const std::vector<float> weights = lively_weights(training);
  std::vector<std::vector<float>> expected;
  for (int64_t fleet = 0; fleet < kFleets; ++fleet) {
    const std::vector<PlainSlot> slots =
        walk_plainly(training, weights, training.windows, kIteration * kFleets + fleet,
                     sizes.warm_up + sizes.steps + sizes.horizon);
    std::vector<uint8_t> wants_offload;
    std::vector<float> reward;
    for (const PlainSlot& slot : slots) {
      wants_offload.push_back(slot.offload);
      reward.push_back(static_cast<float>(training.windows.images->reward[slot.rank]));
    }
    for (int64_t i = 0; i < sizes.steps * GetParam(); ++i) {
      const auto at = static_cast<size_t>(sizes.warm_up * GetParam() + i);
      std::vector<float> row = slots[at].inputs;
      row.push_back(static_cast<float>(
          offload_gain(at_switch, wants_offload.data() + at, reward.data() + at,
                       sizes.horizon * GetParam() + 1, slots[at].units, training.dqn.discount)));
      expected.push_back(row);
    }
  }
  TrainingScratch scratch;
  scratch.begin(training, kIteration);
  draw_training_samples(training, weights, kIteration, scratch);
  std::vector<std::vector<float>> rows;
  for (int64_t row = 0; row < scratch.windows.count; ++row) {
    rows.push_back(reference_input(scratch.windows, row, 1));
    rows.back().push_back(scratch.windows.reward[static_cast<size_t>(row)]);
  }
  std::sort(rows.begin(), rows.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(rows, expected);
}

TEST_P(LearnedFleetTest, TrainsBothActionsOnHalfTheGain) {
  const RunProblem problem = testing::prepared_fleet(testing::learned_fleet_settings(GetParam()));
  const TrainingProblem& training = *problem.training;
  TrainingState expected = initial_state(training);
  CpuTrainer trainer(training, expected);
  TrainingScratch scratch;
  for (int64_t iteration = 0; iteration < 2; ++iteration) {
    trainer.q_iteration(scratch);
    TrainingScratch training_samples;
    training_samples.begin(training, iteration);
    draw_training_samples(training, expected.weights, iteration, training_samples);
    const double learning_rate = learning_rate_at(training.dqn, iteration);
    for (int m = 0; m < training.dqn.mini_batches; ++m) {
      std::vector<float> inputs, targets;
      for (int b = 0; b < training.dqn.batch; ++b) {
        const int64_t row = int64_t{m} * training.dqn.batch + b;
        const std::vector<float> input = reference_input(training_samples.windows, row, 1);
        inputs.insert(inputs.end(), input.begin(), input.end());
        const float gain = training_samples.windows.reward[static_cast<size_t>(row)];
        targets.insert(targets.end(), {-gain / 2, gain / 2});
      }
      reference_step(training.shape, inputs, targets, training.dqn.batch, learning_rate, expected);
    }
  }
  TrainingState trained;
  trainer.store(trained);
  EXPECT_EQ(trained.weights, expected.weights);
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
