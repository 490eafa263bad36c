// Full disks, killed writers, damaged files.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>

#include "host/error.h"
#include "host/results/checkpoint.h"
#include "host/results/ownership/ownership.h"
#include "host/results/results_file.h"
#include "tests/support/sample_results.h"

namespace edgesweep {
namespace {

using testing::expect_same;
using testing::sample_sweep;
using testing::TemporaryFolder;

constexpr const char* kRun = "0123456789ab";
const CheckpointOwner kOwner{kRun, std::string(64, 'c')};
constexpr CheckpointBounds kBounds{1000, 1000};

/// Runs `work` in a child process and returns its exit status; 99 when it threw something
/// unexpected.
int in_child(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    int status = 99;
    try {
      status = work();
    } catch (const std::exception& error) {
      fprintf(stderr, "%s\n", error.what());
    }
    _exit(status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Files longer than `bytes` cannot be written by this process from now on: write() fails with
/// EFBIG, as with ENOSPC on a full disk.
void limit_file_size(rlim_t bytes) {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes, bytes};
  setrlimit(RLIMIT_FSIZE, &limit);
}

TrainingState sample_state() {
  TrainingState state;
  state.weights.assign(1000, 0.5f);
  state.adam_mean = state.adam_square = state.weights;
  state.curve = {{0, 1e-3, testing::kNan, 0.3, 0.31}};
  return state;
}

TEST(FaultResults, AFullDiskLeavesTheOldFile) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  StoredSweep sweep = sample_sweep();
  write_results(path, sweep);
  const std::string before = testing::read_bytes(path);
  for (const rlim_t room : {rlim_t{0}, rlim_t{1}, rlim_t{4096}, rlim_t{before.size() - 1}}) {
    const int status = in_child([&] {
      limit_file_size(room);
      sweep.runs[0].result.weights.assign(5000, 1.0f);
      try {
        write_results(path, sweep);
      } catch (const SystemError& error) {
        const std::string message = error.what();
        return message.find(path) != std::string::npos &&
                       message.find("File too large") != std::string::npos
                   ? 0
                   : 1;
      }
      return 2;
    });
    EXPECT_EQ(status, 0) << "room for " << room << " bytes";
    EXPECT_TRUE(testing::read_bytes(path) == before);
    EXPECT_EQ(folder.names(), (std::vector<std::string>{"a.h5"}));
  }
}

TEST(FaultResults, AFullDiskLeavesTheOldCheckpoint) {
  const TemporaryFolder folder;
  TrainingState state = sample_state();
  write_checkpoint(folder.path(), kOwner, state);
  const int status = in_child([&] {
    limit_file_size(2000);
    state.iteration = 100;
    try {
      write_checkpoint(folder.path(), kOwner, state);
    } catch (const SystemError&) {
      return 0;
    }
    return 2;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_checkpoint(folder.path(), kOwner, kBounds)->iteration, 0);
  EXPECT_EQ(folder.names().size(), 1u);
}

TEST(FaultResults, AMissingFolderIsNamed) {
  const TemporaryFolder folder;
  try {
    write_results(folder.file("none/a.h5"), sample_sweep());
    FAIL() << "no error";
  } catch (const SystemError& error) {
    EXPECT_NE(std::string(error.what()).find(folder.file("none/a.h5")), std::string::npos)
        << error.what();
  }
}

TEST(FaultResults, AKilledWriterLeavesTheOldFileAndTheNextOneTidiesUp) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  write_results(path, sample_sweep());
  // What a writer leaves that is killed before its rename: part of the new file under a temporary
  // name.
  testing::write_bytes(path + ".4711.0.tmp", testing::read_bytes(path).substr(0, 1000));
  write_checkpoint(checkpoint_folder(path), kOwner, sample_state());
  testing::write_bytes(checkpoint_folder(path) + "/" + kRun + ".checkpoint.h5.4711.1.tmp", "part");
  testing::write_bytes(folder.file("b.h5.4711.0.tmp"), "of another results file");
  expect_same(sample_sweep(), *read_results(path));
  {
    const auto ownership = Ownership::take(path);
    EXPECT_EQ(folder.names(), (std::vector<std::string>{"a.h5", "a.h5.checkpoints", "a.h5.lock",
                                                        "b.h5.4711.0.tmp"}));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(checkpoint_folder(path)), {}), 1);
  }
  expect_same(sample_sweep(), *read_results(path));
}

