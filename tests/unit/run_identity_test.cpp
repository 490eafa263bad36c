#include <gtest/gtest.h>

#include "host/config/json_text.h"
#include "host/session/run_matching.h"
#include "host/sweep/expand.h"
#include "host/sweep/join.h"
#include "tests/support/files.h"

namespace edgesweep {
namespace {

const std::vector<InputHash> kInputs = {{"a.npz", "aa"},    {"./a.npz", "aa"},  {"index.h5", "bb"},
                                        {"train.h5", "cc"}, {"other.h5", "dd"}, {"gap.h5", "ee"}};

Json settings(const std::string& policies) {
  return {{"dataset", "a.npz"},
          {"rate", 0.1},
          {"depth", 2},
          {"policies", Json::parse(policies)},
          {"metric_sequence",
           {{"type", "replay"}, {"file", "index.h5"}, {"training_file", "train.h5"}}}};
}

RunIdentity identity(Json changed) {
  return run_identity(RunMaker({"", nullptr}).make(std::move(changed)).config.json(), kInputs);
}

const std::string kBothPolicies = R"(["mdp","dqn"])";

TEST(RunIdentity, DoesNotHangOnPathsPoliciesAndStore) {
  const RunIdentity run = identity(settings(kBothPolicies));
  Json other = settings(R"(["dqn","weak"])");
  other["dataset"] = "./a.npz";
  other["store"]["weights"] = false;
  other["store"]["traces"]["sequences"] = 3;
  EXPECT_TRUE(compute_the_same(run, identity(other)));
  EXPECT_EQ(run.key, identity(other).key);
}

TEST(RunIdentity, HangsOnSettingsAndContents) {
  const RunIdentity run = identity(settings(kBothPolicies));
  Json seed = settings(kBothPolicies);
  seed["seed"] = 7;
  EXPECT_FALSE(compute_the_same(run, identity(seed)));
  Json sequences = settings(kBothPolicies);
  sequences["metric_sequence"]["file"] = "other.h5";
  EXPECT_FALSE(compute_the_same(run, identity(sequences)));
}

TEST(RunIdentity, AFileThatOnlyTheDqnReadsMattersWhereBothHaveOne) {
  Json other = settings(kBothPolicies);
  other["metric_sequence"]["training_file"] = "other.h5";
  EXPECT_FALSE(compute_the_same(identity(settings(kBothPolicies)), identity(other)));
  EXPECT_TRUE(compute_the_same(identity(settings(R"(["mdp"])")), identity(other)));
  EXPECT_TRUE(
      compute_the_same(identity(settings(kBothPolicies)), identity(settings(R"(["mdp"])"))));
}

TEST(RunIdentity, AFileThatNoPolicyReadsDoesNotMatter) {
  Json run = settings(kBothPolicies);
  run["test"]["metric_sequence"] = {{"type", "iid"}};
  Json other = run;
  other["metric_sequence"]["file"] = "other.h5";
  EXPECT_TRUE(compute_the_same(identity(run), identity(other)))
      << "the test has sequences of its own";
}

TEST(ExpandResolved, GivesTheRunsOfTheConfigThatItCameFrom) {
  const testing::TemporaryFolder folder;
  testing::write_bytes(folder.file("one.json"), R"({"base": {"dataset": "a.npz", "depth": 2},
      "sweep": {"rate": {"from": 0.1, "to": 0.3, "step": 0.1}, "dqn.recipe": ["warm", "published"],
                "zip": [{"seed": [1, 2], "test_seed": [3, 4]}]}})");
  testing::write_bytes(folder.file("two.json"), R"({"base": {"dataset": "a.npz", "rate": 0.1,
      "policies": ["weak"], "metric_sequence": {"type": "local_reset", "spread": 0.1,
      "reset_probability": 0.2}}, "sweep": {"depth": [2, 3]}})");
  testing::write_bytes(folder.file("both.json"), R"({"include": ["one.json", "two.json"]})");
  for (const char* name : {"one.json", "two.json", "both.json"}) {
    const Sweep sweep = load_sweep(folder.file(name), {});
    const Sweep again = expand_resolved(sweep.resolved_json, folder.file(name));
    EXPECT_EQ(again.resolved_json, sweep.resolved_json) << name;
    ASSERT_EQ(again.runs.size(), sweep.runs.size()) << name;
    for (size_t run = 0; run < sweep.runs.size(); ++run)
      EXPECT_EQ(again.runs[run].id, sweep.runs[run].id) << name << " " << run;
  }
}

}  // namespace
}  // namespace edgesweep
