// What the program of commit e91b80f left (results of format 4, checkpoints of format 3; see
// tests/data/README.md) is read and continued, and ends with the digest of that program.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "host/hdf5/hdf5_table_reader.h"
#include "host/results/checkpoint.h"
#include "host/results/results_file.h"
#include "host/results/results_format.h"
#include "tests/support/paths.h"
#include "tests/support/sample_results.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

namespace fs = std::filesystem;

/// As e91b80f ends it, whether or not it is interrupted.
constexpr const char* kDigest = "49c265591dcefda3261369013e72c64b4ba385f31d7013dc41152f7985e8564c";

class OlderFiles : public ::testing::Test {
 protected:
  OlderFiles() { fs::copy(kept_, folder_.path(), fs::copy_options::recursive); }

  Finished run(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"run", "sweep.json", "-o", "sweep.h5", "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return edgesweep_command(arguments, folder_.path());
  }
  void forget_checkpoints() const { fs::remove_all(checkpoint_folder(results_)); }

  const std::string kept_ = source_dir() + "/tests/data/format_4";
  const TemporaryFolder folder_;
  const std::string results_ = folder_.file("sweep.h5");
};

int64_t format_of(const std::string& path) {
  const Hdf5Silence silence;
  return read_integer_attribute(Hdf5Group::open(path), "format_version");
}

/// Null when it is not there.
const StoredRun* run_of(const StoredSweep& sweep, const std::string& id) {
  for (const StoredRun& run : sweep.runs)
    if (run.result.id == id) return &run;
  return nullptr;
}

/// Everything but the time it took.
void expect_same_but_seconds(RunResult a, const RunResult& b) {
  a.training_seconds = b.training_seconds;
  a.simulation_seconds = b.simulation_seconds;
  ASSERT_EQ(a.curve.size(), b.curve.size());
  for (size_t i = 0; i < a.curve.size(); ++i) a.curve[i].seconds = b.curve[i].seconds;
  expect_same(a, b);
}

TEST_F(OlderFiles, FinishedRunsAreWhatThisProgramComputes) {
  const StoredSweep old = *read_results(results_);
  ASSERT_EQ(format_of(results_), 4) << "the file was written anew by a later program";
  ASSERT_EQ(old.runs.size(), 2u);
  ASSERT_EQ(old.total_runs, 4);
  ASSERT_EQ(run({"--force"}).exit_code, 0);
  const StoredSweep fresh = *read_results(results_);
  for (const StoredRun& before : old.runs) {
    EXPECT_EQ(before.result.policies.size(), 7u);
    EXPECT_FALSE(before.result.weights.empty() || before.result.best_weights.empty());
    EXPECT_EQ(before.result.curve.size(), 5u);
    EXPECT_EQ(before.result.traces.sequences, 1);
    EXPECT_FALSE(before.result.statistics.policies.empty());
    EXPECT_EQ(before.result.mdp_converged, 1);
    const StoredRun* now = run_of(fresh, before.result.id);
    ASSERT_NE(now, nullptr) << "run " << before.result.id << " has another id today";
    for (const auto& [name, text] : before.config.columns())  // settings added since make more
      EXPECT_EQ(now->config.column(name), text) << name;
    expect_same_but_seconds(before.result, now->result);
  }
}

TEST_F(OlderFiles, AreShown) {
  const Finished shown = edgesweep_command({"show", "sweep.h5"}, folder_.path());
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_NE(shown.out.find("2 of 4 runs"), std::string::npos) << shown.out;
}

