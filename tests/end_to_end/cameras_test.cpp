// Experiments of EdgeML-MDP as a person runs them.
#include <gtest/gtest.h>

#include <algorithm>

#include "host/results/results_file.h"
#include "tests/support/paths.h"
#include "tests/support/process.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

std::string config(const std::string& base, const std::string& sweep) {
  return R"({"name": "small", "base": {"dataset": ")" + testing::source_dir() +
         R"(/experiments/datasets/imagenet_top5.h5", "metric_sequence": {"type": "iid"}, )" +
         R"("rules": "edgeml_mdp", "test": {"sequences": 5, "images": 3000}, )" + base +
         R"(}, "sweep": {)" + sweep + "}}";
}

std::string cameras_config() {
  return config(R"("policies": ["weak", "lower_bound", "isolated", "hierarchical", "smart"],
    "devices": {"search": {"rates": [0.1, 0.15, 0.2, 0.3], "depths": [1, 2, 4],
                           "sequences": 20, "images": 2000}},
    "store": {"statistics": true}, "depth": 1)",
                R"("rate": [0.1, 0.15], "devices.count": [2, 5])");
}

const PolicyResult& policy_of(const RunResult& result, Policy policy) {
  for (const PolicyResult& row : result.policies)
    if (row.policy == policy) return row;
  throw std::runtime_error("no such policy");
}

TEST(EndToEndCameras, StrategiesOfManyCameras) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), cameras_config());
  const Finished run = edgesweep_command({"run", "small.json", "-o", "a.h5"}, folder.path());
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::optional<StoredSweep> sweep = read_results(folder.file("a.h5"));
  ASSERT_TRUE(sweep.has_value());
  ASSERT_EQ(sweep->runs.size(), 4u);
  for (const StoredRun& stored : sweep->runs) {
    const RunResult& result = stored.result;
    const double isolated = policy_of(result, Policy::isolated).loss;
    const double hierarchical = policy_of(result, Policy::hierarchical).loss;
    const double smart = policy_of(result, Policy::smart).loss;
    EXPECT_LT(hierarchical, isolated);
    EXPECT_LT(smart, hierarchical);
    EXPECT_LT(policy_of(result, Policy::lower_bound).loss, smart);
    EXPECT_LT(isolated, policy_of(result, Policy::weak).loss);
    EXPECT_FALSE(result.search.empty());
    ASSERT_EQ(result.statistics.policies.size(), 3u);
    EXPECT_EQ(result.statistics.policies[2].lost, 0) << "the smart switch loses nothing";
    EXPECT_GT(result.statistics.policies[1].lost, 0);
  }
  EXPECT_NE(run.out.find("hierarchical"), std::string::npos) << run.out;

  const Finished verify = edgesweep_command({"verify", "a.h5", "--sample", "0"}, folder.path());
  EXPECT_EQ(verify.exit_code, 0) << verify.out;
}

/// Whether the runs of a sweep are searched for together or one after another, and on how many
/// threads, changes nothing.
TEST(EndToEndCameras, TheSameBitsAloneAndOnAnyThreads) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), cameras_config());
  ASSERT_EQ(edgesweep_command({"run", "small.json", "-o", "a.h5", "--threads", "1"}, folder.path())
                .exit_code,
            0);
  ASSERT_EQ(
      edgesweep_command({"run", "small.json", "-o", "b.h5", "--threads", "3", "--isa", "baseline"},
                        folder.path())
          .exit_code,
      0);
  EXPECT_EQ(digest_of(folder.file("a.h5")), digest_of(folder.file("b.h5")));
  ASSERT_EQ(edgesweep_command({"run", "small.json", "-o", "c.h5", "--set", "rate=0.15", "--set",
                               "devices.count=5"},
                              folder.path())
                .exit_code,
            0);
  const StoredSweep all = *read_results(folder.file("a.h5"));
  const StoredSweep one = *read_results(folder.file("c.h5"));
  ASSERT_EQ(one.runs.size(), 1u);
  const auto same = std::find_if(all.runs.begin(), all.runs.end(), [&](const StoredRun& run) {
    return run.result.id == one.runs[0].result.id;
  });
  ASSERT_NE(same, all.runs.end());
  EXPECT_EQ(run_digest(*same, all.inputs), run_digest(one.runs[0], one.inputs));
}

std::string learned_config(const std::string& base) {
  return R"({"name": "small", "base": {"dataset": ")" + testing::source_dir() +
         R"(/experiments/datasets/imagenet_top5.h5", "metric_sequence": {"type": "iid"},
    "policies": ["weak", "hierarchical", "smart", "dqn"],
    "dqn": {"layers": 2, "width": 16, "mini_batches": 32, "evaluate_every": 10, "keep": "best",
            "schedule": [{"iterations": 60, "learning_rate": 0.002, "final_learning_rate": 1e-6,
                          "shape": "cosine"}],
            "training_sequences": {"sequences": 1, "images": 100},
            "validation": {"sequences": 10, "images": 2000}},
    "test": {"sequences": 20, "images": 5000}, "store": {"statistics": true}, )" +
         base + "}}";
}

