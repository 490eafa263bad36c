// Experiments of EdgeML-MDP as a person runs them.
#include <gtest/gtest.h>

#include <algorithm>

#include "host/results/results_file.h"
#include "tests/support/process.h"
#include "tests/support/small_config.h"

namespace edgesweep::testing {
namespace {

std::string config(const std::string& base, const std::string& sweep) {
  return R"({"name": "small", "base": {"dataset": ")" + std::string(EDGESWEEP_SOURCE_DIR) +
         R"(/experiments/datasets/imagenet_top5.h5", "metric_sequence": {"type": "iid"}, )" +
         R"("rules": "edgeml_mdp", "test": {"sequences": 5, "images": 3000}, )" + base +
         R"(}, "sweep": {)" + sweep + "}}";
}

std::string devices_config() {
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

TEST(EndToEndDevices, StrategiesOfManyDevices) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), devices_config());
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
TEST(EndToEndDevices, TheSameBitsAloneAndOnAnyThreads) {
  const TemporaryFolder folder;
  write_bytes(folder.file("small.json"), devices_config());
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

TEST(EndToEndDevices, StatisticsOfOneDeviceAndDeviations) {
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