TEST_F(OlderFiles, AreVerified) {
  const Finished verified = edgesweep_command({"verify", "sweep.h5"}, folder_.path());
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

TEST_F(OlderFiles, GiveTheirNetworksToSimulations) {
  const std::string id = read_results(results_)->runs.at(0).result.id;
  const Finished simulated =
      edgesweep_command({"simulate", "sweep.h5", "--run", id, "sweep.json", "--set", "rate=[0.25]",
                         "--set", "seed=[1]", "-o", "again.h5"},
                        folder_.path());
  ASSERT_EQ(simulated.exit_code, 0) << simulated.err;
  const StoredSweep old = *read_results(results_);
  const StoredSweep again = *read_results(folder_.file("again.h5"));
  for (size_t p = 0; p < old.runs[0].result.policies.size(); ++p)
    EXPECT_EQ(again.runs.at(0).result.policies.at(p).loss, old.runs[0].result.policies[p].loss);
}

TEST_F(OlderFiles, ASweepIsContinuedFromItsResults) {
  forget_checkpoints();
  const StoredSweep old = *read_results(results_);
  const Finished finished = run();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(digest_of(results_), kDigest);
  EXPECT_EQ(format_of(results_), kResultsVersion);
  const StoredSweep whole = *read_results(results_);
  ASSERT_EQ(whole.runs.size(), 4u);
  for (const StoredRun& before : old.runs) {
    const StoredRun* now = run_of(whole, before.result.id);
    ASSERT_NE(now, nullptr);
    EXPECT_EQ(now->result.training_seconds, before.result.training_seconds)
        << "a finished run was executed again";
  }
}

TEST_F(OlderFiles, TrainingIsContinuedFromItsCheckpoints) {
  const std::vector<std::string> half_trained = checkpointed_runs(checkpoint_folder(results_));
  ASSERT_EQ(half_trained.size(), 2u);
  const Finished finished = run();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(digest_of(results_), kDigest);
  EXPECT_FALSE(fs::exists(checkpoint_folder(results_)));
  // The seconds of evaluations before the checkpoint are those of the older program.
  const std::map<std::string, double> first_seconds{{"7e656d5cd70a", 0.06169544799999996},
                                                    {"d924b33960d0", 0.02981159700000003}};
  const StoredSweep whole = *read_results(results_);
  for (const auto& [id, seconds] : first_seconds) {
    const StoredRun* now = run_of(whole, id);
    ASSERT_NE(now, nullptr);
    EXPECT_EQ(now->result.curve.at(1).seconds, seconds) << "trained from the beginning";
  }
}

TEST_F(OlderFiles, ASweepGrowsFromItsResultsAndCheckpointsAlsoWhenItsDatasetMoved) {
  const StoredSweep old = *read_results(results_);
  fs::create_directory(folder_.file("data"));
  fs::rename(folder_.file("images.npz"), folder_.file("data/moved.npz"));
  const std::vector<std::string> more = {
      "--set",
      "dataset=data/moved.npz",
      "--set",
      "seed=[1,2,3]",
      "--set",
      R"(policies=["weak","strong","lower_bound","baseline","mdp","dqn","clairvoyant","clairvoyant_metric"])"};
  const Finished grown = run(more);
  ASSERT_EQ(grown.exit_code, 0) << grown.err;
  const StoredSweep whole = *read_results(results_);
  ASSERT_EQ(whole.runs.size(), 6u);
  EXPECT_FALSE(fs::exists(checkpoint_folder(results_)));
  for (const StoredRun& before : old.runs)
    EXPECT_EQ(std::count_if(whole.runs.begin(), whole.runs.end(),
                            [&](const StoredRun& now) {
                              return now.result.training_seconds ==
                                         before.result.training_seconds &&
                                     now.result.weights == before.result.weights &&
                                     now.result.policies.size() == 8;
                            }),
              1)
        << "trained again";
  for (const double seconds : {0.06169544799999996, 0.02981159700000003})
    EXPECT_EQ(std::count_if(
                  whole.runs.begin(), whole.runs.end(),
                  [&](const StoredRun& now) { return now.result.curve.at(1).seconds == seconds; }),
              1)
        << "a checkpoint was not continued";
  std::vector<std::string> anew = more;
  anew.emplace_back("--force");
  ASSERT_EQ(run(anew).exit_code, 0);
  EXPECT_EQ(digest_of(results_), results_digest(whole));
}

}  // namespace
}  // namespace edgesweep::testing