const PolicyStatistics& statistics_of(const RunResult& result, Policy policy) {
  for (const PolicyStatistics& statistics : result.statistics.policies)
    if (statistics.policy == policy) return statistics;
  throw std::runtime_error("no such statistics");
}

/// It starts as hierarchical and is soon better. On twenty pairs of seeds and test seeds the gain
/// was 0.0011 on average with a standard deviation of 0.0002; never below 0.0007.
TEST(EndToEndCameras, ALearnedFleetBeatsTheHierarchicalOne) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"),
              learned_config(R"("rate": 0.25, "depth": 1, "devices": {"count": 4, "search": {
                "rates": [0.25, 0.3], "depths": [4, 10], "sequences": 10, "images": 3000}})"));
  ASSERT_EQ(edgesweep_command({"run", "small.json", "-o", "a.h5", "--threads", "1"}, folder.path())
                .exit_code,
            0);
  const Finished other = edgesweep_command(
      {"run", "small.json", "-o", "b.h5", "--threads", "2", "--isa", "baseline"}, folder.path());
  ASSERT_EQ(other.exit_code, 0) << other.err;
  EXPECT_NE(other.out.find("dqn_loss"), std::string::npos) << other.out;
  EXPECT_EQ(digest_of(folder.file("a.h5")), digest_of(folder.file("b.h5")));
  const RunResult result = read_results(folder.file("a.h5"))->runs.at(0).result;
  EXPECT_LT(policy_of(result, Policy::dqn).loss,
            policy_of(result, Policy::hierarchical).loss - 0.0003);
  EXPECT_LT(policy_of(result, Policy::smart).loss, policy_of(result, Policy::dqn).loss);
  EXPECT_GT(statistics_of(result, Policy::dqn).lost, 0);
  EXPECT_EQ(result.layer_sizes, (std::vector<int32_t>{14, 16, 16, 2}));
  EXPECT_EQ(edgesweep_command({"verify", "a.h5", "--sample", "0"}, folder.path()).exit_code, 0);

  const Finished elsewhere =
      edgesweep_command({"simulate", "a.h5", "--run", result.id, "small.json", "-o", "c.h5",
                         "--set", "devices.count=3", "--set", R"(policies=["weak","dqn"])"},
                        folder.path());
  ASSERT_EQ(elsewhere.exit_code, 0) << elsewhere.err;
  const RunResult three = read_results(folder.file("c.h5"))->runs.at(0).result;
  EXPECT_LT(policy_of(three, Policy::dqn).loss, policy_of(three, Policy::weak).loss - 0.1);
  const Finished alone =
      edgesweep_command({"simulate", "a.h5", "--run", result.id, "small.json", "--set",
                         "devices.count=1", "--set", R"(policies=["dqn"])"},
                        folder.path());
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_NE(alone.err.find("is one of many cameras"), std::string::npos) << alone.err;
}

/// 0.98 tokens for every image and as many images to keep as are no use to offload.
TEST(EndToEndCameras, ALearnedFleetWhoseSwitchNeverRunsShortLosesNothing) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"),
              learned_config(R"("rate": 0.98, "depth": 20, "devices": {"count": 2, "search": {
                "rates": [0.98], "depths": [20], "sequences": 1, "images": 1000}})"));
  const Finished run = edgesweep_command({"run", "small.json", "-o", "a.h5"}, folder.path());
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const RunResult result = read_results(folder.file("a.h5"))->runs.at(0).result;
  EXPECT_EQ(statistics_of(result, Policy::dqn).lost, 0);
  EXPECT_GT(policy_of(result, Policy::dqn).offload_rate, 0.5);
}

TEST(EndToEndCameras, StatisticsOfOneCameraAndDeviations) {
  const TemporaryFolder folder;
  write_bytes(
      folder.file("small.json"),
      config(R"("policies": ["baseline", "mdp"], "store": {"statistics": true}, "depth": 2)",
             R"("training_deviation": [-25, 0, 25])"));
  const Finished run = edgesweep_command({"run", "small.json", "-o", "a.h5"}, folder.path());
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const StoredSweep sweep = *read_results(folder.file("a.h5"));
  ASSERT_EQ(sweep.runs.size(), 3u);
  for (const StoredRun& stored : sweep.runs) {
    ASSERT_EQ(stored.result.statistics.policies.size(), 2u);
    EXPECT_EQ(stored.result.statistics.draws_by_rank.size(), 16667u);
  }
  const auto mdp_loss = [&](size_t run_number) {
    return policy_of(sweep.runs[run_number].result, Policy::mdp).loss;
  };
  EXPECT_LT(mdp_loss(1), mdp_loss(0));
  EXPECT_LT(mdp_loss(1), mdp_loss(2));
}

}  // namespace
}  // namespace edgesweep::testing
