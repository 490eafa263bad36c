#include "host/session/recorder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <thread>

#include "host/error.h"
#include "host/results/checkpoint.h"
#include "host/results/finished_runs.h"
#include "tests/support/sample_results.h"

namespace edgesweep {
namespace {

using testing::TemporaryFolder;

constexpr size_t kRuns = 40;

std::string id_of(size_t run) { return "run" + std::to_string(100 + run); }

std::vector<RunSpec> specs() {
  std::vector<RunSpec> runs(kRuns);
  for (size_t run = 0; run < kRuns; ++run) runs[run].id = id_of(run);
  return runs;
}

StoredSweep empty_sweep() {
  StoredSweep sweep = testing::sample_sweep();
  sweep.runs.clear();
  return sweep;
}

StoredRun result_of(size_t run) { return testing::sample_run(id_of(run), 4, run, 0.1); }

/// Whatever a reader or a later session would find now.
std::set<std::string> ids_on_disk(const std::string& path) {
  const std::optional<StoredSweep> sweep = read_results(path);
  std::set<std::string> ids;
  for (const StoredRun& run : sweep->runs) ids.insert(run.result.id);
  for (const StoredSweep& part : read_finished_runs(checkpoint_folder(path)))
    for (const StoredRun& run : part.runs) ids.insert(run.result.id);
  return ids;
}

TEST(Recorder, ARunThatCountsAsSavedIsOnDiskWhateverHappensNext) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  std::set<std::string> saved;
  std::vector<std::string> lost;
  Recorder recorder(path, empty_sweep(), specs(), [&](size_t run, const RunResult& result) {
    EXPECT_EQ(result.id, id_of(run));
    saved.insert(result.id);
    const std::set<std::string> found = ids_on_disk(path);
    std::set_difference(saved.begin(), saved.end(), found.begin(), found.end(),
                        std::back_inserter(lost));
  });
  std::vector<std::thread> threads;
  for (size_t part = 0; part < 4; ++part)
    threads.emplace_back([&, part] {
      for (size_t run = part; run < kRuns; run += 4) recorder.add(run, result_of(run));
    });
  for (std::thread& thread : threads) thread.join();
  recorder.finish([] {});
  EXPECT_EQ(saved.size(), kRuns);
  EXPECT_EQ(lost, std::vector<std::string>{});
}

TEST(Recorder, TheFileHoldsAllRunsInTheOrderOfTheSweepAtTheEnd) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  StoredSweep earlier = empty_sweep();
  earlier.runs = {result_of(7), result_of(3)};
  Recorder recorder(path, earlier, specs(), [](size_t, const RunResult&) {});
  for (size_t run = kRuns; run-- > 0;)
    if (run != 7 && run != 3) recorder.add(run, result_of(run));
  const StoredSweep returned = recorder.finish([] {});
  const std::optional<StoredSweep> stored = read_results(path);
  ASSERT_EQ(stored->runs.size(), kRuns);
  ASSERT_EQ(returned.runs.size(), kRuns);
  for (size_t run = 0; run < kRuns; ++run) {
    EXPECT_EQ(stored->runs[run].result.id, id_of(run));
    EXPECT_EQ(returned.runs[run].result.id, id_of(run));
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a.h5"}) << "nothing else is left";
}

TEST(Recorder, ACheckpointGoesOnlyWhenTheResultIsOnDisk) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const std::string checkpoints = checkpoint_folder(path);
  write_checkpoint(checkpoints, {id_of(0), ""}, TrainingState{});
  Recorder recorder(path, empty_sweep(), specs(), [](size_t, const RunResult&) {});
  // Neither the results file nor the one beside it can be replaced.
  std::filesystem::remove(path);
  std::filesystem::create_directories(path + "/in_the_way");
  std::filesystem::create_directories(checkpoints + "/finished-0.h5/in_the_way");
  recorder.add(0, result_of(0));
  EXPECT_THROW(recorder.finish([] {}), SystemError);
  EXPECT_TRUE(recorder.failed());
  EXPECT_EQ(checkpointed_runs(checkpoints), std::vector<std::string>{id_of(0)});
}

TEST(Recorder, ACheckpointGoesWithItsResult) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  write_checkpoint(checkpoint_folder(path), {id_of(0), ""}, TrainingState{});
  write_checkpoint(checkpoint_folder(path), {id_of(1), ""}, TrainingState{});
  Recorder recorder(path, empty_sweep(), specs(), [](size_t, const RunResult&) {});
  recorder.add(0, result_of(0));
  recorder.finish([] {});
  EXPECT_EQ(checkpointed_runs(checkpoint_folder(path)), std::vector<std::string>{id_of(1)});
}

}  // namespace
}  // namespace edgesweep
