#include "host/results/finished_runs.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "host/error.h"
#include "tests/support/sample_results.h"

namespace edgesweep {
namespace {

using testing::expect_same;
using testing::sample_sweep;
using testing::TemporaryFolder;

/// The sample with its run number `run` alone.
StoredSweep part_of(size_t run) {
  StoredSweep part = sample_sweep();
  part.runs = {part.runs[run]};
  return part;
}

std::string refusal_of(const std::string& folder, const StoredSweep& sweep) {
  try {
    read_finished_runs(folder, sweep);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

TEST(FinishedRuns, GiveBackEveryBitOfAllFiles) {
  const TemporaryFolder folder;
  const std::string runs = folder.file("runs");
  EXPECT_TRUE(read_finished_runs(runs, sample_sweep()).empty());
  write_finished_runs(runs, 0, part_of(1));
  write_finished_runs(runs, 1, part_of(4));
  const std::vector<StoredRun> read = read_finished_runs(runs, sample_sweep());
  ASSERT_EQ(read.size(), 2u);
  expect_same(read[0].result, sample_sweep().runs[1].result);
  expect_same(read[1].result, sample_sweep().runs[4].result);
  EXPECT_EQ(read[0].columns, sample_sweep().runs[1].columns);
}

TEST(FinishedRuns, AreRemovedWithTheirEmptyFolderAndNothingElse) {
  const TemporaryFolder folder;
  const std::string runs = folder.file("runs");
  write_finished_runs(runs, 0, part_of(1));
  testing::write_bytes(runs + "/aa.checkpoint.h5", "");
  remove_finished_runs(runs);
  EXPECT_TRUE(std::filesystem::exists(runs + "/aa.checkpoint.h5"));
  EXPECT_FALSE(std::filesystem::exists(runs + "/finished-0.h5"));
  std::filesystem::remove(runs + "/aa.checkpoint.h5");
  remove_finished_runs(runs);
  EXPECT_FALSE(std::filesystem::exists(runs));
}

TEST(FinishedRuns, OfAnotherConfigOrOtherInputFilesAreRefused) {
  const TemporaryFolder folder;
  write_finished_runs(folder.path(), 0, part_of(1));
  StoredSweep sweep = sample_sweep();
  sweep.resolved_json = testing::with_paths("data/größe.npz", "gaps.h5", "another text");
  EXPECT_EQ(refusal_of(folder.path(), sweep), "no InputError") << "name and description may change";
  sweep.inputs[1].sha256[0] = 'a';
  EXPECT_NE(refusal_of(folder.path(), sweep).find("finished-0.h5"), std::string::npos)
      << refusal_of(folder.path(), sweep);
  sweep = sample_sweep();
  sweep.resolved_json = testing::with_paths("data/other.npz", "gaps.h5", "sample");
  EXPECT_NE(refusal_of(folder.path(), sweep).find("another config"), std::string::npos)
      << refusal_of(folder.path(), sweep);
}

TEST(FinishedRuns, ADamagedFileIsNamed) {
  const TemporaryFolder folder;
  testing::write_bytes(folder.file("finished-3.h5"), "not HDF5");
  EXPECT_NE(refusal_of(folder.path(), sample_sweep()).find("finished-3.h5"), std::string::npos)
      << refusal_of(folder.path(), sample_sweep());
}

}  // namespace
}  // namespace edgesweep
