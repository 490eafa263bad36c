// What a session that ended early leaves, and what the next one makes of it.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <thread>

#include "host/results/checkpoint.h"
#include "host/results/finished_runs.h"
#include "host/results/results_file.h"
#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<Process> start(const std::vector<std::string>& arguments, const std::string& folder,
                               uint64_t file_limit = 0) {
  std::vector<std::string> all = {testing::program()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return std::make_unique<Process>(all, folder, file_limit);
}

std::vector<std::string> with(std::vector<std::string> arguments, const std::string& more) {
  arguments.push_back(more);
  return arguments;
}

/// A small config with gaps that the network sees.
std::string modulated_config(int iterations) {
  std::string config = small_config(
      iterations,
      R"(, "arrivals": {"type": "markov_modulated", "interval_1": 1, "interval_2": 3, "p_12": 0.1, "p_21": 0.05})");
  const std::string history = R"("history_metrics": 7)";
  return config.replace(config.find(history), history.size(), history + R"(, "history_gaps": 0)");
}

/// The digest of a config that is run without interruption.
std::string whole_digest(const std::string& config) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), config);
  const Finished run = edgesweep_command(kRunSmallConfig, folder.path());
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return digest_of(folder.file("out.h5"));
}

class FaultResume : public ::testing::Test {
 protected:
  bool checkpointed() const { return !checkpointed_runs(checkpoints_).empty(); }
  void write_config(const std::string& config) const {
    write_bytes(folder_.file("small.json"), config);
  }
  const TemporaryFolder folder_;
  const std::string out_ = folder_.file("out.h5");
  const std::string checkpoints_ = checkpoint_folder(out_);
};

TEST_F(FaultResume, TrainingOnModulatedGapsIsKilledAndEndsWithTheSameBits) {
  const std::string config = modulated_config(40000);
  write_config(config);
  const std::unique_ptr<Process> process = start(kRunSmallConfig, folder_.path());
  wait_until(*process, [&] { return checkpointed(); });
  process->signal(SIGKILL);
  ASSERT_EQ(process->wait().exit_code, 128 + SIGKILL) << "it ended before it could be killed";
  ASSERT_TRUE(checkpointed()) << "checkpoints are written while a run trains";
  ASSERT_EQ(edgesweep_command(kRunSmallConfig, folder_.path()).exit_code, 0);
  EXPECT_EQ(digest_of(out_), whole_digest(config));
}

TEST_F(FaultResume, ATerminationSignalIsLikeControlC) {
  write_config(small_config(60000));
  const std::unique_ptr<Process> process = start(kRunSmallConfig, folder_.path());
  wait_until(*process, [&] { return checkpointed(); });
  process->signal(SIGTERM);
  const Finished terminated = process->wait();
  EXPECT_EQ(terminated.exit_code, 130) << terminated.err;
  EXPECT_NE(terminated.out.find("the same command resumes"), std::string::npos) << terminated.out;
  EXPECT_TRUE(checkpointed());
}

TEST_F(FaultResume, TheMessageAfterForceDoesNotLeadToBeginningAnew) {
  write_config(small_config(60000));
  const std::unique_ptr<Process> process = start(with(kRunSmallConfig, "--force"), folder_.path());
  wait_until(*process, [&] { return checkpointed(); });
  process->signal(SIGINT);
  const Finished interrupted = process->wait();
  ASSERT_EQ(interrupted.exit_code, 130) << interrupted.err;
  EXPECT_NE(interrupted.out.find("without --force"), std::string::npos) << interrupted.out;
}

TEST_F(FaultResume, ControlCDuringTheTestSimulationKeepsTheTraining) {
  std::string config = small_config(3);
  const std::string test = R"("test": {"sequences": 4, "images": 2000})";
  config.replace(config.find(test), test.size(),
                 R"("test": {"sequences": 1000, "images": 2000000})");
  write_config(config);
  const std::unique_ptr<Process> process = start(kRunSmallConfig, folder_.path());
  wait_until(*process, [&] { return fs::exists(out_); });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  process->signal(SIGINT);
  const Finished interrupted = process->wait();
  EXPECT_EQ(interrupted.exit_code, 130) << interrupted.err;
  EXPECT_TRUE(checkpointed());
}

TEST_F(FaultResume, RunsThatFinishedAfterTheLastRewriteAreNotLost) {
  write_config(small_config(200));
  ASSERT_EQ(edgesweep_command(kRunSmallConfig, folder_.path()).exit_code, 0);
  const StoredSweep whole = *read_results(out_);
  // As after a kill: the file has no run yet, both lie beside it, one with a checkpoint.
  StoredSweep none = whole;
  none.runs.clear();
  write_results(out_, none);
  for (size_t run = 0; run < 2; ++run) {
    StoredSweep part = none;
    part.runs = {whole.runs[1 - run]};
    part.runs[0].result.training_seconds = 1e6;  // nobody trains that long here
    write_finished_runs(checkpoints_, run, part);
  }
  write_bytes(checkpoints_ + "/" + whole.runs[0].result.id + ".checkpoint.h5", "stale");
  const Finished again = edgesweep_command(kRunSmallConfig, folder_.path());
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const StoredSweep merged = *read_results(out_);
  ASSERT_EQ(merged.runs.size(), 2u);
  for (size_t run = 0; run < 2; ++run) {
    EXPECT_EQ(merged.runs[run].result.id, whole.runs[run].result.id) << "in the sweep's order";
    EXPECT_EQ(merged.runs[run].result.training_seconds, 1e6) << "trained again";
  }
  EXPECT_EQ(results_digest(merged), results_digest(whole));
  EXPECT_FALSE(fs::exists(checkpoints_));
}

TEST_F(FaultResume, TheCheckpointOfAFinishedRunIsRemoved) {
  write_config(small_config(20));
  ASSERT_EQ(edgesweep_command(kRunSmallConfig, folder_.path()).exit_code, 0);
  fs::create_directories(checkpoints_);
  write_bytes(checkpoints_ + "/" + read_results(out_)->runs[1].result.id + ".checkpoint.h5", "");
  EXPECT_EQ(edgesweep_command(kRunSmallConfig, folder_.path()).exit_code, 0);
  EXPECT_FALSE(fs::exists(checkpoints_));
}

TEST_F(FaultResume, AFullDiskAtTheEndKeepsTheCheckpoint) {
  // Traces make the results larger than a checkpoint.
  std::string config = small_config(60000);
  const std::string traces = R"("traces": {"sequences": 1, "images": 50})";
  config.replace(config.find(traces), traces.size(),
                 R"("traces": {"sequences": 4, "images": 2000})");
  write_config(config);
  const Finished full = start(kRunSmallConfig, folder_.path(), 64 << 10)->wait();
  ASSERT_EQ(full.exit_code, 1) << full.err;
  EXPECT_TRUE(checkpointed()) << "whatever was trained is there for the next session";
  EXPECT_EQ(edgesweep_command(kRunSmallConfig, folder_.path()).exit_code, 0);
  EXPECT_FALSE(fs::exists(checkpoints_));
}

}  // namespace
}  // namespace edgesweep::testing
