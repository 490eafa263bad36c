// From a config to its runs: axes, their product, ids and columns.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/sha256.h"
#include "tests/support/config_files.h"
#include "tests/support/paths.h"

namespace edgesweep {
namespace {

using testing::complaint;
using testing::config_text;
using testing::sweep_of;

std::vector<std::string> ids(const Sweep& sweep) {
  std::vector<std::string> all;
  for (const RunSpec& run : sweep.runs) all.push_back(run.id);
  return all;
}

std::string only_id(const std::string& base) { return sweep_of(config_text(base)).runs.at(0).id; }

std::map<std::string, std::string> columns(const RunSpec& run) {
  const SettingColumns columns = run.config.columns();
  return {columns.begin(), columns.end()};
}

TEST(Sha256, MatchesThePublishedExamples) {
  // FIPS 180-2, appendix B.1 and the empty message.
  EXPECT_EQ(sha256_hex("abc", 3),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("", 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sweep, IsOneRunWithoutAxes) {
  for (const char* sweep : {"", R"("rate": [0.1])"}) {
    const Sweep one = sweep_of(config_text("", sweep));
    EXPECT_EQ(one.runs.size(), 1U);
    EXPECT_EQ(one.swept, std::vector<std::string>{});
  }
}

TEST(Sweep, IsTheProductOfItsAxesTheLastOneFastest) {
  // Neither order is the alphabet's.
  const Sweep sweep =
      sweep_of(config_text("", R"("seed": [2, 1], "rate": [0.5, 0.25], "depth": [1, 3, 2])"));
  EXPECT_EQ(sweep.swept, (std::vector<std::string>{"seed", "rate", "depth"}));
  ASSERT_EQ(sweep.runs.size(), 12U);
  size_t number = 0;
  for (const uint64_t seed : {2U, 1U})
    for (const double rate : {0.5, 0.25})
      for (const double depth : {1.0, 3.0, 2.0}) {
        const RunSettings& run = sweep.runs[number++].settings();
        EXPECT_EQ(run.seed, seed) << number;
        EXPECT_EQ(run.rate, rate) << number;
        EXPECT_EQ(run.depth, depth) << number;
      }
}

TEST(Sweep, AZippedGroupIsOneAxisWhereItStands) {
  const Sweep sweep = sweep_of(config_text(
      R"("arrivals": {"type": "markov_modulated"})",
      R"("rate": [0.5, 0.25], "zip": [{"arrivals.p_21": [0.1, 0.2, 0.3], "arrivals.p_12": [0.4, 0.5, 0.6]},
         {"depth": {"from": 1, "to": 2, "step": 1}, "seed": [5, 6]}], "test_seed": [8, 9])"));
  EXPECT_EQ(sweep.swept, (std::vector<std::string>{"rate", "arrivals_p_21", "arrivals_p_12",
                                                   "depth", "seed", "test_seed"}));
  ASSERT_EQ(sweep.runs.size(), 24U);
  size_t number = 0;
  for (const double rate : {0.5, 0.25})
    for (const int state : {0, 1, 2})
      for (const int group : {0, 1})
        for (const uint64_t test_seed : {8U, 9U}) {
          const RunSettings& run = sweep.runs[number++].settings();
          EXPECT_EQ(run.rate, rate) << number;
          EXPECT_EQ(run.arrivals.p_21, (std::vector<double>{0.1, 0.2, 0.3}).at(state)) << number;
          EXPECT_EQ(run.arrivals.p_12, (std::vector<double>{0.4, 0.5, 0.6}).at(state)) << number;
          EXPECT_EQ(run.depth, 1 + group) << number;
          EXPECT_EQ(run.seed, 5U + group) << number;
          EXPECT_EQ(run.test_seed, test_seed) << number;
        }
}

TEST(Sweep, MayTakeWholeSequencesListsAndNames) {
  const Sweep sweep = sweep_of(config_text(
      "", R"("metric_sequence": [{"type": "iid"}, {"type": "local_reset", "spread": 0.5}],
                                  "policies": [["mdp"], ["weak", "dqn"]], "mdp.stop": ["published", "converged"])"));
  ASSERT_EQ(sweep.runs.size(), 8U);
  EXPECT_EQ(sweep.runs[0].settings().metric_sequence.type, MetricSequenceSettings::Type::iid);
  EXPECT_EQ(sweep.runs[4].settings().metric_sequence.spread, 0.5);
  EXPECT_EQ(sweep.runs[4].settings().metric_sequence.reset_probability, 0.1);  // its default
  EXPECT_EQ(sweep.runs[2].settings().policies, (std::vector<Policy>{Policy::weak, Policy::dqn}));
  EXPECT_EQ(sweep.runs[1].settings().mdp.stop, MdpSettings::Stop::converged);
  EXPECT_EQ(sweep.swept, (std::vector<std::string>{"metric_sequence_type", "metric_sequence_spread",
                                                   "metric_sequence_reset_probability", "policies",
                                                   "mdp_stop"}));
}

TEST(Sweep, AnAxisOverridesBase) {
  const Sweep sweep = sweep_of(config_text(R"("rate": 0.75)", R"("rate": [0.5, 0.25])"));
  EXPECT_EQ(sweep.runs[0].settings().rate, 0.5);
  EXPECT_EQ(sweep.runs[1].settings().rate, 0.25);
}

TEST(SweepMessages, NameTheAxisAndTheValue) {
  const auto message = [](const std::string& sweep, const std::string& base = "") {
    return complaint(config_text(base, sweep));
  };
  EXPECT_EQ(message(R"("rate": [0.1, 1.5])"),
            "config.json: /sweep/rate/1: found 1.5; allowed: a number > 0 and < 1");
  EXPECT_EQ(message(R"("depth": {"from": 2, "to": 0, "step": -1})"),
            "config.json: /sweep/depth: found 0; allowed: a number from 1 to 10000");
  EXPECT_EQ(message(R"("rate": [])"),
            "config.json: /sweep/rate: found a list of 0 values; allowed: a list of 1 to 100000 "
            "values or an object");
  EXPECT_EQ(
      message(R"("rate": 0.1)"),
      "config.json: /sweep/rate: found 0.1; allowed: a list of 1 to 100000 values or an object");
  EXPECT_EQ(message(R"("rate": {"from": 0.1, "to": 0.2})"),
            "config.json: /sweep/rate/step: found nothing; allowed: a number");
  EXPECT_EQ(
      message(
          R"("rate": {"from": 0.1, "to": 0.2, "step": 0.1, "log10": {"from": 1, "to": 2, "step": 1}})"),
      "config.json: /sweep/rate/from: found \"from\"; allowed: here only log10");
  EXPECT_EQ(
      message(R"("rate": {"form": 0.1, "to": 0.2, "step": 0.1})"),
      "config.json: /sweep/rate: found the unknown key \"form\"; allowed: from, to, step, log10 "
      "(did you mean "
      "\"from\"?)");
  EXPECT_EQ(message(R"("dpeth": [1])"),
            "config.json: /sweep: found the unknown setting \"dpeth\"; allowed: dataset, rate, "
            "depth, seed, test_seed, math, "
            "devices.*, metric_sequence, metric_sequence.*, arrivals, arrivals.*, policies, rules, "
            "training_deviation, mdp.*, dqn.*, "
            "test.*, store.* (did you "
            "mean \"depth\"?)");
  EXPECT_EQ(message(R"("zip": [{"rate": [0.1, 0.2], "depth": [1, 2, 3]}])"),
            "config.json: /sweep/zip/0/depth: found 3 values; allowed: 2, as many as rate of the "
            "same group has");
  EXPECT_EQ(message(R"("zip": [{}])"),
            "config.json: /sweep/zip/0: found an empty object; allowed: at least one key");
  EXPECT_EQ(message(R"("zip": [{"zip": [1]}])").substr(0, 59),
            "config.json: /sweep/zip/0: found the unknown setting \"zip\";");
  EXPECT_EQ(message(R"("rate": [0.1, 0.2], "zip": [{"rate": [0.3]}])"),
            "config.json: /sweep/zip/0/rate: found a setting that is swept at /sweep/rate as well; "
            "allowed: each "
            "setting on one axis");
  EXPECT_EQ(message(R"("metric_sequence.spread": [0.1], "metric_sequence": [{"type": "iid"}])"),
            "config.json: /sweep/metric_sequence: found a setting that is swept at "
            "/sweep/metric_sequence.spread as "
            "well; allowed: each setting on one axis");
  EXPECT_EQ(message(R"("dqn.history_metrics": [10, 100])", R"("test": {"images": 50})"),
            "config.json: /sweep/dqn.history_metrics/1: found 100 with test.images 50; allowed: at "
            "most test.images - "
            "2 (a history and two images fit into a sequence)");
  EXPECT_EQ(message(R"("metric_sequence.spread": [0.1])", R"("metric_sequence": {"type": "iid"})"),
            "config.json: /sweep/metric_sequence.spread/0: found \"spread\" with \"type\": "
            "\"iid\"; allowed: here only "
            "type");
  EXPECT_EQ(message(R"("metric_sequence": [{"type": "iid"}, {"type": "replay", "file": "a"}])"),
            "config.json: /sweep/metric_sequence/1/training_file: found nothing; allowed: a file "
            "of training indices, "
            "which the dqn policy needs");
}

TEST(SweepMessages, TwoEqualRunsAreRefusedWithTheirValues) {
  EXPECT_EQ(complaint(config_text("", R"("rate": [0.1, 0.2, 1e-1], "depth": [3])")),
            "config.json: /sweep: found two runs with the same settings: run 1 (rate = 0.1, depth "
            "= 3) and run 3 (rate "
            "= 0.1, depth = 3); allowed: each combination of settings once");
}

TEST(SweepMessages, TooManyRuns) {
  const std::string many = R"({"from": 1, "to": 400, "step": 1})";
  EXPECT_EQ(complaint(config_text("", R"("seed": )" + many + R"(, "test_seed": )" + many)),
            "config.json: /sweep: found axes whose product is more than 100000 runs; allowed: at "
            "most 100000 runs");
}

TEST(RunId, IsTwelveHexDigitsOfTheHashOfTheResolvedRun) {
  const RunSpec run = sweep_of(config_text("")).runs.at(0);
  EXPECT_EQ(run.id, sha256_hex(run.config.json().data(), run.config.json().size()).substr(0, 12));
  EXPECT_EQ(run.id.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(RunId, DoesNotDependOnHowASettingIsWritten) {
  const std::string id = only_id(R"("rate": 0.25, "depth": 4, "dqn": {"width": 32, "layers": 2})");
  EXPECT_EQ(
      id, only_id("\n\t\"dqn\" :{ \"layers\":2,\"width\" : 32 } ,\r\n \"depth\":4,\"rate\":0.25 "));
  EXPECT_EQ(id, only_id(R"("rate": 25e-2, "depth": 4.0, "dqn": {"width": 3.2e1, "layers": 2})"));
  EXPECT_EQ(
      id, only_id(R"("rate": 0.25, "dqn": {"width": 32, "layers": 2})"));  // depth 4 is the default
  EXPECT_EQ(only_id(R"("policies": ["mdp", "weak"])"), only_id(R"("policies": ["weak", "mdp"])"));
}

TEST(RunId, DoesNotDependOnNameSweepOrFolder) {
  const std::string text = config_text("", R"("rate": [0.1, 0.2])");
  EXPECT_EQ(ids(sweep_of(text)), ids(sweep_of(text)));  // two folders
  EXPECT_EQ(sweep_of(text).runs[1].id, only_id(R"("rate": 0.2)"));
  EXPECT_EQ(sweep_of(R"({"name": "a", "description": "b", "base": {"dataset": "images.npz"}})")
                .runs[0]
                .id,
            only_id(""));
}

TEST(RunId, DiffersWithEverySetting) {
  std::set<std::string> seen;
  const std::vector<std::string> bases{
      "",
      R"("rate": 0.2)",
      R"("depth": 5)",
      R"("seed": 2)",
      R"("test_seed": 2)",
      R"("policies": ["weak"])",
      R"("metric_sequence": {"type": "iid"})",
      R"("metric_sequence": {"spread": 0.2})",
      R"("metric_sequence": {"reset_probability": 0.2})",
      R"("arrivals": {"type": "markov_modulated"})",
      R"("arrivals": {"type": "markov_modulated", "interval_1": 2})",
      R"("arrivals": {"type": "markov_modulated", "p_12": 0.2})",
      R"("mdp": {"stop": "converged"})",
      R"("mdp": {"discount": 0.9})",
      R"("dqn": {"discount": 0.9})",
      R"("dqn": {"history_metrics": 9})",
      R"("dqn": {"history_gaps": 0})",
      R"("dqn": {"layers": 4})",
      R"("dqn": {"width": 63})",
      R"("dqn": {"batch": 65})",
      R"("dqn": {"mini_batches": 65})",
      R"("dqn": {"recipe": "published"})",
      R"("dqn": {"start": "random"})",
      R"("dqn": {"reward_smoothing": 0.5})",
      R"("dqn": {"outputs": "action_values"})",
      R"("dqn": {"center_targets": "iteration"})",
      R"("dqn": {"schedule": [{"iterations": 1, "learning_rate": 1e-3, "final_learning_rate": 1e-4}]})",
      R"("dqn": {"schedule": [{"iterations": 1, "learning_rate": 1e-3, "shape": "cosine"}]})",
      R"("dqn": {"schedule": [{"iterations": 1, "learning_rate": 1e-3}]})",
      R"("dqn": {"evaluate_every": 1})",
      R"("dqn": {"training_sequences": {"images": 200}})",
      R"("dqn": {"validation": {"sequences": 2}})",
      R"("dqn": {"keep": "best"})",
      R"("test": {"images": 200})",
      R"("store": {"weights": false})",
      R"("test": {"metric_sequence": {"type": "iid"}})",
      R"("test": {"arrivals": {"type": "markov_modulated"}})",
      R"("store": {"traces": {"first_sequence": 1}})",
      R"("store": {"traces": {"images": 2}})"};
  for (const std::string& base : bases) EXPECT_TRUE(seen.insert(only_id(base)).second) << base;
}

TEST(RunColumns, NameEverySettingInTheSchemasOrder) {
  const Sweep sweep = sweep_of(config_text(
      R"("dqn": {"schedule": [{"learning_rate": 0.5, "iterations": 3}]}, "policies": ["dqn"])",
      R"("metric_sequence": [{"type": "iid"}, {"type": "local_reset", "spread": 0.25}])"));
  const std::vector<std::string> expected{"dataset",
                                          "rate",
                                          "depth",
                                          "seed",
                                          "test_seed",
                                          "math",
                                          "devices_count",
                                          "devices_search_rates",
                                          "devices_search_depths",
                                          "devices_search_sequences",
                                          "devices_search_images",
                                          "devices_training_warm_up",
                                          "devices_training_steps",
                                          "devices_training_horizon",
                                          "metric_sequence_type",
                                          "metric_sequence_spread",
                                          "metric_sequence_reset_probability",
                                          "metric_sequence_training_file",
                                          "metric_sequence_file",
                                          "arrivals_type",
                                          "arrivals_interval_1",
                                          "arrivals_interval_2",
                                          "arrivals_p_12",
                                          "arrivals_p_21",
                                          "arrivals_training_file",
                                          "arrivals_file",
                                          "policies",
                                          "rules",
                                          "training_deviation",
                                          "mdp_stop",
                                          "mdp_discount",
                                          "dqn_recipe",
                                          "dqn_outputs",
                                          "dqn_start",
                                          "dqn_reward_smoothing",
                                          "dqn_center_targets",
                                          "dqn_history_metrics",
                                          "dqn_history_gaps",
                                          "dqn_layers",
                                          "dqn_width",
                                          "dqn_discount",
                                          "dqn_batch",
                                          "dqn_mini_batches",
                                          "dqn_schedule",
                                          "dqn_evaluate_every",
                                          "dqn_training_sequences_sequences",
                                          "dqn_training_sequences_images",
                                          "dqn_validation_sequences",
                                          "dqn_validation_images",
                                          "dqn_keep",
                                          "test_sequences",
                                          "test_images",
                                          "test_metric_sequence_type",
                                          "test_metric_sequence_spread",
                                          "test_metric_sequence_reset_probability",
                                          "test_metric_sequence_training_file",
                                          "test_metric_sequence_file",
                                          "test_arrivals_type",
                                          "test_arrivals_interval_1",
                                          "test_arrivals_interval_2",
                                          "test_arrivals_p_12",
                                          "test_arrivals_p_21",
                                          "test_arrivals_training_file",
                                          "test_arrivals_file",
                                          "store_weights",
                                          "store_statistics",
                                          "store_traces_sequences",
                                          "store_traces_first_sequence",
                                          "store_traces_images"};
  for (const RunSpec& run : sweep.runs) {
    std::vector<std::string> names;
    for (const auto& [name, value] : run.config.columns()) names.push_back(name);
    EXPECT_EQ(names, expected);
  }
  auto iid = columns(sweep.runs[0]);
  EXPECT_EQ(iid["metric_sequence_type"], "iid");
  EXPECT_EQ(iid["metric_sequence_spread"], "");
  EXPECT_EQ(iid["rate"], "0.1");
  EXPECT_EQ(iid["depth"], "4");
  EXPECT_EQ(iid["dataset"], "images.npz");
  EXPECT_EQ(iid["store_weights"], "true");
  EXPECT_EQ(iid["dqn_schedule"], R"([{"iterations":3,"learning_rate":0.5}])");
  EXPECT_EQ(iid["policies"], R"(["dqn"])");
  EXPECT_EQ(columns(sweep.runs[1])["metric_sequence_spread"], "0.25");
}

TEST(Sweep, ResolvedTextIsAConfigOfTheSameRuns) {
  const std::string text =
      R"({"name": "n", "description": "d", "base": {"dataset": "images.npz", "arrivals": {"type": "markov_modulated"}},
          "sweep": {"seed": [2, 1], "rate": {"from": 0.1, "to": 0.3, "step": 0.1},
                    "zip": [{"arrivals.p_21": [0.1, 0.2], "arrivals.p_12": [0.4, 0.5]}], "depth": [1, 3]}})";
  const Sweep first = sweep_of(text);
  const Sweep second = sweep_of(first.resolved_json);
  EXPECT_EQ(ids(first), ids(second));
  EXPECT_EQ(first.resolved_json, second.resolved_json);
  EXPECT_EQ(second.name, "n");
  EXPECT_EQ(second.description, "d");
  // The order of axes is part of it, although keys are sorted.
  EXPECT_NE(sweep_of(config_text("", R"("rate": [0.1, 0.2], "depth": [1, 3])")).resolved_json,
            sweep_of(config_text("", R"("depth": [1, 3], "rate": [0.1, 0.2])")).resolved_json);
}

TEST(Sweep, ResolvedTextOfSweptRecipesLeavesTheirDefaultsToTheRecipes) {
  const Sweep first = sweep_of(
      config_text(R"("dqn": {"mini_batches": 5})", R"("dqn.recipe": ["warm", "published"])"));
  ASSERT_EQ(first.runs.size(), 2U);
  EXPECT_EQ(first.runs[0].settings().dqn.start, DqnSettings::Start::mdp);
  EXPECT_EQ(first.runs[1].settings().dqn.start, DqnSettings::Start::random);
  EXPECT_EQ(first.runs[1].settings().dqn.iterations(), 4000);
  EXPECT_EQ(first.runs[1].settings().dqn.mini_batches, 5) << "written out";
  EXPECT_EQ(ids(sweep_of(first.resolved_json)), ids(first));
}

TEST(Sweep, TakesItsNameFromTheFileWhereItHasNone) {
  EXPECT_EQ(sweep_of(config_text("")).name, "config");
  EXPECT_EQ(sweep_of(R"({"name": "other", "base": {"dataset": "d"}})").name, "other");
}

TEST(Sweep, QuickstartHasSixRuns) {
  const std::string folder = testing::source_dir() + "/configs";
  const Sweep sweep = load_sweep(folder + "/quickstart.json", {});
  EXPECT_EQ(sweep.runs.size(), 6U);
  EXPECT_EQ(sweep.swept, (std::vector<std::string>{"rate", "depth"}));
  EXPECT_TRUE(std::filesystem::exists(sweep.runs[0].settings().dataset))
      << sweep.runs[0].settings().dataset;
}

}  // namespace
}  // namespace edgesweep
