// Costs in another unit, by the commands: networks that are given, continued or checked keep the
// factor that their rewards were multiplied by, and what the factor cannot mend is said.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "host/data/dataset.h"
#include "host/results/results_file.h"
#include "tests/support/dataset_files.h"
#include "tests/support/paths.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

constexpr size_t kDqn = 5;  ///< its place among the policies of small_config

class CostScale : public ::testing::Test {
 protected:
  CostScale() { write_bytes(folder_.file("small.json"), small_config(30)); }

  /// The images of small_config, costs times `factor`.
  void write_costs(const std::string& name, double factor) const {
    const auto shipped =
        load_dataset(testing::source_dir() + "/experiments/datasets/imagenet_top5.h5");
    const auto times = [&](std::vector<double> costs) {
      for (double& cost : costs) cost *= factor;
      return costs;
    };
    write_hdf5(folder_.file(name), {{"metric_tr", shipped->training.raw_metric},
                                    {"wcost_tr", times(shipped->training.weak_cost)},
                                    {"scost_tr", times(shipped->training.strong_cost)},
                                    {"metric_ts", shipped->test.raw_metric},
                                    {"wcost_ts", times(shipped->test.weak_cost)},
                                    {"scost_ts", times(shipped->test.strong_cost)}});
  }

  Finished command(const std::vector<std::string>& arguments) const {
    return edgesweep_command(arguments, folder_.path());
  }
  Finished run(const std::string& output, const std::vector<std::string>& changes) const {
    std::vector<std::string> arguments = {"run", "small.json", "-o", output};
    for (const std::string& change : changes) arguments.insert(arguments.end(), {"--set", change});
    const Finished finished = command(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished;
  }
  StoredSweep results(const std::string& name) const { return *read_results(folder_.file(name)); }

  const TemporaryFolder folder_;
};

TEST_F(CostScale, SimulateTakesTheNetworksOwnFactor) {
  write_costs("costs.h5", 0x1p-6);
  run("shipped.h5", {"rate=0.1"});
  run("small.h5", {"rate=0.1", "dataset=costs.h5"});
  const RunResult shipped = results("shipped.h5").runs.at(0).result;
  const RunResult small = results("small.h5").runs.at(0).result;
  EXPECT_EQ(shipped.reward_factor, 1);
  EXPECT_EQ(small.reward_factor, 64);
  EXPECT_EQ(small.weights, shipped.weights);
  ASSERT_NE(shipped.policies[kDqn].loss, shipped.policies[0].loss);

  // Trained on either, tested on the other: the decisions are the same ones.
  const Finished up = command({"simulate", "small.h5", "--run", small.id, "small.json", "--set",
                               "rate=0.1", "-o", "up.h5"});
  ASSERT_EQ(up.exit_code, 0) << up.err;
  EXPECT_EQ(results("up.h5").runs.at(0).result.reward_factor, 64);
  EXPECT_EQ(results("up.h5").runs.at(0).result.policies[kDqn].loss, shipped.policies[kDqn].loss);
  const Finished down =
      command({"simulate", "shipped.h5", "--run", shipped.id, "small.json", "--set", "rate=0.1",
               "--set", "dataset=costs.h5", "-o", "down.h5"});
  ASSERT_EQ(down.exit_code, 0) << down.err;
  EXPECT_EQ(results("down.h5").runs.at(0).result.reward_factor, 1);
  EXPECT_EQ(results("down.h5").runs.at(0).result.policies[kDqn].loss, small.policies[kDqn].loss);
}

/// A file whose networks were trained on the rewards as they are, which is what files of format 4
/// are, ends as it began.
TEST_F(CostScale, AFileGoesOnWithTheFactorOfItsNetworks) {
  write_costs("costs.h5", 0x1p-6);
  run("new.h5", {"dataset=costs.h5"});
  const StoredSweep trained = results("new.h5");
  StoredSweep old = trained;
  ASSERT_EQ(old.runs.size(), 2u);
  old.runs[0].result.reward_factor = 1;
  old.runs.pop_back();
  write_results(folder_.file("old.h5"), old);

  const Finished finished = run("old.h5", {"dataset=costs.h5"});
  EXPECT_TRUE(contains(finished.err,
                       "edgesweep: note: the networks that are there were trained on "
                       "the rewards of "))
      << finished.err;
  EXPECT_TRUE(contains(finished.err,
                       "costs.h5 times 1, by an earlier version; a new training "
                       "would take them times 64. The runs that are left are trained "
                       "like the others; --force trains all of them again\n"))
      << finished.err;
  const StoredSweep ended = results("old.h5");
  ASSERT_EQ(ended.runs.size(), 2u);
  const RunResult& continued = ended.runs[1].result;
  EXPECT_EQ(continued.id, trained.runs[1].result.id);
  EXPECT_EQ(continued.reward_factor, 1);
  EXPECT_NE(continued.weights, trained.runs[1].result.weights);

  // Checked with the factor that the file names: the run of this program has its bits, the one that
  // was only said to be trained so has not.
  const Finished verify = command({"verify", "old.h5"});
  EXPECT_EQ(verify.exit_code, 1) << verify.err;
  EXPECT_TRUE(contains(verify.out, "1 of 2 runs have the bits of old.h5")) << verify.out;
  const Finished fresh = command({"verify", "new.h5"});
  EXPECT_EQ(fresh.exit_code, 0) << fresh.out;

  EXPECT_FALSE(contains(run("new.h5", {"dataset=costs.h5"}).err, "note"));
}

/// Checkpoints of format 3 know no factor.
TEST_F(CostScale, ACheckpointGoesOnWithItsFactor) {
  write_costs("costs.h5", 0x1p-6);
  const std::vector<std::string> arguments = {
      testing::program(),
      "run",
      "small.json",
      "-o",
      "out.h5",
      "--checkpoint-every",
      "0.05",
      "--set",
      "rate=0.1",
      "--set",
      "dataset=costs.h5",
      "--set",
      R"(dqn.schedule=[{"iterations": 40000, "learning_rate": 0.0001}])"};
  Process process(arguments, folder_.path());
  while (!std::filesystem::exists(folder_.file("out.h5.checkpoints")) && process.running())
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  process.signal(SIGINT);
  ASSERT_EQ(process.wait().exit_code, 130);
  bool relabelled = false;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.file("out.h5.checkpoints")))
    if (entry.path().string().ends_with(".checkpoint.h5")) {
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(std::string("edgesweep checkpoint ").size()));
      file.put('3');
      relabelled = true;
    }
  ASSERT_TRUE(relabelled);
  const Finished finished = command({arguments.begin() + 1, arguments.end()});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(results("out.h5").runs.at(0).result.reward_factor, 1);
}

