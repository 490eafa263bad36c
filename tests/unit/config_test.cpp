// What a config may say, and the one message it gets when it says something else.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/config_files.h"

namespace edgesweep {
namespace {

using testing::complaint;
using testing::config_text;

struct Refusal {
  const char* base;     // settings beside the dataset
  const char* message;  // after "config.json: "
};

void expect_refusals(const std::vector<Refusal>& refusals) {
  for (const Refusal& refusal : refusals)
    EXPECT_EQ(complaint(config_text(refusal.base)), std::string("config.json: ") + refusal.message)
        << refusal.base;
}

TEST(ConfigMessages, WrongTypes) {
  expect_refusals({
      {R"("rate": "high")", R"(/base/rate: found "high"; allowed: a number > 0 and < 1)"},
      {R"("seed": 1.5)",
       "/base/seed: found 1.5; allowed: an integer from 0 to 9223372036854775807"},
      {R"("store": {"weights": 1})", "/base/store/weights: found 1; allowed: true or false"},
      {R"("dqn": [64])", "/base/dqn: found a list of 1 value; allowed: an object"},
      {R"("policies": "mdp")",
       R"(/base/policies: found "mdp"; allowed: a list of 1 to 11 different values)"},
      {R"("depth": null)", "/base/depth: found null; allowed: a number from 1 to 10000"},
  });
}

TEST(ConfigMessages, ImpossibleValues) {
  expect_refusals({
      {R"("rate": 1)", "/base/rate: found 1; allowed: a number > 0 and < 1"},
      {R"("rate": 0)", "/base/rate: found 0; allowed: a number > 0 and < 1"},
      {R"("depth": 0.99)", "/base/depth: found 0.99; allowed: a number from 1 to 10000"},
      {R"("dqn": {"width": 4097})",
       "/base/dqn/width: found 4097; allowed: an integer from 1 to 4096"},
      {R"("dqn": {"layers": 0})", "/base/dqn/layers: found 0; allowed: an integer from 1 to 32"},
      {R"("dqn": {"history_gaps": -2})",
       "/base/dqn/history_gaps: found -2; allowed: an integer from -1 to 65535"},
      {R"("dqn": {"discount": 1})", "/base/dqn/discount: found 1; allowed: a number >= 0 and < 1"},
      {R"("dqn": {"schedule": [{"iterations": 10, "learning_rate": 0}]})",
       "/base/dqn/schedule/0/learning_rate: found 0; allowed: a number > 0 and <= 1"},
      {R"("metric_sequence": {"spread": 1.01})",
       "/base/metric_sequence/spread: found 1.01; allowed: a number from 0 to 1"},
      {R"("arrivals": {"type": "markov_modulated", "p_12": 0})",
       "/base/arrivals/p_12: found 0; allowed: a number > 0 and <= 1"},
      {R"("arrivals": {"type": "markov_modulated", "p_21": 1.5})",
       "/base/arrivals/p_21: found 1.5; allowed: a number > 0 and <= 1"},
      {R"("test": {"images": 0})",
       "/base/test/images: found 0; allowed: an integer from 1 to 1000000000"},
      {R"("policies": [])",
       "/base/policies: found a list of 0 values; allowed: a list of 1 to 11 different values"},
      {R"("policies": ["mdp", "weak", "mdp"])",
       R"(/base/policies/2: found "mdp" a second time; allowed: a list of 1 to 11 different values)"},
  });
}

TEST(ConfigMessages, SeedsAreExactUpToTheirLimit) {
  EXPECT_EQ(complaint(config_text(R"("seed": 9223372036854775807)")), "no error");
  // 2^63, 2^64 - 1 and 2^64: neither wraps round nor is rounded into the range.
  for (const char* seed :
       {"9223372036854775808", "18446744073709551615", "18446744073709551616", "-1"})
    EXPECT_NE(complaint(config_text(std::string(R"("seed": )") + seed)).find("/base/seed: found "),
              std::string::npos)
        << seed;
}

TEST(ConfigMessages, WholeNumbersMayBeWrittenAsFloats) {
  EXPECT_EQ(complaint(config_text(R"("depth": 4.0, "test": {"images": 1e5})")), "no error");
}

TEST(ConfigMessages, WholeNumbersAreWhatTheirDigitsSayHoweverTheyAreWritten) {
  const auto seed = [](const std::string& written) {
    return testing::sweep_of(config_text(R"("seed": )" + written)).runs.at(0).settings().seed;
  };
  EXPECT_EQ(seed("1e18"), 1'000'000'000'000'000'000U);
  EXPECT_EQ(seed("0.12e+3"), 120U);
  EXPECT_EQ(seed("1200.00e-2"), 12U);
  EXPECT_EQ(seed("0e99"), 0U);
  EXPECT_EQ(seed("-0.0"), 0U);
  EXPECT_EQ(seed("9007199254740993.0"), 9007199254740993U) << "2^53 + 1, no double";
  EXPECT_EQ(seed("9223372036854775807.0"), 9223372036854775807U);
  for (const char* other :
       {"1e19", "9223372036854775808.0", "9007199254740992.5", "9007199254740993.5", "12e-1"})
    EXPECT_NE(complaint(config_text(std::string(R"("seed": )") + other)).find("/base/seed: found "),
              std::string::npos)
        << other;
}

TEST(ConfigMessages, UnknownNamesGetTheNearest) {
  expect_refusals({
      {R"("raet": 0.1)",
       "/base: found the unknown key \"raet\"; allowed: dataset, rate, depth, seed, test_seed, "
       "math, "
       "devices, metric_sequence, "
       "arrivals, policies, rules, training_deviation, mdp, dqn, test, store (did you mean "
       "\"rate\"?)"},
      {R"("dqn": {"history_metric": 95})",
       "/base/dqn: found the unknown key \"history_metric\"; allowed: recipe, outputs, start, "
       "reward_smoothing, center_targets, history_metrics, history_gaps, layers, width, "
       "discount, batch, mini_batches, schedule, evaluate_every, training_sequences, validation, "
       "keep (did you mean "
       "\"history_metrics\"?)"},
      {R"("width": 64)",
       "/base: found the unknown key \"width\"; allowed: dataset, rate, depth, seed, test_seed, "
       "math, "
       "devices, metric_sequence, "
       "arrivals, policies, rules, training_deviation, mdp, dqn, test, store (did you mean "
       "\"dqn.width\"?)"},
      {R"("policies": ["mpd"])",
       "/base/policies/0: found \"mpd\"; allowed: one of \"weak\", \"strong\", \"lower_bound\", "
       "\"baseline\", \"mdp\", "
       "\"dqn\", \"clairvoyant\", \"clairvoyant_metric\", \"isolated\", \"hierarchical\", "
       "\"smart\" (did you mean \"mdp\"?)"},
      {R"("mdp": {"stop": "convergd"})",
       "/base/mdp/stop: found \"convergd\"; allowed: one of \"published\", \"converged\" (did you "
       "mean "
       "\"converged\"?)"},
      {R"("metric_sequence": {"type": "localreset"})",
       "/base/metric_sequence/type: found \"localreset\"; allowed: one of \"iid\", "
       "\"local_reset\", \"replay\" (did "
       "you mean \"local_reset\"?)"},
  });
  EXPECT_EQ(complaint(R"({"bas": {}, "base": {"dataset": "a"}})"),
            "config.json: /: found the unknown key \"bas\"; allowed: $schema, name, description, "
            "include, scale, "
            "base, sweep (did you "
            "mean \"base\"?)");
}

TEST(ConfigMessages, ParametersBelongToTheirType) {
  expect_refusals({
      {R"("metric_sequence": {"type": "iid", "spread": 0.1})",
       R"(/base/metric_sequence/spread: found "spread" with "type": "iid"; allowed: here only type)"},
      {R"("metric_sequence": {"file": "a.h5"})",
       R"(/base/metric_sequence/file: found "file" with "type": "local_reset" (the default); allowed: here only type, spread, reset_probability)"},
      {R"("arrivals": {"type": "periodic", "p_12": 0.1})",
       R"(/base/arrivals/p_12: found "p_12" with "type": "periodic"; allowed: here only type)"},
      {R"("arrivals": {"type": "replay", "file": "a.h5", "interval_1": 2})",
       R"(/base/arrivals/interval_1: found "interval_1" with "type": "replay"; allowed: here only type, training_file, file)"},
  });
}

TEST(ConfigMessages, MissingParts) {
  EXPECT_EQ(complaint("{}"), "config.json: /base: found nothing; allowed: an object");
  EXPECT_EQ(complaint(R"({"base": {}})"),
            "config.json: /base/dataset: found nothing; allowed: a string of 1 to 1024 characters");
  EXPECT_EQ(complaint("[]"), "config.json: /: found a list of 0 values; allowed: an object");
  expect_refusals({
      {R"("metric_sequence": {"type": "replay"})",
       "/base/metric_sequence/file: found nothing; allowed: a string of 1 to 1024 characters"},
      {R"("dqn": {"schedule": [{"iterations": 5}]})",
       "/base/dqn/schedule/0/learning_rate: found nothing; allowed: a number > 0 and <= 1"},
  });
}

TEST(ConfigMessages, SettingsThatDoNotFitTogether) {
  expect_refusals({
      {R"("rate": 0.001)",
       "/base/rate: found 0.001 with depth 4, which make no token bucket; allowed: a rate near Q/P "
       "with whole 1 <= Q < "
       "P <= 100, and a depth of at least one token"},
      {R"("test": {"images": 32})",
       "/base/dqn/history_metrics: found 31 with test.images 32; allowed: at most test.images - 2 "
       "(a history and two "
       "images fit into a sequence)"},
      {R"("dqn": {"history_metrics": 7, "validation": {"images": 8}})",
       "/base/dqn/history_metrics: found 7 with dqn.validation.images 8; allowed: at most "
       "dqn.validation.images - 2 (a "
       "history and two images fit into a sequence)"},
      {R"("dqn": {"history_gaps": 20000})",
       "/base/dqn/history_gaps: found 20000 with dqn.training_sequences.images 20000; allowed: at "
       "most "
       "dqn.training_sequences.images - 2 (a history and two images fit into a sequence)"},
      {R"("dqn": {"schedule": []})",
       "/base/dqn/schedule: found a list of 0 values; allowed: at least one phase, or policies "
       "without dqn"},
      {R"("dqn": {"keep": "best", "evaluate_every": 0})",
       "/base/dqn/keep: found \"best\" with \"evaluate_every\": 0; allowed: \"last\", or "
       "\"evaluate_every\" of at "
       "least 1: the best weights are found by evaluation"},
      {R"("test": {"sequences": 3}, "store": {"traces": {"sequences": 4}})",
       "/base/store/traces/sequences: found 4; allowed: at most test.sequences, 3"},
      {R"("test": {"images": 999}, "store": {"traces": {"sequences": 1, "images": 1000}})",
       "/base/store/traces/images: found 1000; allowed: at most test.images, 999"},
      {R"("metric_sequence": {"type": "replay", "file": "a.h5"})",
       "/base/metric_sequence/training_file: found nothing; allowed: a file of training indices, "
       "which the dqn policy "
       "needs"},
      {R"("policies": ["mdp"], "arrivals": {"type": "replay", "file": "a.h5"})",
       "/base/arrivals/training_file: found nothing; allowed: a file of training gaps, which the "
       "mdp and dqn policies "
       "need"},
  });
}

TEST(ConfigMessages, HistoriesFillASequenceExactly) {
  // history + 2 = images: one window of current and next state.
  EXPECT_EQ(complaint(config_text(R"("test": {"images": 97})")), "no error");
  EXPECT_EQ(complaint(config_text(
                R"("dqn": {"history_metrics": 6, "history_gaps": 6, "validation": {"images": 8},
                           "training_sequences": {"images": 8}})")),
            "no error");
}

TEST(ConfigMessages, RulesOfTheDqnHoldOnlyWithIt) {
  EXPECT_EQ(complaint(config_text(
                R"("policies": ["weak"], "dqn": {"schedule": []}, "test": {"images": 1})")),
            "no error");
  // Without evaluation no training or validation sequence is simulated.
  EXPECT_EQ(complaint(config_text(R"("dqn": {"evaluate_every": 0, "validation": {"images": 8}})")),
            "no error");
  EXPECT_EQ(
      complaint(config_text(R"("policies": ["weak"], "arrivals": {"type": "replay", "file": "a.h5"},
                                     "metric_sequence": {"type": "replay", "file": "a.h5"})")),
      "no error");
}

TEST(ConfigMessages, ArrivalsMustHappen) {
  const auto arrivals = [](const std::string& p_12, const std::string& interval_1,
                           const std::string& p_21, const std::string& interval_2) {
    return config_text(R"("arrivals": {"type": "markov_modulated", "p_12": )" + p_12 +
                       R"(, "interval_1": )" + interval_1 + R"(, "p_21": )" + p_21 +
                       R"(, "interval_2": )" + interval_2 + "}");
  };
  // Visits of one slot are too short for intervals of two.
  EXPECT_EQ(complaint(arrivals("1", "2", "1", "2")),
            "config.json: /base/arrivals/interval_1: found intervals 2 and 2 with p_12 1 and p_21 "
            "1, which are 0 "
            "images per time unit; allowed: at least 1e-06 (visits to a state last 1/p time units "
            "on average)");
  EXPECT_EQ(complaint(arrivals("1", "1", "1", "2")), "no error");
  EXPECT_EQ(complaint(arrivals("1e-300", "10000", "1e-300", "10000")), "no error");
  EXPECT_NE(complaint(arrivals("0.5", "40", "0.5", "40")).find("/base/arrivals/interval_1"),
            std::string::npos);
}

TEST(ConfigMessages, NamesFitIntoFileNames) {
  EXPECT_NE(complaint(R"({"name": "../a", "base": {"dataset": "d"}})")
                .find("config.json: /name: found \"../a\""),
            std::string::npos);
  EXPECT_EQ(complaint(R"({"name": "Fig. 6 b_1+2-3", "base": {"dataset": "d"}})"), "no error");
}

}  // namespace
}  // namespace edgesweep
