// --set key=value.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/config_files.h"

namespace edgesweep {
namespace {

using testing::complaint;
using testing::config_text;
using testing::sweep_of;

std::string only_run(const std::string& text, const std::vector<std::string>& overrides) {
  const Sweep sweep = sweep_of(text, overrides);
  EXPECT_EQ(sweep.runs.size(), 1U);
  return sweep.runs.at(0).config.json();
}

TEST(Overrides, AreTheSameAsWritingTheSetting) {
  EXPECT_EQ(
      only_run(config_text(""), {"rate=0.25", "dqn.width=32", "dqn.validation.images=500"}),
      only_run(config_text(R"("rate": 0.25, "dqn": {"width": 32, "validation": {"images": 500}})"),
               {}));
  EXPECT_EQ(only_run(config_text(R"("dqn": {"width": 64, "layers": 2})"), {"dqn.width=32"}),
            only_run(config_text(R"("dqn": {"width": 32, "layers": 2})"), {}));
  EXPECT_EQ(
      only_run(config_text(""), {R"(dqn.schedule=[{"iterations": 5, "learning_rate": 1e-2}])"}),
      only_run(config_text(R"("dqn": {"schedule": [{"iterations": 5, "learning_rate": 0.01}]})"),
               {}));
  EXPECT_EQ(only_run(config_text(""), {R"(metric_sequence={"type": "iid"})"}),
            only_run(config_text(R"("metric_sequence": {"type": "iid"})"), {}));
}

TEST(Overrides, TheLastOneCounts) {
  EXPECT_EQ(only_run(config_text(""), {"rate=0.25", "rate=0.5"}),
            only_run(config_text(R"("rate": 0.5)"), {}));
}

TEST(Overrides, WhatIsNotJsonIsAString) {
  const std::vector<std::string> overrides{"dqn.keep=best", "dataset=a=b.npz"};
  EXPECT_EQ(only_run(config_text(""), overrides),
            only_run(R"({"base": {"dataset": "a=b.npz", "dqn": {"keep": "best"}}})", {}));
  EXPECT_EQ(only_run(config_text(""), {"dataset=2024"}),
            only_run(R"({"base": {"dataset": "2024"}})", {}));
  EXPECT_EQ(only_run(config_text(""), {"dataset=\"a b\""}),
            only_run(R"({"base": {"dataset": "a b"}})", {}));
}

TEST(Overrides, CanSupplyWhatTheFileLeavesOut) {
  EXPECT_EQ(only_run(R"({"base": {}})", {"dataset=images.npz"}), only_run(config_text(""), {}));
}

TEST(Overrides, AValueTakesTheAxisAway) {
  const std::string text = config_text("", R"("rate": [0.1, 0.2], "depth": [1, 2])");
  const Sweep sweep = sweep_of(text, {"rate=0.5"});
  ASSERT_EQ(sweep.runs.size(), 2U);
  EXPECT_EQ(sweep.swept, std::vector<std::string>{"depth"});
  for (const RunSpec& run : sweep.runs) EXPECT_EQ(run.settings().rate, 0.5);
}

TEST(Overrides, AListReplacesTheAxisInItsPlace) {
  const std::string text = config_text("", R"("rate": [0.1, 0.2], "depth": [1, 2])");
  const Sweep sweep = sweep_of(text, {"rate=[0.25, 0.5, 0.75]"});
  EXPECT_EQ(sweep.swept, (std::vector<std::string>{"rate", "depth"}));
  ASSERT_EQ(sweep.runs.size(), 6U);
  EXPECT_EQ(sweep.runs[1].settings().rate, 0.25);
  EXPECT_EQ(sweep.runs[2].settings().rate, 0.5);
  EXPECT_EQ(sweep_of(text, {R"(depth={"from": 1, "to": 3, "step": 1})"}).runs.size(), 6U);
  EXPECT_EQ(sweep_of(config_text(""), {"seed=[1, 2, 3]"}).runs.size(), 3U);
}

TEST(Overrides, ReachIntoZippedGroups) {
  const std::string text = config_text(
      R"("arrivals": {"type": "markov_modulated"})",
      R"("zip": [{"arrivals.p_12": [0.1, 0.2], "arrivals.p_21": [0.3, 0.4]}], "depth": [1, 2])");
  const Sweep sweep = sweep_of(text, {"arrivals.p_12=0.5"});
  EXPECT_EQ(sweep.swept, (std::vector<std::string>{"arrivals_p_21", "depth"}));
  EXPECT_EQ(sweep.runs.at(3).settings().arrivals.p_12, 0.5);
  EXPECT_EQ(sweep_of(text, {"arrivals.p_12=0.5", "arrivals.p_21=0.5"}).runs.size(), 2U);
  EXPECT_EQ(sweep_of(text, {"arrivals.p_12=[0.5, 0.6]"}).runs.at(2).settings().arrivals.p_12, 0.6);
}

TEST(Overrides, AWholeReplacesAxesOfItsMembers) {
  const std::string text =
      config_text("", R"("metric_sequence.spread": [0.1, 0.2], "depth": [1, 2])");
  EXPECT_EQ(sweep_of(text, {R"(metric_sequence={"type": "iid"})"}).swept,
            std::vector<std::string>{"depth"});
}

TEST(Overrides, ListsOfPoliciesAreValuesAndListsOfListsAxes) {
  EXPECT_EQ(sweep_of(config_text(""), {R"(policies=["mdp", "weak"])"}).runs.size(), 1U);
  EXPECT_EQ(sweep_of(config_text(""), {R"(policies=[["mdp"], ["weak"]])"}).runs.size(), 2U);
}

TEST(Overrides, AreRefusedLikeTheFile) {
  const std::string text = config_text("");
  EXPECT_EQ(
      complaint(text, {"dqn.widht=32"}),
      "config.json: --set: found the unknown setting \"dqn.widht\"; allowed: dqn.recipe, "
      "dqn.outputs, dqn.start, "
      "dqn.reward_smoothing, dqn.center_targets, dqn.history_metrics, "
      "dqn.history_gaps, dqn.layers, dqn.width, dqn.discount, dqn.batch, dqn.mini_batches, "
      "dqn.schedule, "
      "dqn.evaluate_every, dqn.training_sequences.sequences, dqn.training_sequences.images, "
      "dqn.validation.sequences, dqn.validation.images, dqn.keep (did you mean \"dqn.width\"?)");
  EXPECT_EQ(complaint(text, {"raet=0.1"}),
            "config.json: --set: found the unknown setting \"raet\"; allowed: dataset, rate, "
            "depth, seed, test_seed, math, "
            "devices.*, metric_sequence, metric_sequence.*, arrivals, arrivals.*, policies, rules, "
            "training_deviation, mdp.*, dqn.*, "
            "test.*, store.* (did you "
            "mean \"rate\"?)");
  EXPECT_EQ(complaint(text, {"p_12=0.1"}).substr(0, 53),
            "config.json: --set: found the unknown setting \"p_12\";");
  EXPECT_NE(complaint(text, {"p_12=0.1"}).find("(did you mean \"arrivals.p_12\"?)"),
            std::string::npos);
  EXPECT_EQ(
      complaint(text, {"mdp={}"}),
      "config.json: --set: found the group of settings \"mdp\"; allowed: mdp.stop, mdp.discount");
  EXPECT_EQ(complaint(text, {"rate=2"}),
            "config.json: --set rate: found 2; allowed: a number > 0 and < 1");
  EXPECT_EQ(complaint(text, {"rate=fast"}),
            "config.json: --set rate: found \"fast\"; allowed: a number > 0 and < 1");
  EXPECT_EQ(complaint(text, {"rate"}),
            "config.json: --set: found \"rate\"; allowed: key=value, such as rate=0.1");
  EXPECT_EQ(complaint(text, {"=3"}),
            "config.json: --set: found \"=3\"; allowed: key=value, such as rate=0.1");
  EXPECT_EQ(complaint(text, {"rate=[0.1, 7]"}),
            "config.json: /sweep/rate/1: found 7; allowed: a number > 0 and < 1");
  EXPECT_EQ(complaint(text, {R"(rate={"from": 0.1, "step": 0.1})"}),
            "config.json: --set rate/to: found nothing; allowed: a number");
}

TEST(Overrides, AListOrObjectThatIsNoJsonIsToldAboutQuotes) {
  for (const char* broken : {"rate=[0.1", "policies=[weak,mdp]", "policies={weak",
                             "dqn.schedule=[{iterations:1}]", "math=[exact"}) {
    const std::string message = complaint(config_text(""), {broken});
    EXPECT_NE(message.find("--set " + std::string(broken).substr(0, std::string(broken).find('='))),
              std::string::npos)
        << message;
    EXPECT_NE(message.find("which is no JSON; allowed: JSON with double quotes around texts"),
              std::string::npos)
        << message;
  }
  // The name of a file may begin so.
  EXPECT_EQ(sweep_of(config_text(""), {"dataset=[a].npz"}).runs.at(0).config.column("dataset"),
            "[a].npz");
}

TEST(Overrides, AnIllFormedFileIsStillTheFilesFault) {
  EXPECT_EQ(complaint("3", {"rate=0.5"}), "config.json: /: found 3; allowed: an object");
  EXPECT_EQ(complaint(R"({"base": {"dataset": "d", "dqn": {"validation": 3}}})",
                      {"dqn.validation.images=5"}),
            "config.json: /base/dqn/validation: found 3; allowed: an object");
  EXPECT_EQ(complaint(R"({"base": {"dataset": "d"}, "sweep": {"zip": [3]}})", {"rate=0.5"}),
            "config.json: /sweep/zip/0: found 3; allowed: an object");
}

}  // namespace
}  // namespace edgesweep
