#include "host/results/results_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "host/error.h"
#include "host/hdf5/hdf5_table_reader.h"
#include "tests/support/sample_results.h"

namespace edgesweep {
namespace {

using testing::expect_same;
using testing::sample_sweep;
using testing::TemporaryFolder;
using testing::with_paths;

std::string refusal_of_results(const std::string& path) {
  try {
    read_results(path);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

template <typename Values>
Values column(const std::string& path, const std::string& table, const std::string& name) {
  const Hdf5Silence silence;
  std::vector<Column> columns{{name, Values{}, ""}};
  read_table(Hdf5Group::open(path), table, columns);
  return std::get<Values>(columns[0].values);
}

TEST(ResultsFile, GivesBackEveryBit) {
  const TemporaryFolder folder;
  const StoredSweep sweep = sample_sweep();
  write_results(folder.file("a.h5"), sweep);
  const auto read = read_results(folder.file("a.h5"));
  ASSERT_TRUE(read.has_value());
  expect_same(sweep, *read);
}

TEST(ResultsFile, RewritingWhatWasReadGivesTheSameBytes) {
  const TemporaryFolder folder;
  write_results(folder.file("a.h5"), sample_sweep());
  write_results(folder.file("b.h5"), *read_results(folder.file("a.h5")));
  EXPECT_TRUE(testing::read_bytes(folder.file("a.h5")) == testing::read_bytes(folder.file("b.h5")));
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a.h5", "b.h5"}));
}

// Superblock version 2 is that of HDF5 1.8, whose chunk indexes are B-trees.
TEST(ResultsFile, IsInTheFormatThatOldReadersKnow) {
  const TemporaryFolder folder;
  write_results(folder.file("a.h5"), sample_sweep());
  EXPECT_EQ(testing::read_bytes(folder.file("a.h5"))[8], 2);
}

TEST(ResultsFile, KeepsASweepWithoutFinishedRuns) {
  const TemporaryFolder folder;
  StoredSweep sweep;
  sweep.total_runs = 3;
  write_results(folder.file("a.h5"), sweep);
  expect_same(sweep, *read_results(folder.file("a.h5")));
}

TEST(ResultsFile, KeepsConfigsLongerThanAnHdf5HeaderMessage) {
  const TemporaryFolder folder;
  StoredSweep sweep = sample_sweep();
  sweep.resolved_json = "{\"list\":\"" + std::string(300000, 'x') + "\"}";
  sweep.runs[0].config = RunConfig(sweep.resolved_json, sweep.runs[0].config.columns());
  write_results(folder.file("a.h5"), sweep);
  expect_same(sweep, *read_results(folder.file("a.h5")));
}

TEST(ResultsFile, KeepsTracesLongerThanAChunk) {
  const TemporaryFolder folder;
  StoredSweep sweep = sample_sweep();
  RunTraces& traces = sweep.runs[0].result.traces;
  traces.sequences = 2;
  traces.images = 700001;
  for (int64_t i = 0; i < traces.sequences * traces.images; ++i) {
    traces.index.push_back(static_cast<int32_t>(i % 1000));
    traces.metric.push_back(static_cast<float>(i));
    traces.gap.push_back(1);
  }
  write_results(folder.file("a.h5"), sweep);
  expect_same(sweep, *read_results(folder.file("a.h5")));
}

TEST(ResultsFile, IsAbsentWhenThereIsNoFile) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_results(folder.file("none.h5")).has_value());
  EXPECT_FALSE(read_results(folder.file("no_folder/none.h5")).has_value());
}

TEST(ResultsFile, ColumnsAreTypedByTheirSettings) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  write_results(path, sample_sweep());
  EXPECT_EQ(column<Numbers>(path, "runs", "depth"), (Numbers{4, 4, 4, 2.5, 2.5, 2.5}));
  EXPECT_EQ(column<Unsigned>(path, "runs", "seed"),
            (Unsigned{1, 2, 3, 1, 2, 18446744073709551615u}));
  EXPECT_EQ(column<Integers>(path, "runs", "store_weights"), (Integers{1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(column<Texts>(path, "runs", "metric_sequence_type").at(0), "iid");
  EXPECT_TRUE(std::isnan(column<Numbers>(path, "runs", "arrivals_p_12").at(0)));
  EXPECT_EQ(column<Numbers>(path, "runs", "arrivals_p_12").at(3), 0.001);
  EXPECT_EQ(column<Texts>(path, "runs", "status").at(4), "failed");
}

TEST(ResultsFile, PolicyColumnsAreNanWhereThePolicyDidNotRun) {
  const TemporaryFolder folder;
  write_results(folder.file("a.h5"), sample_sweep());
  const Numbers loss = column<Numbers>(folder.file("a.h5"), "runs", "dqn_loss");
  EXPECT_EQ(loss[1], 0.18);
  EXPECT_TRUE(std::isnan(loss[4]) && std::isnan(loss[5]));
  EXPECT_EQ(column<Numbers>(folder.file("a.h5"), "runs", "baseline_loss").at(5), 0.22);
}

TEST(ResultsFile, SummaryIsOverSeedsOfDoneRuns) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  write_results(path, sample_sweep());
  // Groups: depth 4 (seeds 1, 2, 3), then depth 2.5 (seed 1 and the run without DQN); the failed
  // run is in none.
  EXPECT_EQ(column<Texts>(path, "summary", "policy"),
            (Texts{"weak", "mdp", "dqn", "weak", "baseline", "mdp", "dqn"}));
  EXPECT_EQ(column<Numbers>(path, "summary", "depth"), (Numbers{4, 4, 4, 2.5, 2.5, 2.5, 2.5}));
  EXPECT_EQ(column<Integers>(path, "summary", "seeds"), (Integers{3, 3, 3, 1, 1, 2, 1}));
  EXPECT_EQ(column<Numbers>(path, "summary", "loss_mean").at(2), (0.19 + 0.18 + 0.185) / 3);
  // Both ends are means of three values between 0.18 and 0.19, rounded three times.
  EXPECT_GE(column<Numbers>(path, "summary", "loss_low").at(2), 0.18 - 1e-15);
  EXPECT_LE(column<Numbers>(path, "summary", "loss_high").at(2), 0.19 + 1e-15);
  EXPECT_TRUE(std::isnan(column<Numbers>(path, "summary", "loss_low").at(3)));
  EXPECT_NEAR(column<Numbers>(path, "summary", "loss_mean_low").at(2), 0.18, 1e-15);
  EXPECT_NEAR(column<Numbers>(path, "summary", "loss_mean_high").at(2), 0.19, 1e-15);
  EXPECT_TRUE(std::isnan(column<Numbers>(path, "summary", "improvement").at(1)));  // the MDP itself
  EXPECT_EQ(column<Numbers>(path, "summary", "improvement").at(0), 0);  // weak: 0.25 above 0.2
  EXPECT_EQ(column<Numbers>(path, "summary", "improvement").at(2), 1);
  EXPECT_EQ(column<Numbers>(path, "summary", "improvement_low").at(2), 1);
}

TEST(ResultsFile, ThresholdsAreListedByTokens) {
  const TemporaryFolder folder;
  StoredSweep sweep = sample_sweep();
  sweep.runs.resize(1);
  write_results(folder.file("a.h5"), sweep);
  EXPECT_EQ(column<Integers>(folder.file("a.h5"), "policies", "units"), (Integers{10, 11, 12}));
  EXPECT_EQ(column<Numbers>(folder.file("a.h5"), "policies", "tokens"), (Numbers{1, 1.1, 1.2}));
}

TEST(ResultsDigest, LeavesOutSecondsHostAndOrder) {
  const StoredSweep sweep = sample_sweep();
  StoredSweep other = sweep;
  other.runs[0].result.training_seconds = 99;
  other.runs[0].result.simulation_seconds = 99;
  other.runs[0].result.curve[1].seconds = 99;
  other.version = other.backend = other.device = other.config_path = other.dataset = "elsewhere";
  other.name = other.description = other.dataset_sha256 = "another";
  other.total_runs = 1000;
  other.runs[0].result.mdp_converged = 0;  // older programs do not store it
  std::swap(other.runs[0], other.runs[3]);
  EXPECT_EQ(results_digest(sweep), results_digest(other));
}

TEST(ResultsDigest, SeesEveryBitOfAResult) {
  const StoredSweep sweep = sample_sweep();
  const std::string digest = results_digest(sweep);
  const auto changed = [&](auto change) {
    StoredSweep other = sweep;
    change(other);
    return results_digest(other) != digest;
  };
  using Sweep = StoredSweep&;
  EXPECT_TRUE(changed([](Sweep s) { s.resolved_json.insert(1, R"("extra":{},)"); }));
  EXPECT_TRUE(changed([](Sweep s) { s.inputs[0].sha256[0] = 'b'; }));
  EXPECT_TRUE(changed([](Sweep s) { s.inputs[1].sha256[0] = 'a'; }));
  EXPECT_TRUE(changed([](Sweep s) { s.math = "fast"; }));
  EXPECT_TRUE(changed([](Sweep s) { s.runs.pop_back(); }));
  EXPECT_TRUE(changed([](Sweep s) {
    std::string json = s.runs[0].config.json();
    json.insert(1, R"("width":8,)");
    s.runs[0].config = RunConfig(json, s.runs[0].config.columns());
  }));
  EXPECT_TRUE(
      changed([](Sweep s) { s.runs[0].result.policies[2].loss = std::nextafter(0.19, 1); }));
  EXPECT_TRUE(changed([](Sweep s) { s.runs[0].result.policies[0].loss_se = -0.0; }));
  EXPECT_TRUE(changed([](Sweep s) { s.runs[0].result.curve[0].mean_squared_error = 0; }));
  EXPECT_TRUE(changed([](Sweep s) { s.runs[0].result.weights[1] = 0.0f; }));
  EXPECT_TRUE(changed([](Sweep s) { s.runs[0].result.reward_factor = 2; }));
  EXPECT_TRUE(changed([](Sweep s) { s.runs[0].result.mdp_threshold.pop_back(); }));
  EXPECT_TRUE(changed([](Sweep s) { s.runs[1].result.traces.policies[0].offload[0] = 1; }));
  EXPECT_TRUE(changed([](Sweep s) { s.runs[4].result.failure += "."; }));
}

TEST(ResultsDigest, KnowsInputFilesByContentAndConfigsWithoutTheirTexts) {
  const StoredSweep sweep = sample_sweep();
  StoredSweep moved = sweep;
  moved.resolved_json = with_paths("elsewhere/d.npz", "g.h5", "called otherwise");
  for (StoredRun& run : moved.runs) {
    std::string json = run.config.json();
    json.replace(json.find("data/größe.npz"), std::string("data/größe.npz").size(),
                 "elsewhere/d.npz");
    run.config = RunConfig(json, run.config.columns());
    run.result.id += "1";  // ids hang on the paths
  }
  moved.inputs[0].path = "elsewhere/d.npz";
  moved.inputs[1].path = "g.h5";
  EXPECT_EQ(results_digest(moved), results_digest(sweep));
  std::swap(moved.inputs[0].sha256, moved.inputs[1].sha256);
  EXPECT_NE(results_digest(moved), results_digest(sweep)) << "the files have changed places";
}

TEST(ResultsDigest, IsStoredWithTheFile) {
  const TemporaryFolder folder;
  write_results(folder.file("a.h5"), sample_sweep());
  const Hdf5Group file = Hdf5Group::open(folder.file("a.h5"));
  EXPECT_EQ(read_text_attribute(file, "digest"), results_digest(sample_sweep()));
  EXPECT_EQ(read_integer_attribute(file, "finished_runs"), 6);
}

TEST(ResultsFile, RefusesOtherFiles) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("text.h5")) << "not HDF5";
  std::ofstream(folder.file("empty.h5")).flush();
  EXPECT_NE(refusal_of_results(folder.path()).find("a folder"), std::string::npos);
  EXPECT_NE(refusal_of_results(folder.file("text.h5")).find(folder.file("text.h5")),
            std::string::npos);
  EXPECT_NE(refusal_of_results(folder.file("text.h5")).find("a results file of edgesweep run"),
            std::string::npos);
  EXPECT_NE(refusal_of_results(folder.file("empty.h5")).find("a results file of edgesweep run"),
            std::string::npos);
  Hdf5Handle foreign(
      H5Fcreate(folder.file("foreign.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
      H5Fclose, "foreign.h5");
  foreign.close("foreign.h5");
  EXPECT_NE(refusal_of_results(folder.file("foreign.h5")).find("another kind of HDF5 file"),
            std::string::npos);
}

/// Opens a written file with HDF5 alone and changes something, as another program may.
template <typename Change>
void tamper(const std::string& path, Change change) {
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, path);
  change(file.get());
  file.close(path);
}

/// Calls a file one of another format.
void call_format(const std::string& path, int64_t version) {
  tamper(path, [&](hid_t file) {
    ASSERT_GE(H5Adelete(file, "format_version"), 0);
    write_integer_attribute(file, "format_version", version);
  });
}

TEST(ResultsFile, RefusesFormatsThatItDoesNotKnow) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  write_results(path, sample_sweep());
  call_format(path, 6);
  EXPECT_NE(
      refusal_of_results(path).find("found 6; allowed: 4 to 5; the file is from a newer program"),
      std::string::npos)
      << refusal_of_results(path);
  call_format(path, 3);
  EXPECT_NE(
      refusal_of_results(path).find("found 3; allowed: 4 to 5; the file is from an older program"),
      std::string::npos)
      << refusal_of_results(path);
}

/// Format 4 has no mdp_converged.
TEST(ResultsFile, ReadsFormat4AndTellsConvergenceByTheSweeps) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  StoredSweep sweep = sample_sweep();
  const std::vector<std::pair<int64_t, int32_t>> cases{{0, -1},      {1, 1},      {9'999, 1},
                                                       {10'000, -1}, {10'016, 1}, {10'000'000, -1}};
  ASSERT_EQ(sweep.runs.size(), cases.size());
  for (size_t i = 0; i < cases.size(); ++i) {
    sweep.runs[i].result.mdp_sweeps = cases[i].first;
    sweep.runs[i].result.mdp_converged = cases[i].second;
  }
  write_results(path, sweep);
  // So the checksum is that of a file without the column.
  call_format(path, 4);
  expect_same(sweep, *read_results(path));
  sweep.runs[3].result.mdp_converged = 0;
  write_results(path, sweep);
  call_format(path, 4);
  EXPECT_NE(refusal_of_results(path).find("checksum"), std::string::npos)
      << "a file of format 5 called one of format 4: " << refusal_of_results(path);
}

/// Nor has it reward_factor: its networks were trained on the rewards as they were.
TEST(ResultsFile, KeepsRewardFactorsBesideTheWeightsAndReads1FromFormat4) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  StoredSweep sweep = sample_sweep();
  for (StoredRun& run : sweep.runs)  // what format 4 means
    run.result.mdp_converged = run.result.mdp_sweeps > 0 ? 1 : -1;
  write_results(path, sweep);
  call_format(path, 4);
  EXPECT_EQ(read_results(path)->runs[1].result.reward_factor, 1);
  sweep.runs[1].result.reward_factor = 0x1p-13;
  write_results(path, sweep);
  expect_same(sweep, *read_results(path));
  {
    const Hdf5Group weights = Hdf5Group::open(path).group("weights");
    const Hdf5Group run = weights.group(sweep.runs[1].result.id);
    EXPECT_EQ(read_number_attribute(run, "reward_factor"), 0x1p-13);
  }
  call_format(path, 4);
  EXPECT_NE(refusal_of_results(path).find("checksum"), std::string::npos)
      << refusal_of_results(path);
}

