#include "host/results/config_difference.h"

#include <gtest/gtest.h>

#include "host/sweep/expand.h"
#include "tests/support/files.h"

namespace edgesweep {
namespace {

using testing::TemporaryFolder;

/// A sweep of a config with this base and these axes, whose files have these hashes.
StoredSweep stored_sweep_of(const std::string& base, const std::string& axes,
                            std::vector<InputHash> inputs = {{"a.npz", "aaaa"}}) {
  const TemporaryFolder folder;
  testing::write_bytes(folder.file("c.json"), R"({"base": {"dataset": "a.npz", )" + base +
                                                  R"(}, "sweep": {)" + axes + "}}");
  StoredSweep sweep = stored_sweep(load_sweep(folder.file("c.json"), {}));
  sweep.inputs = std::move(inputs);
  return sweep;
}

std::string difference(const StoredSweep& then, const StoredSweep& now) {
  const auto found = first_difference(then, now);
  return found ? found->text() : "none";
}

const StoredSweep& original() {
  static const StoredSweep sweep =
      stored_sweep_of(R"("depth": 2)", R"("rate": [0.1, 0.2], "seed": [1, 2])");
  return sweep;
}

TEST(ConfigDifference, NamesValuesAxesAndWhatBecameAnAxis) {
  const std::string axes = R"("rate": [0.1, 0.2], "seed": [1, 2])";
  EXPECT_EQ(difference(original(), original()), "none");
  StoredSweep renamed = original();
  renamed.resolved_json.replace(renamed.resolved_json.find(R"("name":"c")"), 10, R"("name":"x")");
  EXPECT_EQ(difference(original(), renamed), "none") << "a name changes nothing";
  EXPECT_EQ(difference(original(), stored_sweep_of(R"("depth": 2, "dqn": {"width": 3})", axes)),
            "dqn.width was 32 and is 3");
  EXPECT_EQ(
      difference(original(), stored_sweep_of(R"("depth": 2)", R"("rate": [0.1], "seed": [1, 2])")),
      "rate was [0.1,0.2] and is [0.1]");
  EXPECT_EQ(difference(original(),
                       stored_sweep_of("\"seed\": 1", R"("rate": [0.1, 0.2], "depth": [2, 3])")),
            "depth was 2 and is [2,3]");
}

TEST(ConfigDifference, NamesTheSweepWhereTheSameValuesMakeOtherRuns) {
  const StoredSweep zipped =
      stored_sweep_of(R"("depth": 2)", R"("zip": [{"rate": [0.1, 0.2], "seed": [1, 2]}])");
  EXPECT_EQ(difference(original(), zipped).substr(0, 14), "sweep.zip was ");
}

TEST(ConfigDifference, FilesCountByTheirContent) {
  StoredSweep moved = original();
  moved.resolved_json.replace(moved.resolved_json.find("a.npz"), 5, "b.npz");
  moved.inputs = {{"b.npz", "aaaa"}};
  EXPECT_EQ(difference(original(), moved), "none");
  moved.inputs = {{"b.npz", "bbbb"}};
  EXPECT_EQ(difference(original(), moved),
            "dataset was \"a.npz\" (SHA-256 aaaa...) and is \"b.npz\" (SHA-256 bbbb...)");
  StoredSweep changed = original();
  changed.inputs[0].sha256 = "cccc";
  EXPECT_EQ(difference(original(), changed).substr(0, 13), "dataset was \"");
}

TEST(ConfigDifference, NamesTheExperimentOfAConfigThatIncludesOthers) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::string& rates) {
    testing::write_bytes(
        folder.file(name + ".json"),
        R"({"base": {"dataset": "a.npz", "depth": 2}, "sweep": {"rate": )" + rates + "}}");
  };
  const auto joined = [&](const std::string& names) {
    testing::write_bytes(folder.file("all.json"), R"({"include": [)" + names + "]}");
    return stored_sweep(load_sweep(folder.file("all.json"), {}));
  };
  write("one", "[0.1]");
  write("two", "[0.2]");
  const StoredSweep both = joined(R"("one.json", "two.json")");
  EXPECT_EQ(difference(both, joined(R"("one.json")")), "include was one, two and is one");
  write("two", "[0.3]");
  EXPECT_EQ(difference(both, joined(R"("one.json", "two.json")")),
            "two: rate was [0.2] and is [0.3]");
  EXPECT_EQ(difference(original(), both), "include was nothing and is one, two");
}

}  // namespace
}  // namespace edgesweep
