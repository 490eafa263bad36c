// Killed, interrupted, out of disk, twice at once: the same command goes on, ends with the same
// bits, and nothing is half-written.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <memory>
#include <random>
#include <thread>

#include "host/results/results_file.h"
#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

std::unique_ptr<Process> start(const std::string& folder, uint64_t file_limit = 0) {
  std::vector<std::string> all = {testing::program()};
  all.insert(all.end(), kRunSmallConfig.begin(), kRunSmallConfig.end());
  return std::make_unique<Process>(all, folder, file_limit);
}

/// Until the process has made the file or folder, or has ended.
void wait_for(const std::string& path, Process& process) {
  while (!std::filesystem::exists(path) && process.running())
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

std::string uninterrupted_digest() {
  static const std::string digest = [] {
    const TemporaryFolder folder;
    write_bytes(folder.file("small.json"), small_config(kSecondsOfIterations));
    const Finished run = edgesweep_command(kRunSmallConfig, folder.path());
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return digest_of(folder.file("out.h5"));
  }();
  return digest;
}

/// Nothing but what a finished sweep leaves.
void expect_clean(const TemporaryFolder& folder) {
  EXPECT_FALSE(std::filesystem::exists(folder.file("out.h5.checkpoints")));
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    EXPECT_EQ(entry.path().string().find(".tmp"), std::string::npos) << entry.path();
}

TEST(FaultKill, KilledAtRandomMomentsItEndsWithTheSameBits) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(kSecondsOfIterations));
  std::mt19937 random(20240501);
  int killed = 0;
  for (int attempt = 0; attempt < 8; ++attempt) {
    const std::unique_ptr<Process> process = start(folder.path());
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 300));
    if (!process->running()) break;
    process->signal(SIGKILL);
    EXPECT_EQ(process->wait().exit_code, 128 + SIGKILL);
    ++killed;
    // Whatever is there is readable.
    if (std::filesystem::exists(folder.file("out.h5"))) {
      EXPECT_NO_THROW(read_results(folder.file("out.h5")));
    }
  }
  EXPECT_GE(killed, 2);
  const Finished last = edgesweep_command(kRunSmallConfig, folder.path());
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_EQ(digest_of(folder.file("out.h5")), uninterrupted_digest());
  expect_clean(folder);
}

TEST(FaultInterrupt, ControlCWritesCheckpointsExits130AndGoesOnWithTheSameBits) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(kSecondsOfIterations));
  const std::unique_ptr<Process> process = start(folder.path());
  wait_for(folder.file("out.h5.checkpoints"), *process);
  process->signal(SIGINT);
  const Finished interrupted = process->wait();
  ASSERT_EQ(interrupted.exit_code, 130) << interrupted.err;
  EXPECT_NE(interrupted.out.find("the same command resumes"), std::string::npos) << interrupted.out;
  EXPECT_FALSE(std::filesystem::is_empty(folder.file("out.h5.checkpoints")));
  EXPECT_LT(read_results(folder.file("out.h5"))->runs.size(), 2u);

  ASSERT_EQ(edgesweep_command(kRunSmallConfig, folder.path()).exit_code, 0);
  EXPECT_EQ(digest_of(folder.file("out.h5")), uninterrupted_digest());
  expect_clean(folder);
}

std::string config_on_the_dataset(const std::string& base, const std::string& sweep) {
  return R"({"name": "small", "base": {"dataset": ")" + testing::source_dir() +
         R"(/experiments/datasets/imagenet_top5.h5", "metric_sequence": {"type": "iid"}, )" + base +
         R"(, "test": {"sequences": 5, "images": 1000}}, "sweep": {)" + sweep + "}}";
}

/// A search of about a second, in 39 passes.
std::string config_with_search() {
  return config_on_the_dataset(R"("rules": "edgeml_mdp", "depth": 1,
    "policies": ["weak", "isolated", "hierarchical"],
    "devices": {"search": {"rates": [0.1, 0.15, 0.2, 0.3], "depths": [1, 2, 4],
                           "sequences": 320, "images": 100000}})",
                               R"("rate": [0.1, 0.15], "devices.count": [2, 5])");
}

/// Runs that config until the search has written a checkpoint.
void interrupt_the_search(const TemporaryFolder& folder) {
  write_bytes(folder.file("small.json"), config_with_search());
  const std::unique_ptr<Process> process = start(folder.path());
  wait_for(folder.file("out.h5.checkpoints"), *process);
  process->signal(SIGINT);
  const Finished interrupted = process->wait();
  ASSERT_EQ(interrupted.exit_code, 130) << interrupted.err;
}

