// Output that cannot be written: where results were asked for it is an error, for messages it is
// not.
#include <gtest/gtest.h>

#include <filesystem>

#include "host/results/results_file.h"
#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

/// The program with redirections of a shell: shell("show out.h5 > /dev/full", folder).
Finished shell(const std::string& command, const std::string& folder) {
  return Process({"/bin/sh", "-c", std::string("exec ") + testing::program() + " " + command},
                 folder)
      .wait();
}

class FaultOutput : public ::testing::Test {
 protected:
  void SetUp() override { write_bytes(folder_.file("small.json"), small_config(10)); }
  const TemporaryFolder folder_;
};

TEST_F(FaultOutput, StandardOutputThatIsFullOrClosedIsAnErrorOfEveryCommand) {
  ASSERT_EQ(edgesweep_command({"run", "small.json", "-o", "out.h5"}, folder_.path()).exit_code, 0);
  for (const std::string command : {"run small.json -o out.h5", "run small.json -o other.h5",
                                    "plan small.json", "show out.h5", "devices", "--help"}) {
    for (const std::string lost : {" > /dev/full", " >&-"}) {
      const Finished finished = shell(command + lost, folder_.path());
      EXPECT_EQ(finished.exit_code, 1) << command << lost;
      EXPECT_NE(finished.err.find("edgesweep: "), std::string::npos) << command << lost;
    }
  }
  EXPECT_EQ(read_results(folder_.file("other.h5"))->runs.size(), 2u) << "the results are kept";
}

TEST_F(FaultOutput, StandardErrorThatIsFullOrClosedStopsNothing) {
  for (const std::string lost : {" 2> /dev/full", " 2>&-", " 0<&- 2>&-"}) {
    const Finished run = shell("run small.json --force -o out.h5" + lost, folder_.path());
    EXPECT_EQ(run.exit_code, 0) << lost;
    EXPECT_NE(run.out.find("2 of 2 runs"), std::string::npos) << lost << ": " << run.out;
    EXPECT_EQ(shell("show nothing.h5" + lost, folder_.path()).exit_code, 2) << lost;
  }
}

TEST_F(FaultOutput, ALinkToAResultsFileIsTheFile) {
  std::filesystem::create_directories(folder_.file("store"));
  std::filesystem::create_symlink("store/real.h5", folder_.file("link.h5"));
  ASSERT_EQ(edgesweep_command({"run", "small.json", "-o", "link.h5"}, folder_.path()).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(folder_.file("link.h5")));
  EXPECT_EQ(read_results(folder_.file("store/real.h5"))->runs.size(), 2u);
}

TEST_F(FaultOutput, AFileThatTheSweepReadsIsNeverTheOutput) {
  const std::string config = read_bytes(folder_.file("small.json"));
  const Finished run =
      edgesweep_command({"run", "small.json", "--force", "-o", "./small.json"}, folder_.path());
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("--output"), std::string::npos) << run.err;
  EXPECT_EQ(read_bytes(folder_.file("small.json")), config);
}

TEST_F(FaultOutput, AnEmptyValueOfAnOptionIsRefusedByItsName) {
  const std::vector<std::vector<std::string>> commands = {
      {"run", "small.json", "--scale", ""},
      {"run", "small.json", "-o", ""},
      {"run", "small.json", "--isa", ""},
      {"run", "small.json", "--backend", ""},
      {"run", "small.json", "--memory", ""},
      {"run", "small.json", "--set", ""},
      {"plan", "small.json", "--device", ""},
      {"plan", "small.json", "--memory="},
      {"show", "out.h5", "--experiment", ""},
      {"verify", "out.h5", "--config", ""},
      {"latency", "out.h5", "--run", ""},
      {"compare", "out.h5", "--weak-losses", ""},
      {"prepare", "logits.npz", "--output", ""},
      {"simulate", "out.h5", "small.json", "--run", ""},
      {"compare", "out.h5", "--figure", ""},
      {"prepare", "logits.npz", "-o", "a.h5", "--cost", ""},
      {"run", "small.json", "--threads", ""}};
  for (const std::vector<std::string>& arguments : commands) {
    const Finished refused = edgesweep_command(arguments, folder_.path());
    std::string option;
    for (const std::string& argument : arguments)
      if (argument.starts_with('-')) option = argument.substr(0, argument.find('='));
    EXPECT_EQ(refused.exit_code, 2) << option << " of " << arguments[0] << refused.err;
    EXPECT_NE(refused.err.find(option == "-o" ? "--output" : option), std::string::npos)
        << option << " of " << arguments[0] << ": " << refused.err;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.file("results")));
}

TEST_F(FaultOutput, MemoryIsASizeAboveZero) {
  for (const std::string size : {"-1", "-800MB", "0", "0GB", "much", "nan"}) {
    const Finished run =
        edgesweep_command({"run", "small.json", "--memory=" + size}, folder_.path());
    EXPECT_EQ(run.exit_code, 2) << size;
    EXPECT_NE(run.err.find("--memory"), std::string::npos) << run.err;
  }
  EXPECT_EQ(edgesweep_command({"plan", "small.json", "--memory", "1GB"}, folder_.path()).exit_code,
            0);
}

TEST_F(FaultOutput, RunsThatFailedAreNotCountedAsDone) {
  const Finished run = edgesweep_command(
      {"run", "small.json", "-o", "out.h5", "--set", "dqn.layers=12", "--set",
       R"(dqn.schedule=[[{"iterations":40,"learning_rate":1}],[{"iterations":40,"learning_rate":1e-5}]])"},
      folder_.path());
  EXPECT_EQ(run.exit_code, 1) << run.err;
  EXPECT_NE(run.out.find("small: 2 of 4 runs done, 2 failed\n"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("; 2 of them failed."), std::string::npos) << run.out;
}

TEST_F(FaultOutput, SecondsBetweenCheckpointsAreANumber) {
  for (const std::string seconds : {"nan", "inf", "-1", "soon", "1e999"}) {
    const Finished run =
        edgesweep_command({"run", "small.json", "--checkpoint-every=" + seconds}, folder_.path());
    EXPECT_EQ(run.exit_code, 2) << seconds;
    EXPECT_NE(run.err.find("--checkpoint-every"), std::string::npos) << run.err;
  }
}

}  // namespace
}  // namespace edgesweep::testing