TEST(FaultResults, AWriterKilledAtAnyMomentLeavesAWholeFile) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  StoredSweep sweep = sample_sweep();
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      for (;; ++sweep.total_runs) write_results(path, sweep);
    }
    usleep(static_cast<useconds_t>(15000 + 700 * round));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    if (const auto read = read_results(path)) {
      sweep.total_runs = read->total_runs;
      expect_same(sweep, *read);
    }
  }
}

/// Reads a file damaged by `damage(bytes, position)` at many positions; each must be refused or
/// give exactly what was written.
template <typename Read>
void damage_everywhere(const std::string& path, size_t step,
                       const std::function<void(std::string&, size_t)>& damage, Read read) {
  const std::string whole = testing::read_bytes(path);
  for (size_t position = 0; position < whole.size(); position += step) {
    std::string damaged = whole;
    damage(damaged, position);
    testing::write_bytes(path, damaged);
    try {
      read();
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
      continue;
    }
    if (::testing::Test::HasFailure())
      FAIL() << "accepted other content, damaged at byte " << position;
  }
}

void flip_bits(std::string& bytes, size_t position) {
  bytes[position] = static_cast<char>(~bytes[position]);
}
void cut_off(std::string& bytes, size_t position) { bytes.resize(position); }
void zero_sector(std::string& bytes, size_t position) {
  for (size_t i = position; i < std::min(bytes.size(), position + 512); ++i) bytes[i] = 0;
}

/// Writes the sample and reads it damaged, in a process of its own: HDF5 itself leaks memory when
/// it meets damaged files, and leak checkers must not take that for ours.
int read_damaged(size_t step, const std::function<void(std::string&, size_t)>& damage) {
  return in_child([&] {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.h5");
    const StoredSweep sweep = sample_sweep();
    write_results(path, sweep);
    // Bytes that nothing reads (free space, /summary) may be damaged unnoticed; what is read must
    // be what was written.
    damage_everywhere(path, step, damage, [&] {
      const auto result = read_results(path);
      ASSERT_TRUE(result.has_value());
      expect_same(sweep, *result);
    });
    fflush(stdout);
    return ::testing::Test::HasFailure() ? 1 : 0;
  });
}

TEST(FaultResults, DamagedResultsAreRefusedNotRead) {
  EXPECT_EQ(read_damaged(53, flip_bits), 0);
  EXPECT_EQ(read_damaged(499, cut_off), 0);
  EXPECT_EQ(read_damaged(512, zero_sector), 0);
}

TEST(FaultResults, DamagedCheckpointsAreRefusedNotRestarted) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(), kOwner, sample_state());
  const std::string path = folder.path() + "/" + kRun + ".checkpoint.h5";
  const std::string whole = testing::read_bytes(path);
  for (size_t position = 0; position < whole.size(); position += 29) {
    std::string damaged = whole;
    flip_bits(damaged, position);
    testing::write_bytes(path, damaged);
    EXPECT_THROW(read_checkpoint(folder.path(), kOwner, kBounds), InputError)
        << "damaged at byte " << position;
  }
  for (size_t length = 0; length < whole.size(); length += 397) {
    testing::write_bytes(path, whole.substr(0, length));
    EXPECT_THROW(read_checkpoint(folder.path(), kOwner, kBounds), InputError)
        << "cut to " << length << " bytes";
  }
}

}  // namespace
}  // namespace edgesweep
