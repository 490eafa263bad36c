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

std::string refusal_of_finished(const std::string& folder) {
  try {
    read_finished_runs(folder);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

TEST(FinishedRuns, GiveBackEveryBitOfAllFiles) {
  const TemporaryFolder folder;
  const std::string runs = folder.file("runs");
  EXPECT_TRUE(read_finished_runs(runs).empty());
  write_finished_runs(runs, 0, part_of(1));
  write_finished_runs(runs, 1, part_of(4));
  const std::vector<StoredSweep> read = read_finished_runs(runs);
  ASSERT_EQ(read.size(), 2u);
  expect_same(read[0], part_of(1));
  expect_same(read[1], part_of(4));
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

TEST(FinishedRuns, ADamagedFileIsNamedAndMayBeDeleted) {
  const TemporaryFolder folder;
  testing::write_bytes(folder.file("finished-3.h5"), "not HDF5");
  const std::string refusal = refusal_of_finished(folder.path());
  EXPECT_TRUE(refusal.starts_with(folder.file("finished-3.h5: "))) << refusal;
  EXPECT_NE(refusal.find("Deleting this file is safe: the runs in it are computed again"),
            std::string::npos)
      << refusal;
}

}  // namespace
}  // namespace edgesweep
