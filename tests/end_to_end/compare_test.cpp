// `edgesweep compare` as a person uses it, on a small sweep and invented published losses.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "host/hdf5/hdf5_table_reader.h"
#include "host/results/ownership/ownership.h"
#include "host/results/policies.h"
#include "tests/support/published_files.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr double kWeakLoss = 0.2997782;  ///< of the published sequence

/// results/small.h5 of a small sweep (rates 0.1 and 0.25, depth 2) and published/fig.csv with what
/// it found at rate 0.1 (at the published level) minus `shift`, and with a depth that it does not
/// have.
class CompareCommand : public ::testing::Test {
 protected:
  CompareCommand() {
    write_bytes(folder_.file("small.json"), small_config(20));
    const Finished run = command({"run", "small.json"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    std::filesystem::create_directory(folder_.file("published"));
    std::filesystem::create_directory(folder_.file("datasets"));
    write_bytes(folder_.file("datasets/sequence_weak_loss.csv"),
                "sequence,spread,rprob,weak_loss,standard_error\n"
                "local_reset,0.1,0.1,0.2997782,2.2e-05\n");
    write_bytes(folder_.file("published/trace.csv"), "step,metric\n0,1\n");
    std::string rows;
    const StoredRun run_of_first = sweep().runs.at(0);
    const double weak = find_policy(run_of_first.result, Policy::weak)->loss;
    for (const Policy policy : {Policy::mdp, Policy::dqn}) {
      const double loss = find_policy(run_of_first.result, policy)->loss + kWeakLoss - weak;
      rows += row(2, policy, loss - kShift) + row(3, policy, 0.25);
    }
    write_bytes(folder_.file("published/fig.csv"), kPublishedHeader + rows);
  }

  static std::string row(int depth, Policy policy, double loss) {
    return "6,b,0.1," + std::to_string(depth) + ",0.1,0.1,,,,,," + policy_name(policy) + ",b," +
           std::to_string(depth) + "," + nlohmann::json(loss).dump() + ",spread rprob\n";
  }
  Finished command(const std::vector<std::string>& arguments) const {
    return edgesweep_command(arguments, folder_.path());
  }
  StoredSweep sweep() const { return *read_results(folder_.file("results/small.h5")); }

  static constexpr double kShift = 0.0002;
  TemporaryFolder folder_;
};

TEST_F(CompareCommand, PrintsDifferencesAndKeepsThemInTheFile) {
  const std::string path = folder_.file("results/small.h5");
  const std::string digest = digest_of(path);
  const Finished text = command({"compare", "results/small.h5", "published"});
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "+0.000200  panel b, b 2")) << text.out;
  EXPECT_TRUE(contains(text.out, "figure 6: 1 of 1 (100.0 %)")) << text.out;
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

  write_bytes(folder_.file("published/fig.csv"), kPublishedHeader + row(3, Policy::mdp, 0.25));
  const Finished none = command({"compare", "results/small.h5", "published"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_TRUE(contains(none.err, "no run with the settings of a published point")) << none.err;
}

TEST_F(CompareCommand, FindsTheLevelInTheDatasetWhereTheFileHasNoWeakPolicy) {
  ASSERT_EQ(command({"run", "small.json", "-o", "mdp.h5", "--set", "policies=[\"mdp\"]"}).exit_code,
            0);
  const Finished text = command({"compare", "mdp.h5", "published"});
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "+0.000200  panel b, b 2")) << text.out;
}

}  // namespace
}  // namespace edgesweep::testing