TEST_F(CostScale, RunAndPlanSayWhereThePublishedRecipeWasMadeForOtherRewards) {
  write_costs("costs.h5", 0x1p-6);
  const std::string note =
      "costs.h5 have a standard deviation of 0.00697; dqn.recipe \"published\" takes them as they "
      "are and is made for about 0.4: costs times 64 suit it better, or dqn.recipe \"warm\", which "
      "multiplies them by itself\n";
  const auto plan = [&](const std::vector<std::string>& changes) {
    std::vector<std::string> arguments = {"plan", "small.json"};
    for (const std::string& change : changes) arguments.insert(arguments.end(), {"--set", change});
    const Finished finished = command(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.err;
  };
  const std::string published = "dqn.recipe=published";
  EXPECT_TRUE(contains(run("a.h5", {"rate=0.1", "dataset=costs.h5", published}).err, note));
  EXPECT_EQ(results("a.h5").runs.at(0).result.reward_factor, 1);
  EXPECT_TRUE(contains(plan({"dataset=costs.h5", published}), note));
  EXPECT_FALSE(contains(plan({"dataset=costs.h5"}), "note"));
  EXPECT_FALSE(contains(plan({published}), "note"));
  EXPECT_FALSE(
      contains(plan({"dataset=costs.h5", published, R"(policies=["weak", "mdp"])"}), "note"));
}

TEST_F(CostScale, RewardsThatNoNetworkLearnsAreRefusedBeforeAnyWork) {
  write_costs("zero.h5", 0);
  const Finished finished =
      command({"run", "small.json", "-o", "out.h5", "--set", "dataset=zero.h5"});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_TRUE(contains(finished.err,
                       "zero.h5: wcost_tr, scost_tr: found the same reward, 0, of "
                       "offloading each training image"))
      << finished.err;
  EXPECT_FALSE(std::filesystem::exists(folder_.file("out.h5")));
  run("out.h5", {"dataset=zero.h5", R"(policies=["weak", "baseline", "mdp"])"});
}

}  // namespace
}  // namespace edgesweep::testing
