#include "host/config/run_config.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "host/config/defaults.h"
#include "host/config/settings_json.h"
#include "host/sweep/expand.h"
#include "tests/support/config_files.h"
#include "tests/support/paths.h"

namespace edgesweep {
namespace {

const SettingColumns kColumns{
    {"rate", "0.1"}, {"dqn_width", "64"}, {"dqn_layers", ""}, {"seed", "1"}};

TEST(RunConfig, GivesBackEveryTextAsItWas) {
  for (const std::string json :
       {"", "{}", "[1]", "\"text\"", "{\"a\":1}", "{\"a\":\"},{\\\"\",\"b\":[1,{\"c\":2}]}",
        "{ \"a\" : 1, \"b\":2}", "{\"a\":1,}", "{\"a\"", "not JSON, {\"a\":1}"}) {
    const RunConfig config(json, kColumns);
    EXPECT_EQ(config.json(), json);
    EXPECT_EQ(config.json_size(), json.size()) << json;
    EXPECT_EQ(config.columns(), kColumns);
  }
}

TEST(RunConfig, FindsMembersAndColumnsByName) {
  const RunConfig config(R"({"a":{"b":[1,2]},"bc":"x:y","c":null})", kColumns);
  EXPECT_EQ(config.member("a"), R"({"b":[1,2]})");
  EXPECT_EQ(config.member("bc"), R"("x:y")");
  EXPECT_EQ(config.member("b"), "");
  EXPECT_EQ(config.column("dqn_width"), "64");
  EXPECT_EQ(config.column("dqn_layers"), "");
  EXPECT_EQ(config.column("seed"), "1");
  EXPECT_EQ(config.column("width"), "");
}

TEST(RunConfig, RunsOfOneFileShareTheTextsInWhichTheyAgree) {
  const auto texts = ConfigTexts::create();
  const RunConfig first = texts->add(R"({"dqn":{"width":64},"seed":1})", kColumns);
  SettingColumns columns = kColumns;
  columns.back().second = "2";
  const RunConfig second = texts->add(R"({"dqn":{"width":64},"seed":2})", columns);
  EXPECT_EQ(first.piece(0), second.piece(0));
  EXPECT_NE(first.piece(1), second.piece(1));
  EXPECT_EQ(first.block(1), second.block(1)) << "dqn_width and dqn_layers";
  EXPECT_NE(first.block(2), second.block(2));
  EXPECT_EQ(second.columns(), columns);
  EXPECT_FALSE(first == second);
  EXPECT_TRUE(first == RunConfig(first.json(), kColumns)) << "whoever holds the texts";
}

TEST(RunConfig, EqualValuesUnderOtherNamesAreOtherColumns) {
  const auto texts = ConfigTexts::create();
  const RunConfig rate = texts->add("", {{"rate", "1"}});
  const RunConfig depth = texts->add("", {{"depth", "1"}});
  EXPECT_EQ(rate.columns().at(0).first, "rate");
  EXPECT_EQ(depth.columns().at(0).first, "depth");
}

TEST(RunConfig, TakesNoNulInAColumn) {
  EXPECT_THROW(RunConfig("", {{"a", std::string("1\0002", 3)}}), std::invalid_argument);
}

/// Settings as if the run were the only one: every default filled in, members not put together.
void expect_as_alone(const Sweep& sweep) {
  for (const RunSpec& run : sweep.runs) {
    Json settings = Json::parse(run.config.json());
    EXPECT_EQ(run.config.json(), canonical_text(settings));
    EXPECT_EQ(run.config.columns(), setting_columns(settings));
    complete_members(settings, setting_members());
    EXPECT_EQ(run.config.json(), canonical_text(settings));
  }
}

TEST(RunConfig, RunsOfASweepHaveTheTextsTheyWouldHaveAlone) {
  for (const char* name : {"quickstart.json", "paper/paper.json", "edgeml_mdp/robustness.json",
                           "edgeml_mdp/many_devices.json"})
    expect_as_alone(load_sweep(testing::source_dir() + "/configs/" + name, {}));
}

TEST(RunConfig, MembersFollowEachAxisThatDecidesAboutThem) {
  const Sweep sweep = testing::sweep_of(
      testing::config_text(R"("test": {"arrivals": {"type": "periodic"}})",
                           R"("arrivals.type": ["periodic", "markov_modulated"], "rate": [0.1, 0.2],
         "dqn.recipe": ["published", "warm"], "seed": [1, 2])"));
  ASSERT_EQ(sweep.runs.size(), 16U);
  expect_as_alone(sweep);
  for (size_t i = 0; i < sweep.runs.size(); ++i) {
    const RunSettings run = sweep.runs[i].settings();
    const bool bursts = i >= 8;
    EXPECT_EQ(run.own_test_arrivals.has_value(), bursts) << i << ": left out where it is the run's";
    EXPECT_EQ(run.arrivals.type == ArrivalSettings::Type::markov_modulated, bursts);
    EXPECT_EQ(run.dqn.start == DqnSettings::Start::mdp, i / 2 % 2 == 1);
    EXPECT_EQ(run.rate, i / 4 % 2 == 0 ? 0.1 : 0.2);
    EXPECT_EQ(run.seed, 1 + i % 2);
  }
}

TEST(SettingsReader, ReadsRunsInAnyOrderAsEachAlone) {
  const Sweep sweep = load_sweep(testing::source_dir() + "/configs/paper/paper.json", {});
  RunReader reader;
  for (size_t i = 0; i < sweep.runs.size(); ++i) {
    const RunSpec& run = sweep.runs[i * 389 % sweep.runs.size()];
    const RunSettings& read = reader.read(run);
    const RunSettings alone =
        settings_from_json(Json::parse(run.config.json()), run.context->folder);
    EXPECT_EQ(read.dataset, alone.dataset);
    EXPECT_EQ(read.rate, alone.rate);
    EXPECT_EQ(read.depth, alone.depth);
    EXPECT_EQ(read.seed, alone.seed);
    EXPECT_EQ(read.policies, alone.policies);
    EXPECT_EQ(read.metric_sequence.spread, alone.metric_sequence.spread);
    EXPECT_EQ(read.test_metric_sequence().file, alone.test_metric_sequence().file);
    EXPECT_EQ(read.own_test_arrivals.has_value(), alone.own_test_arrivals.has_value());
    EXPECT_EQ(read.arrivals.p_12, alone.arrivals.p_12);
    EXPECT_EQ(read.dqn.iterations(), alone.dqn.iterations());
    EXPECT_EQ(read.dqn.history_metrics, alone.dqn.history_metrics);
    EXPECT_EQ(read.store.traces.images, alone.store.traces.images);
  }
}

}  // namespace
}  // namespace edgesweep
