// The full tier of tests/fault/interruption_test.cpp: many more kills, on the paper's network.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "tests/support/paths.h"
#include "tests/support/process.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

TEST(FaultKillLong, TwentyKillsOfThePapersNetworkChangeNoBit) {
  const TemporaryFolder folder;
  const std::string config = testing::source_dir() + "/configs/quickstart.json";
  const std::vector<std::string> common = {
      testing::program(),
      "run",
      config,
      "--set",
      "rate=[0.1,0.25]",
      "--set",
      "depth=2",
      "--set",
      R"(dqn.schedule=[{"iterations":60,"learning_rate":0.001}])",
      "--set",
      "dqn.evaluate_every=20",
      "--checkpoint-every",
      "0.1",
      "-o"};
  const auto command = [&](const char* file) {
    std::vector<std::string> arguments = common;
    arguments.emplace_back(file);
    return arguments;
  };
  ASSERT_EQ(Process(command("whole.h5"), folder.path()).wait().exit_code, 0);
  std::mt19937 random(7);
  int kills = 0;
  while (kills < 20) {
    Process process(command("killed.h5"), folder.path());
    std::this_thread::sleep_for(std::chrono::milliseconds(100 + random() % 900));
    if (!process.running()) break;
    process.signal(SIGKILL);
    process.wait();
    ++kills;
  }
  EXPECT_GE(kills, 3);
  ASSERT_EQ(Process(command("killed.h5"), folder.path()).wait().exit_code, 0);
  EXPECT_EQ(digest_of(folder.file("killed.h5")), digest_of(folder.file("whole.h5")));
}

}  // namespace
}  // namespace edgesweep::testing
