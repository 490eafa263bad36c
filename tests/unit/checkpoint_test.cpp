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
const CheckpointOwner kOwner{kRun, std::string(64, 'c')};
constexpr CheckpointBounds kBounds{3, 4000};

TrainingState sample_state() {
  TrainingState state;
  state.iteration = 1500;
  state.adam_steps = 192000;
  state.beta_1_power = std::numeric_limits<double>::denorm_min();  // where beta_1^t ends
  state.beta_2_power = 0.1 + 0.2;
  state.mean_squared_error = testing::kNan;
  state.reward_factor = 0x1p-7;
  state.seconds = 31.25;
  state.evaluation_seconds = 2.5;
  state.weights = {1.5f, -0.0f, 0.1f};
  state.adam_mean = {std::numeric_limits<float>::denorm_min(), 0.0f, -3.0f};
  state.adam_square = {1e-30f, 2.0f, std::numeric_limits<float>::infinity()};
  state.best_iteration = 1000;
  state.best_validation_loss = 0.1875;
  state.best_weights = {0.5f, 0.25f, 0.125f};
  state.curve = {{0, 1e-3, testing::kNan, 0.3, 0.31, 0.5}, {1000, 1e-3, 0.02, 0.19, 0.1875, 20.75}};
  return state;
}

void expect_same_state(const TrainingState& a, const TrainingState& b) {
  EXPECT_EQ(a.iteration, b.iteration);
  EXPECT_EQ(a.adam_steps, b.adam_steps);
  expect_same_bits(a.beta_1_power, b.beta_1_power, "beta_1_power");
  expect_same_bits(a.beta_2_power, b.beta_2_power, "beta_2_power");
  expect_same_bits(a.mean_squared_error, b.mean_squared_error, "mean_squared_error");
  EXPECT_EQ(a.reward_factor, b.reward_factor);
  expect_same_bits(a.seconds, b.seconds, "seconds");
  expect_same_bits(a.evaluation_seconds, b.evaluation_seconds, "evaluation_seconds");
  expect_same_bits(a.weights, b.weights, "weights");
  expect_same_bits(a.adam_mean, b.adam_mean, "adam_mean");
  expect_same_bits(a.adam_square, b.adam_square, "adam_square");
  EXPECT_EQ(a.best_iteration, b.best_iteration);
  expect_same_bits(a.best_validation_loss, b.best_validation_loss, "best_validation_loss");
  expect_same_bits(a.best_weights, b.best_weights, "best_weights");
  expect_same(a.curve, b.curve);
}

std::string file_of(const std::string& folder) { return folder + "/" + kRun + ".checkpoint.h5"; }

std::string refusal_of_checkpoint(const std::string& folder, const CheckpointOwner& owner = kOwner,
                                  const CheckpointBounds& bounds = kBounds) {
  try {
    read_checkpoint(folder, owner, bounds);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

TEST(Checkpoint, GivesBackEveryBit) {
  const TemporaryFolder folder;
  const std::string checkpoints = checkpoint_folder(folder.file("a.h5"));
  EXPECT_EQ(checkpoints, folder.file("a.h5.checkpoints"));
  write_checkpoint(checkpoints, kOwner, sample_state());
  const auto read = read_checkpoint(checkpoints, kOwner, kBounds);
  ASSERT_TRUE(read.has_value());
  expect_same_state(sample_state(), *read);
}

TEST(Checkpoint, GivesBackAStateBeforeAnyEvaluation) {
  const TemporaryFolder folder;
  TrainingState state = sample_state();
  state.best_iteration = -1;
  state.best_weights.clear();
  state.curve.clear();
  write_checkpoint(folder.path(), kOwner, state);
  expect_same_state(state, *read_checkpoint(folder.path(), kOwner, kBounds));
}

TEST(Checkpoint, ReplacesTheOneBefore) {
  const TemporaryFolder folder;
  TrainingState state = sample_state();
  write_checkpoint(folder.path(), kOwner, state);
  state.iteration = 2000;
  write_checkpoint(folder.path(), kOwner, state);
  EXPECT_EQ(read_checkpoint(folder.path(), kOwner, kBounds)->iteration, 2000);
  EXPECT_EQ(folder.names().size(), 1u);
}

TEST(Checkpoint, IsAbsentBeforeTheFirst) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_checkpoint(folder.path(), kOwner, kBounds).has_value());
  EXPECT_FALSE(read_checkpoint(folder.file("none"), kOwner, kBounds).has_value());
}

TEST(Checkpoint, IsRemovedWithItsFolder) {
  const TemporaryFolder folder;
  const std::string checkpoints = folder.file("checkpoints");
  const CheckpointOwner other{"aa", std::string(64, 'c')};
  write_checkpoint(checkpoints, kOwner, sample_state());
  write_checkpoint(checkpoints, other, sample_state());
  EXPECT_EQ(checkpointed_runs(checkpoints).size(), 2u);
  remove_checkpoint(checkpoints, kRun);
  EXPECT_EQ(checkpointed_runs(checkpoints), std::vector<std::string>{"aa"});
  EXPECT_FALSE(read_checkpoint(checkpoints, kOwner, kBounds).has_value());
  EXPECT_TRUE(read_checkpoint(checkpoints, other, kBounds).has_value());
  remove_checkpoint(checkpoints, "aa");
  EXPECT_FALSE(std::filesystem::exists(checkpoints));
  remove_checkpoint(checkpoints, kRun);  // nothing there: nothing to do
}

