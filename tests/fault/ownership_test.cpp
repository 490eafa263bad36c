// Two writers of one results file: on this machine, elsewhere, killed, taken over from, racing.
#include "host/results/ownership/ownership.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>

#include "host/error.h"
#include "host/results/results_file.h"
#include "tests/support/classifier_files.h"
#include "tests/support/owners.h"
#include "tests/support/paths.h"
#include "tests/support/process.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

void pause_a_moment() { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }

/// `work` in as many processes, all started before one begins; their exit statuses.
std::vector<int> in_children(int count, const std::function<int()>& work) {
  int gate[2];
  EXPECT_EQ(pipe(gate), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    close(gate[1]);
    char byte = 0;
    const bool open = read(gate[0], &byte, 1) == 0;  // until the last writer has closed it
    int status = 98;
    try {
      status = open ? work() : 97;
    } catch (const std::exception& error) {
      fprintf(stderr, "%s\n", error.what());
    }
    _exit(status);
  }
  close(gate[0]);
  close(gate[1]);
  std::vector<int> statuses;
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    statuses.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
  return statuses;
}

constexpr int kWon = 10;
constexpr int kBusy = 11;

/// Takes the file and keeps it until all `count` processes have an answer: each leaves a mark.
int try_to_take(const std::string& path, const std::string& marks, int count) {
  const auto mark = [&] { write_bytes(marks + "/" + std::to_string(getpid()), ""); };
  try {
    const auto ownership = Ownership::take(path);
    mark();
    while (std::distance(std::filesystem::directory_iterator(marks), {}) < count) pause_a_moment();
    ownership->require();
    return kWon;
  } catch (const BusyError&) {
    mark();
    return kBusy;
  }
}

TEST(FaultOwners, OfManyThatFindTheSameOwnerGoneExactlyOneTakesOver) {
  constexpr int kProcesses = 16;
  for (int round = 0; round < 25; ++round) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.h5");
    const std::string marks = folder.file("marks");
    std::filesystem::create_directory(marks);
    if (round % 5 != 0) leave_owner(path, ended_process());  // else: none was there before
    const std::vector<int> statuses =
        in_children(kProcesses, [&] { return try_to_take(path, marks, kProcesses); });
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), kWon), 1);
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), kBusy), kProcesses - 1);
    std::filesystem::remove_all(marks);
    EXPECT_TRUE(folder.names().empty()) << folder.names().front();
  }
}

TEST(FaultOwners, ManyWritersNeverOwnOneFileTogether) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const std::string counter = folder.file("counter");
  write_bytes(counter, "0");
  constexpr int kWriters = 4;
  constexpr int kRounds = 50;
  const std::vector<int> statuses = in_children(kWriters, [&] {
    for (int done = 0; done < kRounds;) {
      try {
        const auto ownership = Ownership::take(path);
        // Read, wait a moment, write: two owners would lose counts.
        const int count = std::stoi(read_bytes(counter));
        usleep(20);
        write_bytes(counter, std::to_string(count + 1));
        ++done;
      } catch (const BusyError&) {
        usleep(50);
      }
    }
    return 0;
  });
  EXPECT_EQ(statuses, std::vector<int>(kWriters, 0));
  EXPECT_EQ(read_bytes(counter), std::to_string(kWriters * kRounds));
}

TEST(FaultOwners, OwnersThatAreKilledHoldNobodyUp) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  for (int round = 0; round < 20; ++round) {
    // Killed at a moment of its own choice, between taking and having taken.
    const pid_t child = fork();
    if (child == 0) {
      for (;;) {
        try {
          const auto ownership = Ownership::take(path);
        } catch (const BusyError&) {
          // The next round may have it.
        }
      }
    }
    usleep(static_cast<useconds_t>(1000 + 313 * round));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    try {
      const auto ownership = Ownership::take(path);
      ownership->require();
    } catch (const BusyError& error) {
      // Only where links are not supported, between making the file and filling it.
      EXPECT_EQ(read_bytes(path + ".lock"), "") << error.what();
      std::filesystem::remove(path + ".lock");
    }
    for (const std::string& name : folder.names()) ADD_FAILURE() << "left: " << name;
  }
}

class FaultOwnersProgram : public ::testing::Test {
 protected:
  FaultOwnersProgram() {
    write_bytes(folder_.file("small.json"), small_config(kSecondsOfIterations));
  }
  /// The program, with what the preloaded library is told.
  std::unique_ptr<Process> start(const std::vector<std::string>& answers = {},
                                 const std::vector<std::string>& more = {}) {
    std::vector<std::string> all = {"/usr/bin/env"};
    if (!answers.empty()) {
      all.push_back("LD_PRELOAD=" + preloaded_system());
      all.emplace_back("ASAN_OPTIONS=verify_asan_link_order=0");
    }
    all.insert(all.end(), answers.begin(), answers.end());
    const std::vector<std::string> run = {testing::program(),   "run", "small.json", "-o", "out.h5",
                                          "--checkpoint-every", "0.05"};
    all.insert(all.end(), run.begin(), run.end());
    all.insert(all.end(), more.begin(), more.end());
    return std::make_unique<Process>(all, folder_.path());
  }
  void wait_for(const std::string& name, Process& process) {
    while (!std::filesystem::exists(folder_.file(name)) && process.running()) pause_a_moment();
  }
  /// Until the process has said this, or has ended.
  void wait_for_message(const std::string& text, Process& process) {
    while (process.running() && !contains(process.messages(), text)) pause_a_moment();
  }
  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("out.h5");
};

