// A smaller size of everything: the key `scale` and --scale.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/config_files.h"

namespace edgesweep {
namespace {

using testing::complaint;
using testing::config_text;
using testing::sweep_of;
using testing::TemporaryFolder;
using testing::write_bytes;

Sweep scaled(const std::string& text, double scale, std::vector<std::string> overrides = {}) {
  const TemporaryFolder folder;
  write_bytes(folder.file("config.json"), text);
  return load_sweep(folder.file("config.json"), {std::move(overrides), scale});
}

const char* kSizes = R"("dqn": {"schedule": [{"iterations": 1000, "learning_rate": 1e-3},
                                             {"iterations": 3, "learning_rate": 1e-4}],
                                "training_sequences": {"sequences": 10, "images": 7000},
                                "validation": {"sequences": 25, "images": 7000}},
                        "test": {"sequences": 100, "images": 7000})";

TEST(Scale, MultipliesIterationsAndSequencesRoundedAtLeastOne) {
  const RunSettings run = scaled(config_text(kSizes), 0.1).runs.at(0).settings();
  ASSERT_EQ(run.dqn.schedule.size(), 2U);
  EXPECT_EQ(run.dqn.schedule[0].iterations, 100);
  EXPECT_EQ(run.dqn.schedule[1].iterations, 1) << "0.3, but no phase is left out";
  EXPECT_EQ(run.dqn.training_sequences.sequences, 1);
  EXPECT_EQ(run.dqn.validation.sequences, 3) << "2.5 is rounded up";
  EXPECT_EQ(run.test.sequences, 10);
  EXPECT_EQ(run.test.images, 7000) << "lengths of sequences are not sizes: histories fit in them";
  EXPECT_EQ(run.dqn.validation.images, 7000);
}

TEST(Scale, IsTheSameAsWritingTheSmallerSizes) {
  const std::string smaller = R"("dqn": {"schedule": [{"iterations": 500, "learning_rate": 1e-3},
                                                      {"iterations": 2, "learning_rate": 1e-4}],
                                "training_sequences": {"sequences": 5, "images": 7000},
                                "validation": {"sequences": 13, "images": 7000}},
                        "test": {"sequences": 50, "images": 7000})";
  EXPECT_EQ(scaled(config_text(kSizes), 0.5).resolved_json,
            sweep_of(config_text(smaller)).resolved_json);
}

TEST(Scale, ReachesDefaultsAxesAndGroups) {
  EXPECT_EQ(scaled(config_text(""), 0.1).runs.at(0).settings().test.sequences, 10);
  const Sweep sweep = scaled(
      config_text(
          "",
          R"("test.sequences": [20, 40], "zip": [{"dqn.validation.sequences": [10, 30], "seed": [1, 2]}])"),
      0.1);
  ASSERT_EQ(sweep.runs.size(), 4U);
  EXPECT_EQ(sweep.runs[0].settings().test.sequences, 2);
  EXPECT_EQ(sweep.runs[3].settings().test.sequences, 4);
  EXPECT_EQ(sweep.runs[3].settings().dqn.validation.sequences, 3);
}

TEST(Scale, OneChangesNothing) {
  EXPECT_EQ(scaled(config_text(kSizes), 1).resolved_json,
            sweep_of(config_text(kSizes)).resolved_json);
}

TEST(Scale, ComesAfterSet) {
  EXPECT_EQ(
      scaled(config_text(""), 0.1, {"test.sequences=50"}).runs.at(0).settings().test.sequences, 5);
}

TEST(Scale, TheOutermostWins) {
  const std::string inner = R"({"scale": 0.5, "base": {"dataset": "d"}})";
  EXPECT_EQ(sweep_of(inner).runs.at(0).settings().test.sequences, 50);
  EXPECT_EQ(scaled(inner, 0.1).runs.at(0).settings().test.sequences, 10);
  const auto including = [](const std::string& scale, const ConfigChanges& changes) {
    const TemporaryFolder folder;
    write_bytes(folder.file("a.json"), R"({"scale": 0.5, "base": {"dataset": "d"}})");
    write_bytes(folder.file("all.json"), R"({"include": ["a.json"])" + scale + "}");
    return load_sweep(folder.file("all.json"), changes).runs.at(0).settings().test.sequences;
  };
  EXPECT_EQ(including("", {}), 50);
  EXPECT_EQ(including(R"(, "scale": 0.2)", {}), 20);
  EXPECT_EQ(including(R"(, "scale": 0.2)", {{}, 0.1}), 10);
}

TEST(Scale, TakesTheScheduleOfTheRecipe) {
  const auto iterations = [](const std::string& dqn) {
    const Sweep sweep = scaled(config_text(R"("dqn": {)" + dqn + "}"), 0.1);
    std::vector<int64_t> phases;
    for (const SchedulePhase& phase : sweep.runs.at(0).settings().dqn.schedule)
      phases.push_back(phase.iterations);
    return phases;
  };
  EXPECT_EQ(iterations(R"("recipe": "published")"), (std::vector<int64_t>{300, 100}));
  EXPECT_EQ(iterations(R"("recipe": "warm")"), (std::vector<int64_t>{3, 47}));
  EXPECT_EQ(iterations(R"("recipe": "warm_5x64")"), (std::vector<int64_t>{3, 27}));
  EXPECT_NE(testing::input_error([] {
              scaled(config_text("", R"("dqn.recipe": ["warm", "published"])"), 0.1);
            }).find("a sweep over dqn.recipe whose schedules are the recipes' own"),
            std::string::npos);
}

TEST(Scale, IsNamedWhereItMakesRunsEqual) {
  const std::string text = config_text("", R"("test.sequences": [100, 101])");
  EXPECT_NE(testing::input_error([&] { scaled(text, 0.01); })
                .find("(test.sequences = 1), as scale 0.01 rounds the values of test.sequences; "
                      "allowed: a larger scale, or values that stay apart"),
            std::string::npos);
  EXPECT_EQ(scaled(text, 0.5).runs.size(), 2U);
  // Runs that are equal without it are not its fault.
  EXPECT_EQ(complaint(config_text("", R"("seed": [1, 1])")).find("scale"), std::string::npos);
}

TEST(Scale, OutOfRangeIsRefused) {
  for (const char* scale : {"0", "1.5", "-1", "\"half\""})
    EXPECT_NE(complaint(R"({"scale": )" + std::string(scale) + R"(, "base": {"dataset": "d"}})")
                  .find("config.json: /scale: found " + std::string(scale) +
                        "; allowed: a number > 0 and <= 1"),
              std::string::npos)
        << scale;
  for (const double scale : {0.0, -0.5, 2.0, std::nan("")})
    EXPECT_NE(testing::input_error([&] { scaled(config_text(""), scale); }).find("--scale: found "),
              std::string::npos)
        << scale;
}

}  // namespace
}  // namespace edgesweep
