// Mini-batches of one network on two threads: when they are tried, how the threads wait for each
// other, and that the bits are those of one thread.
#include "host/engine/cpu/paired_steps.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

#include "host/engine/cpu/cpu_trainer.h"
#include "host/engine/cpu/thread_pair.h"
#include "host/engine/problem/resolve.h"
#include "tests/support/problems.h"
#include "tests/support/threads.h"

namespace edgesweep {
namespace {

TEST(PairingChoice, TriesBothWaysAndKeepsToTheFasterOne) {
  PairingChoice choice;
  EXPECT_FALSE(choice.pairs()) << "alone first";
  choice.took(1.0, false);
  EXPECT_TRUE(choice.pairs());
  choice.took(0.6, true);
  int alone = 0;
  for (int i = 2; i < 66; ++i) {
    const bool pairs = choice.pairs();
    alone += pairs ? 0 : 1;
    choice.took(pairs ? 0.6 : 1.0, pairs);
  }
  EXPECT_EQ(alone, 2) << "looks whether it is still the slower way, every 32 iterations";
}

TEST(PairingChoice, StaysAloneWhereTheOtherProcessorIsBusyOrNobodyComes) {
  PairingChoice busy, nobody;
  int paired = 0, tried = 0;
  for (int i = 0; i < 66; ++i) {
    const bool pairs = busy.pairs();
    paired += pairs ? 1 : 0;
    busy.took(pairs ? 1.3 : 1.0, pairs);
    tried += nobody.pairs() ? 1 : 0;
    nobody.took(1.0, false);
  }
  EXPECT_EQ(paired, 3) << "iterations 1, 32 and 64";
  EXPECT_EQ(tried, 3);
  EXPECT_EQ(nobody.paired_iterations(), 0);
}

TEST(ThreadPair, NobodyGoesOnBeforeTheOther) {
  constexpr int kPieces = 2000;
  ThreadPair pair;
  int done[2] = {0, 0};
  int ordered = 0;
  int passed = 0;
  std::thread helper([&] {
    pair.join();
    while (pair.next()) {
      pair.follow();
      ordered += passed == done[1] + 1 ? 1 : 0;  // what part 0 wrote before `pass`
      ++done[1];
      pair.meet(1);
      EXPECT_EQ(done[0], done[1]);
      pair.meet(1);
    }
  });
  while (!pair.joined()) std::this_thread::yield();
  for (int i = 0; i < kPieces; ++i) {
    pair.open();
    ++passed;
    pair.pass();
    ++done[0];
    // Now and then longer than anybody spins.
    if (i % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    pair.meet(0);
    EXPECT_EQ(done[1], done[0]);
    pair.meet(0);
  }
  pair.close();
  helper.join();
  EXPECT_EQ(done[1], kPieces);
  EXPECT_EQ(ordered, kPieces);
}

/// Mini-batches that take long enough for a helper to wake up.
#ifdef __SANITIZE_THREAD__
constexpr int kMiniBatches = 20;
#else
constexpr int kMiniBatches = 600;
#endif

RunSettings settings_of(int batch, int layers, int width, double depth) {
  RunSettings settings = testing::small_settings();
  settings.depth = depth;
  settings.policies = {Policy::dqn};
  settings.dqn.batch = batch;
  settings.dqn.mini_batches = kMiniBatches;
  settings.dqn.layers = layers;
  settings.dqn.width = width;
  return settings;
}

void expect_bits_of_one_thread(const RunSettings& settings) {
  const RunProblem problem = testing::prepared(settings);
  const TrainingProblem& training = *problem.training;
  TrainingScratch scratch;
  CpuTrainer paired(training, initial_state(training));
  // Somebody comes sooner or later, however busy the machine is.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  int64_t iterations = 0;
  testing::with_threads(2, [&] {
    for (; iterations < 5 || paired.paired_iterations() == 0; ++iterations) {
      ASSERT_TRUE(paired.q_iteration(scratch));
      if (std::chrono::steady_clock::now() > end) break;
    }
  });
  ASSERT_GT(paired.paired_iterations(), 0) << "no helper in " << iterations << " iterations";

  CpuTrainer alone(training, initial_state(training));
  testing::with_threads(1, [&] {
    for (int64_t i = 0; i < iterations; ++i) ASSERT_TRUE(alone.q_iteration(scratch));
  });
  EXPECT_EQ(alone.paired_iterations(), 0);
  TrainingState one, two;
  alone.store(one);
  paired.store(two);
  EXPECT_EQ(two.weights, one.weights);
  EXPECT_EQ(two.adam_mean, one.adam_mean);
  EXPECT_EQ(two.adam_square, one.adam_square);
  EXPECT_EQ(two.mean_squared_error, one.mean_squared_error);
}

TEST(PairedSteps, HaveTheBitsOfOneThread) { expect_bits_of_one_thread(settings_of(64, 3, 32, 4)); }

TEST(PairedSteps, HaveTheBitsOfOneThreadWithSeveralPanelsAndOddSizes) {
  expect_bits_of_one_thread(settings_of(61, 2, 37, 15));
}

TEST(PairedSteps, HaveTheBitsOfOneThreadWithOneLayerAndActionValues) {
  RunSettings settings = settings_of(128, 1, 80, 4);
  settings.dqn.outputs = Outputs::action_values;
  expect_bits_of_one_thread(settings);
}

}  // namespace
}  // namespace edgesweep
