// `edgesweep compare` as a person uses it, on a small sweep and invented published losses.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "host/hdf5/hdf5_table_reader.h"
#include "host/results/ownership/ownership.h"
#include "host/results/results_file.h"
#include "tests/support/paths.h"
#include "tests/support/published_files.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

/// results/small.h5 of a small sweep (rates 0.1 and 0.25, depth 2) and published/fig.csv with what
/// it found at rate 0.1 minus `kShift`, and with a depth that it does not have.
class CompareCommand : public ::testing::Test {
 protected:
  CompareCommand() {
    write_bytes(folder_.file("small.json"), small_config(20));
    const Finished run = command({"run", "small.json"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    std::filesystem::create_directory(folder_.file("published"));
    write_bytes(folder_.file("published/trace.csv"), "step,metric\n0,1\n");
    const RunResult first = sweep().runs.at(0).result;
    weak_ = find_policy(first, Policy::weak)->loss;
    const double mdp = find_policy(first, Policy::mdp)->loss - kShift;
    const double dqn = find_policy(first, Policy::dqn)->loss - kShift;
    write_bytes(folder_.file("published/fig.csv"),
                kPublishedHeader + row(2, mdp, dqn, weak_) + row(3, 0.25, 0.25, weak_));
  }

  static std::string row(int depth, double mdp, double dqn, double weak) {
    const auto text = [](double number) { return nlohmann::json(number).dump(); };
    const std::string depth_text = std::to_string(depth);
    return "6,b,b," + depth_text + ",0.1," + depth_text + ",local_reset,0.1,0.1,periodic,95," +
           text(mdp) + "," + text(dqn) + ",0.0003," + text(weak) +
           ",2.2e-05,10000000,3.2e-05,1,of a test\n";
  }
  Finished command(const std::vector<std::string>& arguments) const {
    return edgesweep_command(arguments, folder_.path());
  }
  StoredSweep sweep() const { return *read_results(folder_.file("results/small.h5")); }

  static constexpr double kShift = 0.0002;
  double weak_ = 0;  ///< mean weak cost of the test images
  TemporaryFolder folder_;
};

TEST_F(CompareCommand, PrintsDifferencesAndKeepsThemInTheFile) {
  const std::string path = folder_.file("results/small.h5");
  const std::string digest = digest_of(path);
  const Finished text = command({"compare", "results/small.h5", "published"});
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "+0.000200  panel b, b 2")) << text.out;
  EXPECT_TRUE(contains(text.out, "dqn at most 0.0003 above the published loss: figure 6: 1 of 1"))
      << text.out;
  EXPECT_FALSE(contains(text.out, "mdp at most")) << text.out;  // it has no tolerance
  EXPECT_TRUE(contains(text.out, "\nof a test\n")) << text.out;
  EXPECT_TRUE(contains(text.out, "passed over: trace.csv")) << text.out;

  const Hdf5Group file = Hdf5Group::open(path);
  std::vector<Column> columns{
      {"curve", Texts{}, ""}, {"status", Texts{}, ""}, {"difference", Numbers{}, ""}};
  read_table(file, "comparison", columns);
  EXPECT_EQ(std::get<Texts>(columns[0].values),
            (Texts{"mdp", "mdp", "dqn", "dqn", "dqn_gain", "dqn_gain"}));
  EXPECT_EQ(std::get<Texts>(columns[1].values),
            (Texts{"compared", "absent", "compared", "absent", "compared", "absent"}));
  EXPECT_NEAR(std::get<Numbers>(columns[2].values)[2], kShift, 1e-12);
  EXPECT_NEAR(std::get<Numbers>(columns[2].values)[4], 0, 1e-12);  // both losses are shifted
  EXPECT_TRUE(file.has("comparison_summary"));