TEST(ResultsFile, RefusesAChangedConvergence) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  write_results(path, sample_sweep());
  tamper(path, [](hid_t file) {
    const Hdf5Handle runs(H5Dopen2(file, "runs", H5P_DEFAULT), H5Dclose, "runs");
    const Hdf5Handle one(H5Tcreate(H5T_COMPOUND, sizeof(int64_t)), H5Tclose, "type");
    ASSERT_GE(H5Tinsert(one.get(), "mdp_converged", 0, H5T_NATIVE_INT64), 0);
    const std::vector<int64_t> converged(6, 1);
    ASSERT_GE(H5Dwrite(runs.get(), one.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, converged.data()), 0);
  });
  EXPECT_NE(refusal_of_results(path).find("checksum"), std::string::npos)
      << refusal_of_results(path);
}

TEST(ResultsFile, RefusesAChangedNumber) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  write_results(path, sample_sweep());
  tamper(path, [](hid_t file) {
    const Hdf5Handle runs(H5Dopen2(file, "runs", H5P_DEFAULT), H5Dclose, "runs");
    const Hdf5Handle one(H5Tcreate(H5T_COMPOUND, sizeof(double)), H5Tclose, "type");
    ASSERT_GE(H5Tinsert(one.get(), "training_seconds", 0, H5T_NATIVE_DOUBLE), 0);
    const std::vector<double> seconds(6, 1.0);
    ASSERT_GE(H5Dwrite(runs.get(), one.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, seconds.data()), 0);
  });
  EXPECT_NE(refusal_of_results(path).find("checksum"), std::string::npos)
      << refusal_of_results(path);
}

TEST(ResultsFile, NamesAMissingTable) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  write_results(path, sample_sweep());
  tamper(path, [](hid_t file) { ASSERT_GE(H5Ldelete(file, "curves", H5P_DEFAULT), 0); });
  EXPECT_NE(refusal_of_results(path).find("/curves"), std::string::npos)
      << refusal_of_results(path);
}

TEST(ResultsFile, AllowsTablesOfOthersBesideIts) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  write_results(path, sample_sweep());
  tamper(path, [](hid_t file) { create_group(file, "my_analysis"); });
  expect_same(sample_sweep(), *read_results(path));
}

TEST(ResultsFile, RefusesTwoRunsOfOneId) {
  const TemporaryFolder folder;
  StoredSweep sweep = sample_sweep();
  sweep.runs[1].result.id = sweep.runs[0].result.id;
  EXPECT_THROW(write_results(folder.file("a.h5"), sweep), std::invalid_argument);
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace edgesweep
