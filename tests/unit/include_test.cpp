// Configs that include others: one sweep of several experiments, runs that they share once.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/config_files.h"
#include "tests/support/paths.h"

namespace edgesweep {
namespace {

using testing::config_text;
using testing::sweep_of;
using testing::TemporaryFolder;
using testing::write_bytes;

/// Files by name, paths relative to the folder; loads the one called all.json.
Sweep sweep_of_files(const std::map<std::string, std::string>& files,
                     const ConfigChanges& changes = {}) {
  const TemporaryFolder folder;
  for (const auto& [name, text] : files) {
    std::filesystem::create_directories(std::filesystem::path(folder.file(name)).parent_path());
    write_bytes(folder.file(name), text);
  }
  return load_sweep(folder.file("all.json"), changes);
}

const char* kIncludeBoth = R"({"include": ["a.json", "b.json"]})";

std::vector<double> rates(const Sweep& sweep) {
  std::vector<double> all;
  for (const RunSpec& run : sweep.runs) all.push_back(run.settings().rate);
  return all;
}

const RunSpec& run_of(const Sweep& sweep, const std::string& id) {
  for (const RunSpec& run : sweep.runs)
    if (run.id == id) return run;
  throw std::out_of_range(id);
}

std::vector<std::string> sorted_ids(const Sweep& sweep) {
  std::vector<std::string> ids;
  for (const RunSpec& run : sweep.runs) ids.push_back(run.id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST(Include, APlainConfigIsItsOnlyExperiment) {
  const Sweep sweep = sweep_of(
      R"({"name": "n", "description": "d", "base": {"dataset": "x"}, "sweep": {"rate": [0.2, 0.1]}})");
  ASSERT_EQ(sweep.experiments.size(), 1U);
  EXPECT_EQ(sweep.experiments[0].name, "n");
  EXPECT_EQ(sweep.experiments[0].description, "d");
  EXPECT_EQ(sweep.experiments[0].swept, std::vector<std::string>{"rate"});
  EXPECT_EQ(sweep.experiments[0].runs,
            (std::vector<std::string>{sweep.runs[0].id, sweep.runs[1].id}));
}

TEST(Include, JoinsExperimentsAndSharesTheirEqualRuns) {
  const Sweep sweep = sweep_of_files({{"all.json", kIncludeBoth},
                                      {"a.json", config_text("", R"("rate": [0.1, 0.2, 0.3])")},
                                      {"b.json", config_text("", R"("rate": [0.4, 0.3, 0.1])")}});
  EXPECT_EQ(rates(sweep), (std::vector<double>{0.1, 0.2, 0.3, 0.4}));
  ASSERT_EQ(sweep.experiments.size(), 2U);
  EXPECT_EQ(sweep.experiments[1].name, "b");
  EXPECT_EQ(sweep.experiments[1].runs,
            (std::vector<std::string>{sweep.runs[3].id, sweep.runs[2].id, sweep.runs[0].id}));
  EXPECT_EQ(sweep.swept, std::vector<std::string>{"rate"});
  EXPECT_EQ(sweep.config_files.size(), 3U);
}

TEST(Include, AnUnsharedRunKeepsTheIdOfItsOwnConfig) {
  const std::string alone = config_text("", R"("rate": [0.1, 0.2])");
  const Sweep sweep =
      sweep_of_files({{"all.json", kIncludeBoth}, {"a.json", alone}, {"b.json", config_text("")}});
  EXPECT_EQ(sorted_ids(sweep), sorted_ids(sweep_of(alone)));
}

TEST(Include, SharedRunsHaveThePoliciesOfAllAndTheLargerStore) {
  const Sweep sweep = sweep_of_files(
      {{"all.json", kIncludeBoth},
       {"a.json", config_text(R"("policies": ["mdp", "weak"], "store": {"weights": false,
           "traces": {"sequences": 2, "first_sequence": 3, "images": 10}})")},
       {"b.json", config_text(R"("policies": ["strong"], "store": {"weights": true,
           "traces": {"sequences": 1, "first_sequence": 7, "images": 500}})")}});
  ASSERT_EQ(sweep.runs.size(), 1U);
  const RunSettings& run = sweep.runs[0].settings();
  EXPECT_EQ(run.policies, (std::vector<Policy>{Policy::weak, Policy::strong, Policy::mdp}));
  EXPECT_TRUE(run.store.weights);
  EXPECT_EQ(run.store.first_traced_sequence, 3);
  EXPECT_EQ(run.store.traces.sequences, 5) << "3, 4 of the one and 7 of the other";
  EXPECT_EQ(run.store.traces.images, 500);
}

TEST(Include, AnExperimentWithoutTracesAddsNoneToASharedRun) {
  const std::string traced =
      config_text(R"("store": {"traces": {"sequences": 1, "first_sequence": 7, "images": 20}})");
  for (const bool traced_first : {true, false}) {
    const Sweep sweep = sweep_of_files({{"all.json", kIncludeBoth},
                                        {"a.json", traced_first ? traced : config_text("")},
                                        {"b.json", traced_first ? config_text("") : traced}});
    ASSERT_EQ(sweep.runs.size(), 1U);
    const StoreSettings& store = sweep.runs[0].settings().store;
    EXPECT_EQ(store.first_traced_sequence, 7);
    EXPECT_EQ(store.traces.sequences, 1);
    EXPECT_EQ(store.traces.images, 20);
  }
}

TEST(Include, PathsStartAtTheFolderOfTheConfigThatNamesThem) {
  const auto text = [](const std::string& path) {
    return R"({"base": {"dataset": ")" + path + R"("}})";
  };
  const Sweep sweep = sweep_of_files({{"all.json", R"({"include": ["x/a.json", "y/b.json"]})"},
                                      {"x/a.json", text("../images.npz")},
                                      {"y/b.json", text("./z/../../images.npz")}});
  ASSERT_EQ(sweep.runs.size(), 1U) << "two ways to name one file";
  EXPECT_EQ(sweep.runs[0].id, sweep_of(text("images.npz")).runs[0].id);
  EXPECT_EQ(sweep_of_files({{"all.json", R"({"include": ["x/a.json", "y/b.json"]})"},
                            {"x/a.json", text("images.npz")},
                            {"y/b.json", text("images.npz")}})
                .runs.size(),
            2U);
}

TEST(Include, OneFileByAnAbsoluteAndARelativePathIsOneRun) {
  const TemporaryFolder folder;
  write_bytes(folder.file("all.json"), kIncludeBoth);
  write_bytes(folder.file("a.json"), R"({"base": {"dataset": "images.npz"}})");
  write_bytes(folder.file("b.json"),
              R"({"base": {"dataset": ")" + folder.file("images.npz") + R"("}})");
  EXPECT_EQ(load_sweep(folder.file("all.json"), {}).runs.size(), 1U);
}

TEST(Include, MayNest) {
  const Sweep sweep = sweep_of_files({{"all.json", R"({"include": ["x/more.json", "c.json"]})"},
                                      {"x/more.json", R"({"include": ["a.json", "../b.json"]})"},
                                      {"x/a.json", config_text("")},
                                      {"b.json", config_text(R"("rate": 0.2)")},
                                      {"c.json", config_text(R"("rate": 0.3)")}});
  ASSERT_EQ(sweep.experiments.size(), 3U);
  EXPECT_EQ(sweep.experiments[0].name, "a");
  EXPECT_EQ(rates(sweep), (std::vector<double>{0.1, 0.2, 0.3}));
  EXPECT_EQ(sweep.runs[0].settings().dataset.substr(sweep.runs[0].settings().dataset.size() - 12),
            "x/images.npz");
}

TEST(Include, BaseChangesEveryExperimentAndTakesItsAxisAway) {
  const Sweep sweep = sweep_of_files(
      {{"all.json", R"({"include": ["a.json", "b.json"], "base": {"rate": 0.3, "dqn": {"width": 32},
         "arrivals": {"type": "periodic"}}})"},
       {"a.json", config_text("", R"("rate": [0.1, 0.2], "depth": [2, 3])")},
       {"b.json", config_text(R"("arrivals": {"type": "markov_modulated", "p_12": 0.5},
                                 "dqn": {"layers": 2})")}});
  ASSERT_EQ(sweep.runs.size(), 3U);
  for (const RunSpec& run : sweep.runs) {
    EXPECT_EQ(run.settings().rate, 0.3);
    EXPECT_EQ(run.settings().dqn.width, 32);
    EXPECT_EQ(run.settings().arrivals.type, ArrivalSettings::Type::periodic);
  }
  EXPECT_EQ(sweep.runs[2].settings().dqn.layers, 2) << "what base does not name stays";
}

TEST(Include, SweepAddsAxesTheLastOneFastest) {
  const Sweep sweep =
      sweep_of_files({{"all.json", R"({"include": ["a.json", "b.json"], "sweep": {"seed": [5, 6],
         "zip": [{"depth": [2, 3], "test_seed": [8, 9]}]}})"},
                      {"a.json", config_text("", R"("rate": [0.2, 0.1])")},
                      {"b.json", config_text("", R"("rate": [0.1], "seed": [1, 2, 3])")}});
  ASSERT_EQ(sweep.experiments[0].runs.size(), 8U);
  size_t position = 0;
  for (const double rate : {0.2, 0.1})
    for (const uint64_t seed : {5U, 6U})
      for (const int step : {0, 1}) {
        const RunSettings& run = run_of(sweep, sweep.experiments[0].runs.at(position++)).settings();
        EXPECT_EQ(run.rate, rate) << position;
        EXPECT_EQ(run.seed, seed) << position;
        EXPECT_EQ(run.depth, 2 + step) << position;
        EXPECT_EQ(run.test_seed, 8U + static_cast<uint64_t>(step)) << position;
      }
  EXPECT_EQ(sweep.experiments[1].runs.size(), 4U) << "its own seeds are replaced";
  EXPECT_EQ(sweep.runs.size(), 8U) << "b is part of a";
}

TEST(Include, SetReachesEveryExperimentAndGoesBeforeBase) {
  const std::map<std::string, std::string> files{
      {"all.json", R"({"include": ["a.json", "b.json"], "base": {"seed": 2}})"},
      {"a.json", config_text("", R"("rate": [0.1, 0.2])")},
      {"b.json", config_text(R"("rate": 0.3)")}};
  const Sweep sweep = sweep_of_files(files, {{"seed=3", "depth=[2,3]"}, std::nullopt});
  EXPECT_EQ(sweep.runs.size(), 6U);
  for (const RunSpec& run : sweep.runs) EXPECT_EQ(run.settings().seed, 3U);
}

TEST(Include, AMemberOfATypeChangesTheExperimentsOfThatTypeAlone) {
  const std::map<std::string, std::string> files{
      {"all.json", kIncludeBoth},
      {"a.json", config_text(R"("metric_sequence": {"type": "iid"})")},
      {"b.json", config_text(R"("metric_sequence": {"type": "local_reset"})")}};
  const Sweep sweep = sweep_of_files(files, {{"metric_sequence.spread=0.5"}, std::nullopt});
  EXPECT_EQ(sweep.runs[0].settings().metric_sequence.type, MetricSequenceSettings::Type::iid);
  EXPECT_EQ(sweep.runs[1].settings().metric_sequence.spread, 0.5);
}

TEST(Include, ResolvedTextIsAConfigOfTheSameRuns) {
  const Sweep first = sweep_of_files(
      {{"all.json",
        R"({"name": "n", "include": ["x/a.json", "b.json"], "sweep": {"seed": [2, 1]}})"},
       {"x/a.json", config_text("", R"("rate": [0.1, 0.2])")},
       {"b.json", config_text("", R"("depth": [4, 5])")}});
  const Sweep second = sweep_of(first.resolved_json);
  EXPECT_EQ(first.resolved_json, second.resolved_json);
  ASSERT_EQ(first.experiments.size(), second.experiments.size());
  for (size_t i = 0; i < first.experiments.size(); ++i) {
    EXPECT_EQ(first.experiments[i].name, second.experiments[i].name);
    EXPECT_EQ(first.experiments[i].runs, second.experiments[i].runs);
    EXPECT_EQ(first.experiments[i].swept, second.experiments[i].swept);
  }
}

TEST(Include, WhatTellsExperimentsApartIsSweptToo) {
  const Sweep sweep = sweep_of_files(
      {{"all.json", kIncludeBoth},
       {"a.json",
        config_text(R"("depth": 5, "store": {"weights": false})", R"("rate": [0.1, 0.2])")},
       {"b.json", config_text(R"("depth": 6, "policies": ["weak"])", R"("seed": [1, 2])")}});
  EXPECT_EQ(sweep.swept, (std::vector<std::string>{"rate", "seed", "depth"}));
}

std::string paper(const std::string& name) {
  return testing::source_dir() + "/configs/paper/" + name + ".json";
}

TEST(PaperConfigs, JoinAllFiguresAndShareTheirRuns) {
  const Sweep sweep = load_sweep(paper("paper"), {});
  const std::map<std::string, size_t> expected{
      {"figure_5a", 33}, {"figure_5b", 21}, {"figure_6", 60}, {"figure_7a", 1},
      {"figure_7b", 1},  {"figure_8", 12},  {"figure_9", 60}, {"figure_10a", 1},
      {"figure_10b", 1}, {"figure_11", 7},  {"figure_e", 2}};
  std::map<std::string, size_t> found;
  for (const Experiment& experiment : sweep.experiments)
    found[experiment.name] = experiment.runs.size();
  EXPECT_EQ(found, expected);
  // Shared: 9 points of 5a and 5b, one of 5 and 6, 7a with 5, one of 8 and 9, both 10 with 9, and
  // of 11, the one with 31 previous metrics with E.
  EXPECT_EQ(sweep.runs.size(), 199U - 15U);
  for (const RunSpec& run : sweep.runs)
    ASSERT_TRUE(std::filesystem::exists(run.settings().dataset)) << run.settings().dataset;
}

TEST(PaperConfigs, TracesStandWhereTheFiguresShowThem) {
  const Sweep sweep = load_sweep(paper("paper"), {});
  for (const Experiment& experiment : sweep.experiments) {
    if (experiment.runs.size() > 2) continue;  // figures of losses
    for (const std::string& id : experiment.runs)
      EXPECT_EQ(run_of(sweep, id).settings().store.traces.images, 1000) << experiment.name;
    EXPECT_EQ(run_of(sweep, experiment.runs[0]).settings().store.traces.sequences, 1);
  }
}

TEST(PaperConfigs, FigureETrainsOnTwoKindsAndTestsOnOne) {
  const Sweep sweep = load_sweep(paper("figure_e"), {});
  ASSERT_EQ(sweep.runs.size(), 2U);
  EXPECT_EQ(sweep.runs[0].settings().metric_sequence.type, MetricSequenceSettings::Type::iid);
  EXPECT_EQ(sweep.runs[1].settings().metric_sequence.reset_probability, 0.01);
  for (const RunSpec& run : sweep.runs) {
    EXPECT_EQ(run.settings().test_metric_sequence().type,
              MetricSequenceSettings::Type::local_reset);
    EXPECT_EQ(run.settings().test_metric_sequence().reset_probability, 0.01);
    EXPECT_EQ(run.settings().test_arrivals().type, ArrivalSettings::Type::markov_modulated);
  }
}

}  // namespace
}  // namespace edgesweep