  // Everything else is as it was, and a run still knows the file.
  EXPECT_EQ(digest_of(path), digest);
  EXPECT_EQ(sweep().runs.size(), 2u);
  const Finished again = command({"run", "small.json"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(digest_of(path), digest);
}

TEST_F(CompareCommand, ADryRunLeavesTheFileAlone) {
  const std::string before = read_bytes(folder_.file("results/small.h5"));
  ASSERT_EQ(command({"compare", "results/small.h5", "published", "--dry-run"}).exit_code, 0);
  EXPECT_EQ(read_bytes(folder_.file("results/small.h5")), before);
}

TEST_F(CompareCommand, PrintsButWritesNothingWhileARunWritesTheFile) {
  const std::string before = read_bytes(folder_.file("results/small.h5"));
  const auto run = Ownership::take(folder_.file("results/small.h5"));
  const Finished text = command({"compare", "results/small.h5", "published"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_TRUE(contains(text.out, "+0.000200  panel b, b 2")) << text.out;
  EXPECT_TRUE(contains(text.err, "/comparison was not written: ")) << text.err;
  EXPECT_EQ(read_bytes(folder_.file("results/small.h5")), before);
}

TEST_F(CompareCommand, WritesForPrograms) {
  const Finished csv = command({"compare", "results/small.h5", "published", "--csv", "--dry-run"});
  EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), 7) << csv.out;
  EXPECT_TRUE(csv.out.starts_with("figure,panel,curve,")) << csv.out;
  const Finished lines =
      command({"compare", "results/small.h5", "published", "--csv", "--summary", "--dry-run"});
  EXPECT_EQ(std::count(lines.out.begin(), lines.out.end(), '\n'), 4) << lines.out;
  const auto json = nlohmann::json::parse(
      command({"compare", "results/small.h5", "published", "--json", "--dry-run"}).out);
  EXPECT_EQ(json.at("points").size(), 6u);
  EXPECT_TRUE(json.at("points")[1].at("ours").is_null());
  EXPECT_EQ(json.at("summary")[1].at("within_goal"), 1);
}

TEST_F(CompareCommand, SaysWhatItCannotCompare) {
  const Finished figure = command({"compare", "results/small.h5", "published", "--figure", "66"});
  EXPECT_EQ(figure.exit_code, 2);
  EXPECT_TRUE(contains(figure.err, "--figure: found \"66\"; allowed: 6")) << figure.err;
  EXPECT_EQ(command({"compare", "nothing.h5", "published"}).exit_code, 2);
  EXPECT_EQ(command({"compare", "results/small.h5", "nowhere"}).exit_code, 2);

  write_bytes(folder_.file("published/fig.csv"), kPublishedHeader + row(3, 0.25, 0.25, weak_));
  const Finished none = command({"compare", "results/small.h5", "published"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_TRUE(contains(none.err, "no run with the settings of a published point")) << none.err;
}

TEST_F(CompareCommand, TakesAnyTableOfSettingsAndLosses) {
  write_bytes(folder_.file("mine.csv"), "rate,dqn.width,baseline_loss\n0.25,12,0.2\n0.25,13,0.2\n");
  const auto json = nlohmann::json::parse(
      command({"compare", "results/small.h5", "mine.csv", "--json", "--dry-run"}).out);
  const nlohmann::json& points = json.at("points");
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].at("figure"), "mine");
  EXPECT_EQ(points[0].at("dqn_width"), 12);
  // The width concerns the DQN alone.
  for (const nlohmann::json& point : points) {
    EXPECT_EQ(point.at("run"), sweep().runs.at(1).result.id);
    EXPECT_DOUBLE_EQ(point.at("difference"),
                     find_policy(sweep().runs.at(1).result, Policy::baseline)->loss - 0.2);
  }
}

TEST_F(CompareCommand, NamesTheScriptThatMakesTablesOfThePaper) {
  const std::vector<std::vector<std::string>> older = {
      {"compare", "results/small.h5", source_dir() + "/experiments/published"},
      {"compare", "results/small.h5", source_dir() + "/experiments/published/fig6.csv"},
      {"compare", "results/small.h5", "published", "--weak-losses", "weak.csv"}};
  for (const std::vector<std::string>& arguments : older) {
    const Finished refused = command(arguments);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(contains(refused.err, "experiments/paper.py")) << refused.err;
    EXPECT_EQ(refused.out, "");
  }
}

TEST_F(CompareCommand, FindsTheLevelInTheDatasetWhereTheFileHasNoWeakPolicy) {
  ASSERT_EQ(command({"run", "small.json", "-o", "mdp.h5", "--set", "policies=[\"mdp\"]"}).exit_code,
            0);
  const Finished text = command({"compare", "mdp.h5", "published"});
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "+0.000200  panel b, b 2")) << text.out;
}

TEST_F(CompareCommand, LossesOfOtherTestImagesAreNotCompared) {
  write_bytes(folder_.file("published/fig.csv"),
              kPublishedHeader + row(2, 0.25, 0.25, weak_ + 0.001));
  const Finished text = command({"compare", "results/small.h5", "published", "--csv", "--dry-run"});
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_TRUE(contains(text.out, ",other level,")) << text.out;
  EXPECT_FALSE(contains(text.out, ",compared,")) << text.out;
}

}  // namespace
}  // namespace edgesweep::testing
