// Signals, closed pipes and dumb terminals: a run keeps what it has, output ends in silence, and
// the exit code says what became of the work.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "host/results/results_file.h"
#include "tests/support/classifier_files.h"
#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

/// Descriptor that a started shell finds open.
constexpr int kHandedOver = 9;

/// The program in the place of a shell, with redirections; its arguments have no blanks.
std::unique_ptr<Process> start(const std::string& command, const std::string& folder) {
  return std::make_unique<Process>(
      std::vector<std::string>{"/bin/sh", "-c",
                               std::string("exec ") + testing::program() + " " + command},
      folder);
}

/// A pipe whose reader is gone, open as kHandedOver.
class PipeWithoutReader {
 public:
  PipeWithoutReader() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    close(ends[0]);
    dup2(ends[1], kHandedOver);
    close(ends[1]);
  }
  ~PipeWithoutReader() { close(kHandedOver); }
  PipeWithoutReader(const PipeWithoutReader&) = delete;
  PipeWithoutReader& operator=(const PipeWithoutReader&) = delete;
};

/// A terminal, open as kHandedOver, that keeps what is written to it.
class Terminal {
 public:
  Terminal() : ours_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    if (ours_ < 0 || grantpt(ours_) != 0 || unlockpt(ours_) != 0)
      throw std::runtime_error("no terminal");
    const int theirs = open(ptsname(ours_), O_RDWR | O_NOCTTY);
    dup2(theirs, kHandedOver);
    close(theirs);
  }
  ~Terminal() {
    close(kHandedOver);
    close(ours_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  std::string written() const {
    std::string text;
    std::array<char, 4096> piece{};
    for (ssize_t size = 0; (size = read(ours_, piece.data(), piece.size())) > 0;)
      text.append(piece.data(), static_cast<size_t>(size));
    return text;
  }

 private:
  int ours_;
};

class FaultSignal : public ::testing::Test {
 protected:
  void SetUp() override {
    write_bytes(folder_.file("small.json"), small_config(kSecondsOfIterations));
  }

  bool has_checkpoints() const {
    return std::filesystem::exists(folder_.file("out.h5.checkpoints")) &&
           !std::filesystem::is_empty(folder_.file("out.h5.checkpoints"));
  }
  std::unique_ptr<Process> start_run(const std::string& redirections = "") {
    return start("run small.json -o out.h5 --checkpoint-every 0.05" + redirections, folder_.path());
  }
  void expect_kept(const Finished& interrupted) {
    EXPECT_EQ(interrupted.exit_code, 130) << interrupted.err;
    EXPECT_TRUE(has_checkpoints());
    EXPECT_LT(read_results(folder_.file("out.h5"))->runs.size(), 2u);
  }

  const TemporaryFolder folder_;
};

TEST_F(FaultSignal, BatchSystemsSignalsWriteCheckpointsAndExit130) {
  for (const int number : {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU}) {
    std::filesystem::remove_all(folder_.file("out.h5.checkpoints"));
    const std::unique_ptr<Process> run = start_run();
    wait_until(*run, [this] { return has_checkpoints(); });
    run->signal(number);
    const Finished interrupted = run->wait();
    EXPECT_NE(interrupted.out.find("the same command resumes"), std::string::npos)
        << number << interrupted.out;
    expect_kept(interrupted);
  }
}

TEST_F(FaultSignal, ManySignalsAtOnceAreOneWish) {
  const std::unique_ptr<Process> run = start_run();
  wait_until(*run, [this] { return has_checkpoints(); });
  for (const int number : {SIGTERM, SIGUSR1, SIGHUP, SIGXCPU, SIGINT, SIGUSR2, SIGTERM})
    run->signal(number);
  const Finished interrupted = run->wait();
  EXPECT_NE(interrupted.out.find("the same command resumes"), std::string::npos) << interrupted.out;
  expect_kept(interrupted);
}

TEST_F(FaultSignal, UnderNohupAHangupStopsNothing) {
  write_bytes(folder_.file("small.json"), small_config(2000));
  const std::unique_ptr<Process> run =
      std::make_unique<Process>(std::vector<std::string>{"/usr/bin/nohup", testing::program(),
                                                         "run", "small.json", "-o", "out.h5"},
                                folder_.path());
  wait_until(*run, [this] { return std::filesystem::exists(folder_.file("out.h5")); });
  run->signal(SIGHUP);
  EXPECT_EQ(run->wait().exit_code, 0);
  EXPECT_EQ(read_results(folder_.file("out.h5"))->runs.size(), 2u);
}

/// Has the process taken over what a signal does? As the system tells it.
bool catches(const Process& process, int number) {
  std::ifstream status("/proc/" + std::to_string(process.id()) + "/status");
  for (std::string word; status >> word;)
    if (word == "SigCgt:" && status >> word)
      return (std::stoull(word, nullptr, 16) >> (number - 1) & 1) != 0;
  return false;
}

TEST_F(FaultSignal, PrepareEndsWith130AndLeavesNothingHalfWritten) {
  write_pair_hdf5(folder_.file("logits.h5"), small_pair(20000, 200));
  const std::unique_ptr<Process> prepare = start("prepare logits.h5 -o dataset.h5", folder_.path());
  wait_until(*prepare, [&] { return catches(*prepare, SIGTERM); });
  prepare->signal(SIGTERM);
  const Finished interrupted = prepare->wait();
  EXPECT_EQ(interrupted.exit_code, 130) << interrupted.err;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    EXPECT_EQ(entry.path().string().find("dataset.h5"), std::string::npos) << entry.path();
}

TEST_F(FaultSignal, AMeasurementOfLatencyEndsWith130) {
  ASSERT_EQ(edgesweep_command({"run", "small.json", "-o", "out.h5", "--set",
                               R"(dqn.schedule=[{"iterations":10,"learning_rate":0.001}])"},
                              folder_.path())
                .exit_code,
            0);
  const std::unique_ptr<Process> latency =
      start("latency out.h5 --decisions 100000000", folder_.path());
  wait_until(*latency, [&] { return catches(*latency, SIGUSR1); });
  latency->signal(SIGUSR1);
  EXPECT_EQ(latency->wait().exit_code, 130);
}

// ------------------------------------------------------------------------------------------- pipes

class FaultPipe : public FaultSignal {
 protected:
  void SetUp() override { write_bytes(folder_.file("small.json"), small_config(10)); }
  Finished command(const std::string& command) { return start(command, folder_.path())->wait(); }

  const PipeWithoutReader pipe_;
};

TEST_F(FaultPipe, ARunWhoseReadersAreGoneWritesItsResults) {
  for (const std::string redirections : {" >&9", " >&9 2>&9"}) {
    const Finished run = command("run small.json --force -o out.h5" + redirections);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(run.err.find("standard output"), std::string::npos) << run.err;
    EXPECT_EQ(read_results(folder_.file("out.h5"))->runs.size(), 2u);
  }
}

TEST_F(FaultPipe, WhatIsPrintedForAReaderThatIsGoneEndsInSilence) {
  ASSERT_EQ(command("run small.json -o out.h5").exit_code, 0);
  for (const std::string asked : {"show out.h5", "show out.h5 --csv", "plan small.json", "devices",
                                  "--help", "run --help", "verify out.h5"}) {
    const Finished finished = command(asked + " >&9");
    EXPECT_EQ(finished.exit_code, 0) << asked;
    EXPECT_EQ(finished.err.find("edgesweep:"), std::string::npos) << asked << finished.err;
  }
}

/// More than a pipe and the standard library's buffer hold: the write itself fails, not the last
/// flush.
TEST_F(FaultPipe, ALongTableForAReaderThatIsGoneEndsInSilence) {
  std::string seeds;
  for (int seed = 1; seed <= 800; ++seed) seeds += (seed > 1 ? "," : "") + std::to_string(seed);
  const std::string asked = "plan small.json --set seed=[" + seeds + "]";
  ASSERT_GT(command(asked).out.size(), 100000u);
  const Finished plan = command(asked + " >&9");
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_EQ(plan.err, "");
}

TEST_F(FaultPipe, AFailureIsTheExitCodeAlsoWithoutAReader) {
  const Finished failed = command(
      R"(run small.json -o out.h5 --set dqn.layers=12 --set 'dqn.schedule=[{"iterations":40,"learning_rate":1}]' >&9)");
  EXPECT_EQ(failed.exit_code, 1) << failed.err;
  EXPECT_EQ(read_results(folder_.file("out.h5"))->runs.size(), 2u);
}

TEST_F(FaultPipe, ControlCWithoutAReaderWritesCheckpoints) {
  write_bytes(folder_.file("small.json"), small_config(kSecondsOfIterations));
  const std::unique_ptr<Process> run = start_run(" >&9 2>&9");
  wait_until(*run, [this] { return has_checkpoints(); });
  run->signal(SIGINT);
  expect_kept(run->wait());
}

// ---------------------------------------------------------------------------------------- terminal

TEST(FaultTerminal, OnlyATerminalThatKnowsEscapeCodesGetsThem) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), small_config(10));
  const auto written_for = [&](const std::string& environment) {
    const Terminal terminal;
    const Finished run = Process({"/bin/sh", "-c",
                                  "exec env " + environment + " " + testing::program() +
                                      " run small.json --force -o out.h5 2>&9"},
                                 folder.path())
                             .wait();
    EXPECT_EQ(run.exit_code, 0);
    return terminal.written();
  };
  EXPECT_NE(written_for("TERM=xterm").find("\x1b["), std::string::npos);
  for (const std::string dumb : {"TERM=dumb", "-u TERM", "TERM="}) {
    const std::string written = written_for(dumb);
    EXPECT_NE(written.find("2/2 runs"), std::string::npos) << dumb << written;
    EXPECT_EQ(written.find('\x1b'), std::string::npos) << dumb << written;
  }
}

}  // namespace
}  // namespace edgesweep::testing