TEST(FaultInterrupt, ASearchGoesOnFromItsLastPassWithTheSameBits) {
  const TemporaryFolder folder;
  ASSERT_NO_FATAL_FAILURE(interrupt_the_search(folder));
  EXPECT_EQ(read_results(folder.file("out.h5"))->runs.size(), 0u) << "in the middle of the search";
  EXPECT_FALSE(std::filesystem::is_empty(folder.file("out.h5.checkpoints")));

  ASSERT_EQ(edgesweep_command(kRunSmallConfig, folder.path()).exit_code, 0);
  expect_clean(folder);
  const std::string digest = digest_of(folder.file("out.h5"));
  std::vector<std::string> anew = kRunSmallConfig;
  anew.emplace_back("--force");
  ASSERT_EQ(edgesweep_command(anew, folder.path()).exit_code, 0);
  EXPECT_EQ(digest_of(folder.file("out.h5")), digest);
}

TEST(FaultInterrupt, ADamagedSearchIsRefusedByName) {
  const TemporaryFolder folder;
  ASSERT_NO_FATAL_FAILURE(interrupt_the_search(folder));
  for (const auto& entry : std::filesystem::directory_iterator(folder.file("out.h5.checkpoints"))) {
    std::string bytes = read_bytes(entry.path().string());
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write_bytes(entry.path().string(), bytes);
  }
  const Finished refused = edgesweep_command(kRunSmallConfig, folder.path());
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find(".search.h5: found damaged content"), std::string::npos)
      << refused.err;
}

/// An MDP of 200,000 states that takes a minute to solve.
TEST(FaultInterrupt, AnMdpThatIsBeingSolvedStops) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"),
              config_on_the_dataset(R"("policies": ["weak", "mdp"], "depth": 2000,
                "mdp": {"stop": "converged", "discount": 0.999})",
                                    R"("rate": [0.37])"));
  const std::unique_ptr<Process> process = start(folder.path());
  wait_for(folder.file("out.h5"), *process);
  process->signal(SIGINT);
  const Finished interrupted = process->wait();
  EXPECT_EQ(interrupted.exit_code, 130) << interrupted.err;
  EXPECT_EQ(read_results(folder.file("out.h5"))->runs.size(), 0u);
}

TEST(FaultDisk, AFullDiskIsReportedAndNothingIsHalfWritten) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(200));
  // A limit on file size refuses writes the way a full disk does.
  const Finished run = start(folder.path(), 8192)->wait();
  EXPECT_EQ(run.exit_code, 1) << run.err;
  EXPECT_NE(run.err.find("out.h5"), std::string::npos) << run.err;
  if (std::filesystem::exists(folder.file("out.h5"))) {
    EXPECT_NO_THROW(read_results(folder.file("out.h5")));
  }
  ASSERT_EQ(edgesweep_command(kRunSmallConfig, folder.path()).exit_code, 0);
  expect_clean(folder);
}

TEST(FaultLock, TheSecondOfTwoAtOnceIsRefused) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(kSecondsOfIterations));
  const std::unique_ptr<Process> first = start(folder.path());
  wait_for(folder.file("out.h5"), *first);
  const Finished second = edgesweep_command(kRunSmallConfig, folder.path());
  EXPECT_EQ(second.exit_code, 75);
  EXPECT_NE(second.err.find("another"), std::string::npos) << second.err;
  EXPECT_EQ(first->wait().exit_code, 0);
  EXPECT_EQ(digest_of(folder.file("out.h5")), uninterrupted_digest());
}

TEST(FaultCheckpoint, ADamagedCheckpointIsNamedAndNeverSilentlyRestarted) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(kSecondsOfIterations));
  const std::unique_ptr<Process> process = start(folder.path());
  wait_for(folder.file("out.h5.checkpoints"), *process);
  process->signal(SIGINT);
  ASSERT_EQ(process->wait().exit_code, 130);
  std::string damaged;
  for (const auto& entry : std::filesystem::directory_iterator(folder.file("out.h5.checkpoints")))
    damaged = entry.path();
  std::string content = read_bytes(damaged);
  content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 0x10);
  write_bytes(damaged, content);
  const Finished refused = edgesweep_command(kRunSmallConfig, folder.path());
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find(std::filesystem::path(damaged).filename().string()), std::string::npos)
      << refused.err;
  std::filesystem::remove(damaged);
  EXPECT_EQ(edgesweep_command(kRunSmallConfig, folder.path()).exit_code, 0);
  EXPECT_EQ(digest_of(folder.file("out.h5")), uninterrupted_digest());
}

