// Results, configs and datasets that lie elsewhere than when the sweep ran.
#include <gtest/gtest.h>

#include <filesystem>

#include "host/error.h"
#include "host/results/results_file.h"
#include "tests/support/dataset_files.h"
#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

namespace fs = std::filesystem;

/// project/configs/small.json reads project/data/images.h5; project/results/small.h5 was made from
/// within project.
class MovedFiles : public ::testing::Test {
 protected:
  MovedFiles() {
    for (const char* name : {"project", "project/configs", "project/data", "elsewhere"})
      fs::create_directory(folder_.file(name));
    const std::string dataset = source_dir() + "/experiments/datasets/imagenet_top5.h5";
    fs::copy(dataset, folder_.file("project/data/images.h5"));
    write_bytes(folder_.file("project/configs/small.json"),
                replaced(small_config(10), dataset, "../data/images.h5"));
    expect_success(in("project", {"run", "configs/small.json"}));
  }

  Finished in(const std::string& folder, const std::vector<std::string>& arguments) const {
    return edgesweep_command(arguments, folder_.file(folder));
  }
  static void expect_success(const Finished& command) {
    EXPECT_EQ(command.exit_code, 0) << command.err;
  }
  static void expect_refusal(const Finished& command, const std::vector<std::string>& parts) {
    EXPECT_EQ(command.exit_code, 2) << command.out << command.err;
    for (const std::string& part : parts)
      EXPECT_NE(command.err.find(part), std::string::npos)
          << "no \"" << part << "\" in " << command.err;
  }
  std::string first_run() const {
    return read_results(folder_.file("project/results/small.h5"))->runs.at(0).result.id;
  }

  const TemporaryFolder folder_;
};

TEST_F(MovedFiles, VerifyFindsTheDatasetFromAnyFolder) {
  expect_success(in("elsewhere", {"verify", "../project/results/small.h5", "--sample", "1"}));
  expect_success(in("project/results", {"verify", "small.h5", "--sample", "1"}));
  fs::rename(folder_.file("project"), folder_.file("elsewhere/moved"));
  expect_success(in("elsewhere", {"verify", "moved/results/small.h5", "--sample", "1"}));
}

TEST_F(MovedFiles, VerifySaysWhichSettingOfWhichRunWantsAFile) {
  fs::rename(folder_.file("project/data"), folder_.file("elsewhere/data"));
  expect_refusal(in("project", {"verify", "results/small.h5", "--sample", "1"}),
                 {"results/small.h5: run " + first_run() + ", dataset: found",
                  "\"../data/images.h5\", which is not in configs, "});
  // The config's new folder leads to it.
  fs::create_directory(folder_.file("elsewhere/configs"));
  fs::copy(folder_.file("project/configs/small.json"),
           folder_.file("elsewhere/configs/small.json"));
  expect_success(in("project", {"verify", "results/small.h5", "--sample", "1", "--config",
                                "../elsewhere/configs/small.json"}));
}

TEST_F(MovedFiles, VerifyPassesOverAFileOfAnotherContent) {
  // From here, the config's folder leads to it first.
  fs::create_directory(folder_.file("elsewhere/data"));
  write_npz(folder_.file("elsewhere/data/images.h5"), npy_entries(small_dataset()));
  expect_success(in("elsewhere", {"verify", "../project/results/small.h5", "--sample", "1"}));
  fs::remove_all(folder_.file("project/data"));
  fs::rename(folder_.file("elsewhere/data"), folder_.file("project/data"));
  expect_refusal(in("project", {"verify", "results/small.h5", "--sample", "1"}),
                 {"run " + first_run() + ", dataset", "with another content (data/images.h5)"});
}

TEST_F(MovedFiles, VerifyReadsTheConfigAndRefusesAnother) {
  const std::string path = folder_.file("elsewhere/other.json");
  const std::string config = read_bytes(folder_.file("project/configs/small.json"));
  write_bytes(path, replaced(config, R"("depth": 2)", R"("depth": 3)"));
  const std::vector<std::string> verify = {"verify", "results/small.h5", "--sample",
                                           "1",      "--config",         "../elsewhere/other.json"};
  expect_refusal(in("project", verify),
                 {"../elsewhere/other.json", "another config than that of results/small.h5",
                  "depth was 2 and is 3"});
  std::vector<std::string> changed = verify;
  changed.insert(changed.end(), {"--set", "depth=2"});
  expect_success(in("project", changed));
  write_bytes(path, "{");
  expect_refusal(in("project", verify), {"other.json"});
  expect_refusal(in("project", {"verify", "results/small.h5", "--set", "depth=2"}), {"--config"});
}