TEST(Checkpoint, OfANetworkOfAnotherSizeIsRefused) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(), kOwner, sample_state());
  EXPECT_NE(refusal_of_checkpoint(folder.path(), kOwner, {4, 4000})
                .find("3 values of weights for a network of 4 parameters"),
            std::string::npos)
      << refusal_of_checkpoint(folder.path(), kOwner, {4, 4000});
}

TEST(Checkpoint, OfAnotherRunIsRefused) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(), {"ba9876543210", kOwner.inputs_sha256}, sample_state());
  std::filesystem::rename(folder.file("ba9876543210.checkpoint.h5"), file_of(folder.path()));
  EXPECT_NE(refusal_of_checkpoint(folder.path()).find("another run"), std::string::npos)
      << refusal_of_checkpoint(folder.path());
}

TEST(Checkpoint, OfOtherInputFilesIsRefused) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(), kOwner, sample_state());
  const std::string refusal = refusal_of_checkpoint(folder.path(), {kRun, std::string(64, 'd')});
  EXPECT_NE(refusal.find("other input files"), std::string::npos) << refusal;
}

TEST(Checkpoint, WithCountersThatNoTrainingReachesIsRefused) {
  const TemporaryFolder folder;
  const auto refusal = [&](auto change) {
    TrainingState state = sample_state();
    change(state);
    write_checkpoint(folder.path(), kOwner, state);
    return refusal_of_checkpoint(folder.path());
  };
  EXPECT_EQ(refusal([](TrainingState&) {}), "no InputError");
  EXPECT_NE(
      refusal([](TrainingState& s) { s.iteration = 4001; }).find("iteration 4001 where 0..40"),
      std::string::npos);
  EXPECT_NE(refusal([](TrainingState& s) { s.iteration = -1; }).find("iteration -1"),
            std::string::npos);
  EXPECT_NE(refusal([](TrainingState& s) { s.adam_steps = -1; }).find("adam_steps -1"),
            std::string::npos);
  EXPECT_NE(refusal([](TrainingState& s) { s.best_iteration = 1501; }).find("best_iteration 1501"),
            std::string::npos);
  EXPECT_NE(refusal([](TrainingState& s) { s.curve[1].iteration = 1501; }).find("curve 1501"),
            std::string::npos);
  EXPECT_NE(refusal([](TrainingState& s) { s.curve[1].iteration = 0; }).find("curve 0"),
            std::string::npos);
  EXPECT_NE(refusal([](TrainingState& s) { s.best_weights.clear(); }).find("without its weights"),
            std::string::npos);
}

/// Calls the checkpoint in the folder one of another format.
void call_version(const std::string& folder, char version) {
  std::fstream file(file_of(folder), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::string("edgesweep checkpoint ").size()));
  file.put(version);
}

TEST(Checkpoint, OfAnUnknownFormatIsRefused) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(), kOwner, sample_state());
  for (const char version : {'2', '5'}) {
    call_version(folder.path(), version);
    EXPECT_NE(refusal_of_checkpoint(folder.path())
                  .find(std::string("format version ") + version + " (known: 3 to 4)"),
              std::string::npos)
        << refusal_of_checkpoint(folder.path());
  }
}

/// It knows no reward factor: training was on the rewards as they were.
TEST(Checkpoint, OfFormat3IsRead) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(), kOwner, sample_state());
  call_version(folder.path(), '3');
  TrainingState expected = sample_state();
  expected.reward_factor = 1;
  expect_same_state(*read_checkpoint(folder.path(), kOwner, kBounds), expected);
}

TEST(Checkpoint, RefusalNamesTheFileAndTheWayOut) {
  const TemporaryFolder folder;
  std::ofstream(file_of(folder.path())) << "something else";
  const std::string refusal = refusal_of_checkpoint(folder.path());
  EXPECT_NE(refusal.find(file_of(folder.path())), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("deleting the file makes the run start from the beginning"),
            std::string::npos)
      << refusal;
}

TEST(Checkpoint, RunIdsAreNoPaths) {
  const TemporaryFolder folder;
  EXPECT_THROW(write_checkpoint(folder.path(), {"../a", ""}, sample_state()),
               std::invalid_argument);
  EXPECT_THROW(write_checkpoint(folder.path(), {"", ""}, sample_state()), std::invalid_argument);
}

TEST(Checkpoint, ThreadsWriteTheirRunsAtOnce) {
  const TemporaryFolder folder;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&folder, thread] {
      TrainingState state = sample_state();
      for (state.iteration = 1500; state.iteration < 1510; ++state.iteration)
        write_checkpoint(folder.path(), {"run" + std::to_string(thread), ""}, state);
    });
  for (std::thread& thread : threads) thread.join();
  for (int thread = 0; thread < 4; ++thread)
    EXPECT_EQ(
        read_checkpoint(folder.path(), {"run" + std::to_string(thread), ""}, kBounds)->iteration,
        1509);
  EXPECT_EQ(folder.names().size(), 4u);
}

}  // namespace
}  // namespace edgesweep