TEST(FaultOtherConfig, AFileOfAnotherConfigIsNotOverwrittenWithoutForce) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(10));
  ASSERT_EQ(edgesweep_command(kRunSmallConfig, folder.path()).exit_code, 0);
  const std::string before = read_bytes(folder.file("out.h5"));
  write_bytes(folder.file("small.json"), small_config(11));
  const Finished refused = edgesweep_command(kRunSmallConfig, folder.path());
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("--force"), std::string::npos) << refused.err;
  EXPECT_EQ(read_bytes(folder.file("out.h5")), before);

  std::vector<std::string> forced = kRunSmallConfig;
  forced.emplace_back("--force");
  EXPECT_EQ(edgesweep_command(forced, folder.path()).exit_code, 0);
  EXPECT_EQ(read_results(folder.file("out.h5"))->runs[0].result.iterations, 11);
}

TEST(FaultOtherConfig, AForeignFileIsNotOverwritten) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(10));
  write_bytes(folder.file("out.h5"), "my thesis");
  EXPECT_EQ(edgesweep_command(kRunSmallConfig, folder.path()).exit_code, 2);
  EXPECT_EQ(read_bytes(folder.file("out.h5")), "my thesis");
}

TEST(FaultDivergence, ANetworkThatTurnsInfiniteIsNamedAndTheOthersGoOn) {
  const TemporaryFolder folder;
  // Twelve layers whose weights move by 1 a step: the product of their scales leaves single
  // precision within 40 steps.
  std::string config = small_config(40);
  config.replace(config.find(R"("layers": 2)"), 11, R"("layers": 12)");
  const std::string axis = R"("rate": [0.1, 0.25])";
  config.replace(
      config.find(axis), axis.size(),
      R"("dqn.schedule": [[{"iterations": 40, "learning_rate": 1}], [{"iterations": 40, "learning_rate": 1e-5}]])");
  write_bytes(folder.file("small.json"), config);
  const Finished run = edgesweep_command(kRunSmallConfig, folder.path());
  EXPECT_EQ(run.exit_code, 1) << run.err;
  const std::optional<StoredSweep> sweep = read_results(folder.file("out.h5"));
  ASSERT_EQ(sweep->runs.size(), 2u);
  const RunResult& failed = sweep->runs[0].result;
  EXPECT_EQ(failed.status, RunStatus::failed);
  EXPECT_NE(failed.failure.find("Q iteration"), std::string::npos) << failed.failure;
  EXPECT_TRUE(std::isnan(failed.policies[5].loss));
  EXPECT_LT(failed.policies[4].loss, failed.policies[0].loss) << "the MDP needs no network";
  EXPECT_EQ(sweep->runs[1].result.status, RunStatus::done);
  EXPECT_NE(run.err.find("FAILED"), std::string::npos) << run.err;
}

TEST(FaultInput, BadConfigsAndOptionsExitWith2AndOneMessage) {
  const TemporaryFolder folder;
  const auto error_of = [&](const std::string& config) {
    write_bytes(folder.file("small.json"), config);
    const Finished run = edgesweep_command(kRunSmallConfig, folder.path());
    EXPECT_EQ(run.exit_code, 2) << config;
    EXPECT_FALSE(std::filesystem::exists(folder.file("out.h5")));
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    return run.err;
  };
  const auto expect_in = [](const std::string& text, std::initializer_list<const char*> parts) {
    for (const char* part : parts)
      EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  };
  expect_in(error_of(small_config(10, R"(, "rtae": 0.1)")),
            {"small.json", "/base", "rtae", "\"rate\""});
  expect_in(error_of(small_config(10, R"(, "seed": "one")")), {"/base/seed", "one"});
  expect_in(error_of("{\"name\": "), {"small.json"});
  std::string missing = small_config(10);
  missing.replace(missing.find("imagenet_top5.h5"), 16, "nowhere.h5");
  expect_in(error_of(missing), {"nowhere.h5"});
  EXPECT_EQ(edgesweep_command({"run", "missing.json"}, folder.path()).exit_code, 2);
  write_bytes(folder.file("small.json"), small_config(10));
  EXPECT_EQ(edgesweep_command({"run", "small.json", "--isa", "avx1024"}, folder.path()).exit_code,
            2);
  EXPECT_EQ(edgesweep_command({"run", "small.json", "--backend", "cuda"}, folder.path()).exit_code,
            2);
  EXPECT_EQ(edgesweep_command({"run", "small.json", "--threads", "0"}, folder.path()).exit_code, 2);
  EXPECT_EQ(edgesweep_command({"show", "nothing.h5"}, folder.path()).exit_code, 2);
}

}  // namespace
}  // namespace edgesweep::testing