TEST_F(MovedFiles, SimulateFindsTheTrainedDatasetAndSaysWhoseIsMissing) {
  const std::vector<std::string> after_states = {"--set", "dqn.outputs=after_states",
                                                 "--set", "dqn.reward_smoothing=0.02",
                                                 "--set", "rate=0.1"};
  std::vector<std::string> run = {"run", "configs/small.json", "-o", "trained.h5"};
  run.insert(run.end(), after_states.begin(), after_states.end());
  expect_success(in("project", run));
  const std::string id = read_results(folder_.file("project/trained.h5"))->runs.at(0).result.id;
  std::vector<std::string> simulate = {"simulate", "../project/trained.h5",         "--run",
                                       id,         "../project/configs/small.json", "-o",
                                       "out.h5"};
  simulate.insert(simulate.end(), after_states.begin(), after_states.end());
  expect_success(in("elsewhere", simulate));

  fs::copy(folder_.file("project/configs/small.json"), folder_.file("elsewhere/small.json"));
  simulate[4] = "small.json";
  expect_refusal(
      in("elsewhere", simulate),
      {"../data/images.h5: found no such file; allowed: the dataset of run ", " of small.json"});
  // All of it lies elsewhere, with the results in the config's folder.
  fs::rename(folder_.file("project/data"), folder_.file("elsewhere/data"));
  fs::create_directory(folder_.file("elsewhere/deeper"));
  fs::rename(folder_.file("project/trained.h5"), folder_.file("elsewhere/deeper/trained.h5"));
  fs::rename(folder_.file("elsewhere/small.json"), folder_.file("elsewhere/deeper/small.json"));
  simulate[1] = "trained.h5";
  expect_success(in("elsewhere/deeper", simulate));
}

TEST_F(MovedFiles, RunSaysWhichSettingOfWhichRunWantsAFile) {
  fs::remove(folder_.file("project/data/images.h5"));
  expect_refusal(
      in("project", {"run", "configs/small.json", "-o", "new.h5"}),
      {"data/images.h5: found no such file", "the dataset of run rate 0.1", "configs/small.json"});
}

TEST_F(MovedFiles, TheAttributeNamesEveryDataset) {
  fs::copy(folder_.file("project/data/images.h5"), folder_.file("project/data/more.h5"));
  expect_success(in("project", {"run", "configs/small.json", "-o", "two.h5", "--set",
                                R"(dataset=["../data/images.h5","../data/more.h5"])", "--set",
                                R"(policies=["weak"])"}));
  const StoredSweep two = *read_results(folder_.file("project/two.h5"));
  EXPECT_EQ(two.runs.size(), 4u);
  EXPECT_EQ(two.dataset, "data/images.h5, data/more.h5");
  EXPECT_EQ(two.dataset_sha256, two.inputs[0].sha256 + " " + two.inputs[1].sha256);
}

TEST_F(MovedFiles, CompareFindsThePublishedLossesBesideTheProgram) {
  const std::vector<std::string> compare = {"compare", "../project/results/small.h5", "--dry-run"};
  const Finished found = in("elsewhere", compare);
  EXPECT_EQ(found.err.find("experiments/published/at_our_level here"), std::string::npos)
      << found.err;
  // A copy of the program with nothing beside it.
  fs::copy(testing::program(), folder_.file("elsewhere/copy"));
  const Finished copy =
      Process({folder_.file("elsewhere/copy"), "compare", "../project/results/small.h5"},
              folder_.file("elsewhere"))
          .wait();
  expect_refusal(copy,
                 {"TABLES", "no experiments/published/at_our_level here, nor next to the program",
                  "edgesweep compare FILE.h5 TABLES"});
  fs::create_directories(folder_.file("elsewhere/experiments/published/at_our_level"));
  const Finished own = in("elsewhere", compare);
  EXPECT_NE(own.err.find("experiments/published/at_our_level: found no CSV file"),
            std::string::npos)
      << own.err;
}

}  // namespace
}  // namespace edgesweep::testing