TEST_F(FaultOwnersProgram, WhereTheSystemHasNoLocksTheSecondIsRefusedAndTheFirstFinishes) {
  for (const char* answer : {"EDGESWEEP_TEST_FLOCK=ENOSYS", "EDGESWEEP_TEST_FLOCK=ENOLCK",
                             "EDGESWEEP_TEST_FLOCK=EOPNOTSUPP", "EDGESWEEP_TEST_FLOCK=0"}) {
    std::filesystem::remove(path_);
    const auto first = start({answer, "EDGESWEEP_TEST_LINK=EPERM"});
    wait_for("out.h5", *first);
    const Finished second = start({answer})->wait();
    EXPECT_EQ(second.exit_code, 75) << answer << second.err;
    EXPECT_TRUE(contains(second.err, "another edgesweep is writing this file: process "))
        << second.err;
    first->signal(SIGTERM);
    EXPECT_EQ(first->wait().exit_code, 130) << answer;
    EXPECT_FALSE(std::filesystem::exists(path_ + ".lock"));
    ASSERT_EQ(start({answer})->wait().exit_code, 0);
  }
}

TEST_F(FaultOwnersProgram, OneElsewhereWhoseCounterMovesIsBusy) {
  OwnershipOptions options;
  options.self = elsewhere();
  options.beat_seconds = 0.2;
  const auto far = Ownership::take(path_, options);
  // Locks that do not reach other machines say nothing.
  const Finished second = start({"EDGESWEEP_TEST_FLOCK=0"})->wait();
  EXPECT_EQ(second.exit_code, 75) << second.err;
  EXPECT_TRUE(contains(second.err, "process " + std::to_string(getpid()) + " on host far is"))
      << second.err;
  EXPECT_TRUE(contains(second.err, "is writing this file: process ")) << second.err;
  EXPECT_FALSE(std::filesystem::exists(path_));
  far->require();
}

TEST_F(FaultOwnersProgram, WaitingForOneElsewhereEndsWithASignal) {
  const OwnerRecord far = leave_owner(path_, elsewhere());
  const auto process = start();
  wait_for_message("waiting", *process);
  process->signal(SIGTERM);
  const Finished stopped = process->wait();
  EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_EQ(owner_of(path_).token, far.token);
}

TEST_F(FaultOwnersProgram, TakingOverIsAskedForAndTheFirstStops) {
  const auto first = start();
  wait_for("out.h5.checkpoints", *first);
  const auto second = start({}, {"--take-over"});
  const Finished lost = first->wait();
  EXPECT_EQ(lost.exit_code, 75) << lost.err;
  EXPECT_TRUE(contains(lost.err, "has taken this file over")) << lost.err;
  const Finished won = second->wait();
  EXPECT_EQ(won.exit_code, 0) << won.err;
  EXPECT_EQ(read_results(path_)->runs.size(), 2u);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".lock"));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".checkpoints"));
}

TEST_F(FaultOwnersProgram, KilledInAnyOfItsFirstWritesItLeavesNothingForLater) {
  write_bytes(folder_.file("small.json"), small_config(100));
  for (int write = 1; write <= 6; ++write) {
    std::filesystem::remove(path_);
    const auto killed = start({"EDGESWEEP_TEST_KILL=" + std::to_string(write)});
    const int exit_code = killed->wait().exit_code;
    // A quick run is written once, with fewer calls of fsync().
    if (exit_code == 0 && write > 4) break;
    ASSERT_EQ(exit_code, 128 + SIGKILL) << write;
    const Finished again = start()->wait();
    ASSERT_EQ(again.exit_code, 0) << again.err;
    for (const std::string& name : folder_.names())
      EXPECT_TRUE(name == "out.h5" || name == "small.json" || name.starts_with(".process")) << name;
  }
}

class FaultOwnersPrepare : public ::testing::Test {
 protected:
  FaultOwnersPrepare() { write_pair_hdf5(folder_.file("logits.h5"), small_pair()); }
  Finished prepare(const std::string& answer, const std::string& output) {
    return Process({"/usr/bin/env", "LD_PRELOAD=" + preloaded_system(),
                    "ASAN_OPTIONS=verify_asan_link_order=0", answer, testing::program(), "prepare",
                    "logits.h5", "-o", output},
                   folder_.path())
        .wait();
  }
  const TemporaryFolder folder_;
};

TEST_F(FaultOwnersPrepare, LogitsInHdf5AreReadWhereTheSystemHasNoLocks) {
  for (const char* answer : {"ENOSYS", "ENOLCK", "EOPNOTSUPP", "EINVAL"}) {
    const std::string output = std::string(answer) + ".h5";
    const Finished made = prepare(std::string("EDGESWEEP_TEST_FLOCK=") + answer, output);
    EXPECT_EQ(made.exit_code, 0) << answer << ": " << made.err;
    EXPECT_TRUE(std::filesystem::exists(folder_.file(output)));
  }
}

TEST_F(FaultOwnersPrepare, OneThatWasKilledLeavesNothingForLater) {
  ASSERT_EQ(prepare("EDGESWEEP_TEST_KILL=1", "dataset.h5").exit_code, 128 + SIGKILL);
  const auto temporary_files = [&] {
    const std::vector<std::string> names = folder_.names();
    return std::count_if(names.begin(), names.end(),
                         [](const std::string& name) { return name.ends_with(".tmp"); });
  };
  EXPECT_EQ(temporary_files(), 1);
  ASSERT_EQ(prepare("EDGESWEEP_TEST_KILL=0", "dataset.h5").exit_code, 0);
  EXPECT_EQ(temporary_files(), 0);
}

}  // namespace
}  // namespace edgesweep::testing
