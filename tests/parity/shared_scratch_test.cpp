// Networks that share a thread's scratch, and the windows in it, train as if each were alone.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "host/engine/cpu/cpu_trainer.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

using Change = std::function<void(RunSettings&)>;

RunProblem changed(const Change& change) {
  RunSettings settings = testing::small_settings();
  settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
  change(settings);
  return testing::prepared(settings);
}

TrainingState trained(const RunProblem& problem, TrainingScratch& scratch, int iterations) {
  TrainingState state = initial_state(*problem.training);
  CpuTrainer trainer(*problem.training, state);
  for (int i = 0; i < iterations; ++i) trainer.q_iteration(scratch);
  trainer.store(state);
  return state;
}

TEST(ParityScratch, NetworksSideBySideTrainAsIfAlone) {
  constexpr int kIterations = 4;
  std::vector<RunProblem> problems;
  for (const Change& change : std::vector<Change>{
           [](RunSettings&) {}, [](RunSettings& s) { s.depth = 7; },
           [](RunSettings& s) { s.rate = 0.25; }, [](RunSettings& s) { s.seed = 5; },
           [](RunSettings& s) { s.dqn.width = 33; }, [](RunSettings& s) { s.dqn.layers = 4; },
           [](RunSettings& s) { s.dqn.history_gaps = 2; }, [](RunSettings& s) { s.dqn.batch = 35; },
           [](RunSettings& s) { s.metric_sequence.spread = 0.3; }})
    problems.push_back(changed(change));

  TrainingScratch shared;
  std::vector<std::unique_ptr<CpuTrainer>> trainers;
  for (const RunProblem& problem : problems)
    trainers.push_back(
        std::make_unique<CpuTrainer>(*problem.training, initial_state(*problem.training)));
  for (int i = 0; i < kIterations; ++i)
    for (const auto& trainer : trainers) trainer->q_iteration(shared);

  for (size_t i = 0; i < problems.size(); ++i) {
    TrainingScratch own;
    const TrainingState alone = trained(problems[i], own, kIterations);
    TrainingState together = alone;
    trainers[i]->store(together);
    EXPECT_EQ(together.weights, alone.weights) << "network " << i;
    EXPECT_EQ(together.mean_squared_error, alone.mean_squared_error) << "network " << i;
  }
}

/// Whether a network finds its windows of iteration 3 drawn after the standard one drew them.
bool found_drawn(const Change& change, int64_t iteration = 3) {
  const RunProblem first = changed([](RunSettings&) {});
  const RunProblem second = changed(change);
  TrainingScratch scratch;
  EXPECT_FALSE(scratch.begin(*first.training, 3));
  return scratch.begin(*second.training, iteration);
}

TEST(ParityScratch, WindowsServeNetworksThatDifferInRateDepthOrShapeAlone) {
  EXPECT_TRUE(found_drawn([](RunSettings&) {}));
  EXPECT_TRUE(found_drawn([](RunSettings& s) { s.rate = 0.25; }));
  EXPECT_TRUE(found_drawn([](RunSettings& s) { s.depth = 7; }));
  EXPECT_TRUE(found_drawn([](RunSettings& s) { s.dqn.width = 40; }));
  EXPECT_TRUE(found_drawn([](RunSettings& s) { s.test_seed = 77; }));
  // Without gaps in the state, arrivals leave no trace in a window.
  EXPECT_TRUE(found_drawn([](RunSettings& s) { s.arrivals.p_12 = 0.3; }));
}

TEST(ParityScratch, OtherWindowsAreDrawnAnew) {
  EXPECT_FALSE(found_drawn([](RunSettings&) {}, 4)) << "another iteration";
  EXPECT_FALSE(found_drawn([](RunSettings& s) { s.seed = 5; }));
  EXPECT_FALSE(found_drawn([](RunSettings& s) { s.metric_sequence.spread = 0.2; }));
  EXPECT_FALSE(found_drawn([](RunSettings& s) { s.metric_sequence.reset_probability = 0.2; }));
  EXPECT_FALSE(found_drawn([](RunSettings& s) { s.dqn.history_metrics = 5; }));
  EXPECT_FALSE(found_drawn([](RunSettings& s) { s.dqn.history_gaps = 0; }));
  EXPECT_FALSE(found_drawn([](RunSettings& s) { s.dqn.batch = 7; }));
  EXPECT_FALSE(found_drawn([](RunSettings& s) { s.dqn.mini_batches = 4; }));
}

}  // namespace
}  // namespace edgesweep
