// Input files that change, move or are named otherwise between two sessions of a sweep.
#include <gtest/gtest.h>
#include <hdf5.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "host/results/results_file.h"
#include "tests/support/dataset_files.h"
#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kRun = {"run", "small.json", "-o", "out.h5"};

/// One run on replayed gaps that trains a small network, of files beside it.
std::string replay_config(int iterations, const std::string& folder = "",
                          const std::string& text = "") {
  return R"({"description": ")" + text + R"(", "base": {
    "dataset": ")" +
         folder + R"(images.npz", "rate": 0.1, "depth": 2,
    "arrivals": {"type": "replay", "file": ")" +
         folder + R"(gaps.h5", "training_file": ")" + folder + R"(training_gaps.h5"},
    "dqn": {"history_metrics": 3, "layers": 1, "width": 4, "batch": 8, "mini_batches": 2,
            "schedule": [{"iterations": )" +
         std::to_string(iterations) +
         R"(, "learning_rate": 0.001}],
            "evaluate_every": 0},
    "test": {"sequences": 2, "images": 30}}})";
}

void write_gaps(const std::string& path, int64_t last) {
  std::vector<int64_t> gaps(60, 1);
  gaps.back() = last;
  write_hdf5_table(path, "gap", H5T_STD_I32LE, 2, 30, gaps);
}

void write_inputs(const std::string& folder) {
  write_npz(folder + "/images.npz", npy_entries(small_dataset()));
  write_gaps(folder + "/gaps.h5", 1);
  write_gaps(folder + "/training_gaps.h5", 2);
}

void expect_refusal(const Finished& run, const std::vector<std::string>& parts) {
  EXPECT_EQ(run.exit_code, 2) << run.err;
  for (const std::string& part : parts)
    EXPECT_NE(run.err.find(part), std::string::npos) << "no \"" << part << "\" in " << run.err;
}

TEST(FaultChangedInput, ResultsOnAnotherContentOfAnyInputFileAreRefused) {
  for (const std::string name : {"images.npz", "gaps.h5", "training_gaps.h5"}) {
    const TemporaryFolder folder;
    write_inputs(folder.path());
    write_bytes(folder.file("small.json"), replay_config(2));
    ASSERT_EQ(edgesweep_command(kRun, folder.path()).exit_code, 0);
    const std::string before = read_bytes(folder.file("out.h5"));
    if (name == "images.npz")
      write_npz(folder.file(name), npy_entries(small_dataset()), /*deflated=*/false);
    else
      write_gaps(folder.file(name), 3);
    expect_refusal(edgesweep_command(kRun, folder.path()),
                   {"out.h5", "another content of " + name, "--force"});
    EXPECT_EQ(read_bytes(folder.file("out.h5")), before) << name;
    std::vector<std::string> forced = kRun;
    forced.emplace_back("--force");
    EXPECT_EQ(edgesweep_command(forced, folder.path()).exit_code, 0) << name;
  }
}

/// Ids hang on spellings, hashes do not: a run of the old content must not be found by its id.
TEST(FaultChangedInput, RunsOfAFileThatIsSpelledInTwoWaysAreNotTakenForThoseOfAnotherContent) {
  const TemporaryFolder folder;
  const auto config = [](const std::string& first, const std::string& second) {
    return R"({"base": {"dataset": "images.npz", "rate": 0.1, "depth": 2, "policies": ["weak", "mdp"],
      "test": {"sequences": 2, "images": 30}}, "sweep": {"dataset": [")" +
           first + R"(", ")" + second + R"("]}})";
  };
  write_inputs(folder.path());
  write_bytes(folder.file("small.json"), config("images.npz", "./images.npz"));
  ASSERT_EQ(edgesweep_command(kRun, folder.path()).exit_code, 0);
  const Finished verified = edgesweep_command({"verify", "out.h5", "--sample", "0"}, folder.path());
  EXPECT_EQ(verified.exit_code, 0) << verified.err;

  write_npz(folder.file("images.npz"), npy_entries(small_dataset()), /*deflated=*/false);
  for (const std::string& text :
       {config("images.npz", "./images.npz"), config("./images.npz", "images.npz")}) {
    write_bytes(folder.file("small.json"), text);
    expect_refusal(edgesweep_command(kRun, folder.path()), {"another content of"});
  }
}

TEST(FaultChangedInput, ACheckpointOfOtherInputFilesIsRefused) {
  const TemporaryFolder folder;
  write_inputs(folder.path());
  write_bytes(folder.file("small.json"), replay_config(100000000));
  Process process(
      {testing::program(), "run", "small.json", "-o", "out.h5", "--checkpoint-every", "0.05"},
      folder.path());
  while (!fs::exists(folder.file("out.h5.checkpoints")) && process.running())
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  process.signal(SIGINT);
  ASSERT_EQ(process.wait().exit_code, 130);
  fs::remove(folder.file("out.h5"));  // which would be refused first
  write_gaps(folder.file("training_gaps.h5"), 5);
  expect_refusal(edgesweep_command(kRun, folder.path()),
                 {".checkpoint.h5", "other input files", "from the beginning"});
}

TEST(FaultChangedInput, MovedFilesAndOtherTextsGiveTheSameDigest) {
  const TemporaryFolder folder;
  write_inputs(folder.path());
  write_bytes(folder.file("small.json"), replay_config(2));
  ASSERT_EQ(edgesweep_command(kRun, folder.path()).exit_code, 0);

  fs::create_directories(folder.file("elsewhere/data"));
  write_inputs(folder.file("elsewhere/data"));
  write_bytes(folder.file("elsewhere/other.json"), replay_config(2, "data/", "a copy"));
  ASSERT_EQ(
      edgesweep_command({"run", "elsewhere/other.json", "-o", "copy.h5"}, folder.path()).exit_code,
      0);
  EXPECT_EQ(digest_of(folder.file("copy.h5")), digest_of(folder.file("out.h5")));
}

TEST(FaultChangedInput, AnEditedDescriptionGoesOnAndStandsInTheFile) {
  const TemporaryFolder folder;
  write_inputs(folder.path());
  write_bytes(folder.file("small.json"), replay_config(2, "", "first"));
  ASSERT_EQ(edgesweep_command(kRun, folder.path()).exit_code, 0);
  const double seconds = read_results(folder.file("out.h5"))->runs.at(0).result.simulation_seconds;
  write_bytes(folder.file("small.json"), replay_config(2, "", "second"));
  const Finished again = edgesweep_command(kRun, folder.path());
  EXPECT_EQ(again.exit_code, 0) << again.err;
  const std::optional<StoredSweep> sweep = read_results(folder.file("out.h5"));
  EXPECT_EQ(sweep->description, "second");
  EXPECT_EQ(sweep->runs.at(0).result.simulation_seconds, seconds) << "nothing was done again";
}

}  // namespace
}  // namespace edgesweep::testing
