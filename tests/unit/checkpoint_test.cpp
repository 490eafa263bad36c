#include "host/results/checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "host/error.h"
#include "tests/support/sample_results.h"

namespace edgesweep {
namespace {

using testing::expect_same;
using testing::expect_same_bits;
using testing::TemporaryFolder;

constexpr const char* kRun = "0123456789ab";

TrainingState sample_state() {
  TrainingState state;
  state.iteration = 1500;
  state.adam_steps = 192000;
  state.beta_1_power = std::numeric_limits<double>::denorm_min();  // where beta_1^t ends
  state.beta_2_power = 0.1 + 0.2;
  state.mean_squared_error = testing::kNan;
  state.seconds = 31.25;
  state.weights = {1.5f, -0.0f, 0.1f};
  state.adam_mean = {std::numeric_limits<float>::denorm_min(), 0.0f, -3.0f};
  state.adam_square = {1e-30f, 2.0f, std::numeric_limits<float>::infinity()};
  state.best_iteration = 1000;
  state.best_validation_loss = 0.1875;
  state.best_weights = {0.5f, 0.25f, 0.125f};
  state.curve = {{0, 1e-3, testing::kNan, 0.3, 0.31}, {1000, 1e-3, 0.02, 0.19, 0.1875}};
  return state;
}

void expect_same_state(const TrainingState& a, const TrainingState& b) {
  EXPECT_EQ(a.iteration, b.iteration);
  EXPECT_EQ(a.adam_steps, b.adam_steps);
  expect_same_bits(a.beta_1_power, b.beta_1_power, "beta_1_power");
  expect_same_bits(a.beta_2_power, b.beta_2_power, "beta_2_power");
  expect_same_bits(a.mean_squared_error, b.mean_squared_error, "mean_squared_error");
  expect_same_bits(a.seconds, b.seconds, "seconds");
  expect_same_bits(a.weights, b.weights, "weights");
  expect_same_bits(a.adam_mean, b.adam_mean, "adam_mean");
  expect_same_bits(a.adam_square, b.adam_square, "adam_square");
  EXPECT_EQ(a.best_iteration, b.best_iteration);
  expect_same_bits(a.best_validation_loss, b.best_validation_loss, "best_validation_loss");
  expect_same_bits(a.best_weights, b.best_weights, "best_weights");
  expect_same(a.curve, b.curve);
}

std::string file_of(const std::string& folder) { return folder + "/" + kRun + ".checkpoint.h5"; }

std::string refusal_of(const std::string& folder, const std::string& run = kRun,
                       int64_t parameters = 3) {
  try {
    read_checkpoint(folder, run, parameters);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

TEST(Checkpoint, GivesBackEveryBit) {
  const TemporaryFolder folder;
  const std::string checkpoints = checkpoint_folder(folder.file("a.h5"));
  EXPECT_EQ(checkpoints, folder.file("a.h5.checkpoints"));
  write_checkpoint(checkpoints, kRun, sample_state());
  const auto read = read_checkpoint(checkpoints, kRun, 3);
  ASSERT_TRUE(read.has_value());
  expect_same_state(sample_state(), *read);
}

TEST(Checkpoint, GivesBackAStateBeforeAnyEvaluation) {
  const TemporaryFolder folder;
  TrainingState state = sample_state();
  state.best_iteration = -1;
  state.best_weights.clear();
  state.curve.clear();
  write_checkpoint(folder.path(), kRun, state);
  expect_same_state(state, *read_checkpoint(folder.path(), kRun, 3));
}

TEST(Checkpoint, ReplacesTheOneBefore) {
  const TemporaryFolder folder;
  TrainingState state = sample_state();
  write_checkpoint(folder.path(), kRun, state);
  state.iteration = 2000;
  write_checkpoint(folder.path(), kRun, state);
  EXPECT_EQ(read_checkpoint(folder.path(), kRun, 3)->iteration, 2000);
  EXPECT_EQ(folder.names().size(), 1u);
}

TEST(Checkpoint, IsAbsentBeforeTheFirst) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_checkpoint(folder.path(), kRun, 3).has_value());
  EXPECT_FALSE(read_checkpoint(folder.file("none"), kRun, 3).has_value());
}

TEST(Checkpoint, IsRemovedWithItsFolder) {
  const TemporaryFolder folder;
  const std::string checkpoints = folder.file("checkpoints");
  write_checkpoint(checkpoints, kRun, sample_state());
  write_checkpoint(checkpoints, "aa", sample_state());
  remove_checkpoint(checkpoints, kRun);
  EXPECT_FALSE(read_checkpoint(checkpoints, kRun, 3).has_value());
  EXPECT_TRUE(read_checkpoint(checkpoints, "aa", 3).has_value());
  remove_checkpoint(checkpoints, "aa");
  EXPECT_FALSE(std::filesystem::exists(checkpoints));
  remove_checkpoint(checkpoints, kRun);  // nothing there: nothing to do
}

TEST(Checkpoint, OfANetworkOfAnotherSizeIsRefused) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(), kRun, sample_state());
  EXPECT_NE(
      refusal_of(folder.path(), kRun, 4).find("3 values of weights for a network of 4 parameters"),
      std::string::npos)
      << refusal_of(folder.path(), kRun, 4);
}

TEST(Checkpoint, OfAnotherRunIsRefused) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(), "ba9876543210", sample_state());
  std::filesystem::rename(folder.file("ba9876543210.checkpoint.h5"), file_of(folder.path()));
  EXPECT_NE(refusal_of(folder.path()).find("another run"), std::string::npos)
      << refusal_of(folder.path());
}

TEST(Checkpoint, OfANewerFormatIsRefused) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(), kRun, sample_state());
  std::fstream file(file_of(folder.path()), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::string("edgesweep checkpoint ").size()));
  file << "2";
  file.close();
  EXPECT_NE(refusal_of(folder.path()).find("format version 2"), std::string::npos)
      << refusal_of(folder.path());
}

TEST(Checkpoint, RefusalNamesTheFileAndTheWayOut) {
  const TemporaryFolder folder;
  std::ofstream(file_of(folder.path())) << "something else";
  const std::string refusal = refusal_of(folder.path());
  EXPECT_NE(refusal.find(file_of(folder.path())), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("deleting the file makes the run start from the beginning"),
            std::string::npos)
      << refusal;
}

TEST(Checkpoint, RunIdsAreNoPaths) {
  const TemporaryFolder folder;
  EXPECT_THROW(write_checkpoint(folder.path(), "../a", sample_state()), std::invalid_argument);
  EXPECT_THROW(write_checkpoint(folder.path(), "", sample_state()), std::invalid_argument);
}

TEST(Checkpoint, ThreadsWriteTheirRunsAtOnce) {
  const TemporaryFolder folder;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&folder, thread] {
      TrainingState state = sample_state();
      for (state.iteration = 0; state.iteration < 10; ++state.iteration)
        write_checkpoint(folder.path(), "run" + std::to_string(thread), state);
    });
  for (std::thread& thread : threads) thread.join();
  for (int thread = 0; thread < 4; ++thread)
    EXPECT_EQ(read_checkpoint(folder.path(), "run" + std::to_string(thread), 3)->iteration, 9);
  EXPECT_EQ(folder.names().size(), 4u);
}

}  // namespace
}  // namespace edgesweep
