// `edgesweep sequences`: what cannot be drawn is refused by file and place, and nothing is written.
#include <gtest/gtest.h>

#include "tests/support/paths.h"
#include "tests/support/process.h"

namespace edgesweep::testing {
namespace {

constexpr const char* kSize = R"("image_count": 10, "sequences": 2, "images": 3)";
constexpr const char* kIid = R"("metric_sequence": {"type": "iid"})";

class FaultSequences : public ::testing::Test {
 protected:
  Finished draw(const std::string& text, const std::vector<std::string>& options = {}) {
    write_bytes(folder_.file("tables.json"), text);
    std::vector<std::string> command = {"sequences", "tables.json"};
    command.insert(command.end(), options.begin(), options.end());
    return edgesweep_command(command, folder_.path());
  }

  static std::string tables(const std::string& list, const std::string& common = kSize) {
    return "{" + common + R"(, "tables": [)" + list + "]}";
  }

  static std::string arrivals(const std::string& law) {
    return tables(R"({"file": "a.h5", "arrivals": {"type": "markov_modulated", )" + law + "}}");
  }

  void expect_refused(const std::string& text, const std::string& message) {
    const Finished finished = draw(text);
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_EQ(finished.err, "edgesweep: tables.json: " + message + "\n");
    EXPECT_EQ(finished.out, "");
    for (const std::string& name : folder_.names()) EXPECT_FALSE(contains(name, ".h5")) << name;
  }

  const TemporaryFolder folder_;
};

TEST_F(FaultSequences, ATableIsAsTheHelpDescribesIt) {
  expect_refused("{}", R"x(/tables: found nothing; allowed: a list of 1 to 100000 values)x");
  expect_refused(tables(""),
                 R"x(/tables: found a list of 0 values; allowed: a list of 1 to 100000 values)x");
  expect_refused(
      tables(R"({"file": "a.h5", "metric_sequenc": {}})"),
      R"x(/tables/0: found the unknown key "metric_sequenc"; allowed: file, metric_sequence, arrivals, image_count, sequences, images, seed, first_row (did you mean "metric_sequence"?))x");
  expect_refused(
      tables(R"({"file": "a.h5"})"),
      R"x(/tables/0: found neither metric_sequence nor arrivals; allowed: one of them)x");
  expect_refused(tables(R"({"file": "a.h5", "metric_sequence": {}, "arrivals": {}})"),
                 R"x(/tables/0: found metric_sequence and arrivals; allowed: one of them)x");
  expect_refused(
      tables(R"({"file": "", "arrivals": {}})"),
      R"x(/tables/0/file: found a string of 0 characters; allowed: a string of 1 to 1024 characters)x");
  expect_refused(tables("3"), R"x(/tables/0: found 3; allowed: an object)x");
  expect_refused(tables(R"({"arrivals": {}})"),
                 R"x(/tables/0/file: found nothing; allowed: a string of 1 to 1024 characters)x");
}

TEST_F(FaultSequences, SizesAreInRange) {
  const std::string table = std::string(R"({"file": "a.h5", )") + kIid;
  expect_refused(
      tables(table + "}", R"("sequences": 2, "images": 3)"),
      R"x(/tables/0/image_count: found nothing; allowed: how many test images the dataset has)x");
  expect_refused(tables(table + "}", R"("image_count": 10, "images": 3)"),
                 R"x(/tables/0/sequences: found nothing; allowed: an integer from 1 to 10000000)x");
  expect_refused(tables(table + R"(, "images": 0})"),
                 R"x(/tables/0/images: found 0; allowed: an integer from 1 to 1000000000)x");
  expect_refused(tables(table + R"(, "images": 1.5})"),
                 R"x(/tables/0/images: found 1.5; allowed: an integer from 1 to 1000000000)x");
  expect_refused(
      tables(table + R"(, "image_count": 2097153})"),
      R"x(/tables/0/image_count: found 2097153; allowed: an integer from 1 to 2097152)x");
  expect_refused(tables(table + R"(, "seed": 4294967296})"),
                 R"x(/tables/0/seed: found 4294967296; allowed: an integer from 0 to 4294967295)x");
  expect_refused(tables(table + R"(, "seed": -1})"),
                 R"x(/tables/0/seed: found -1; allowed: an integer from 0 to 4294967295)x");
  expect_refused(tables(table + R"(, "first_row": 2})"),
                 R"x(/tables/0/first_row: found 2; allowed: 0..1)x");
  expect_refused(
      tables(table + R"(, "first_row": 18446744073709551615})"),
      R"x(/tables/0/first_row: found 18446744073709551615; allowed: an integer from 0 to 9999999)x");
  expect_refused(
      tables(table + R"(, "sequences": 100000, "images": 100000})"),
      R"x(/tables/0: found 100000 sequences of 100000 images; allowed: at most 2^31 images in all)x");
}

TEST_F(FaultSequences, ALawIsOneThatCanBeDrawn) {
  expect_refused(
      tables(R"({"file": "a.h5", "metric_sequence": {"type": "replay", "file": "b.h5"}})"),
      R"x(/tables/0/metric_sequence/type: found "replay"; allowed: one of "iid", "local_reset": what can be drawn)x");
  expect_refused(
      tables(R"({"file": "a.h5", "metric_sequence": {"type": "idd"}})"),
      R"x(/tables/0/metric_sequence/type: found "idd"; allowed: one of "iid", "local_reset", "replay" (did you mean "iid"?))x");
  expect_refused(
      tables(R"({"file": "a.h5", "metric_sequence": {"type": "iid", "spread": 0.1}})"),
      R"x(/tables/0/metric_sequence/spread: found "spread" with "type": "iid"; allowed: here only type)x");
  expect_refused(tables(R"({"file": "a.h5", "metric_sequence": {"spread": 1.1}})"),
                 R"x(/tables/0/metric_sequence/spread: found 1.1; allowed: a number from 0 to 1)x");
  expect_refused(
      tables(R"({"file": "a.h5", "arrivals": {}})"),
      R"x(/tables/0/arrivals/type: found "periodic"; allowed: "markov_modulated": what can be drawn)x");
  expect_refused(arrivals(R"("p_12": 0)"),
                 R"x(/tables/0/arrivals/p_12: found 0; allowed: a number > 0 and <= 1)x");
  expect_refused(arrivals(R"("p_12": 1e-13)"),
                 R"x(/tables/0/arrivals: found the probability 1e-13; allowed: at least 1e-12)x");
  expect_refused(
      arrivals(R"("p_12": 1, "p_21": 1, "interval_1": 2, "interval_2": 2)"),
      R"x(/tables/0/arrivals: found a chain with 0 images, on average, in two visits; allowed: at least 0.001: shorter intervals, or smaller probabilities)x");
  expect_refused(
      arrivals(R"("p_12": 0.9, "p_21": 1, "interval_1": 5, "interval_2": 2)"),
      R"x(/tables/0/arrivals: found a chain with 0.0001 images, on average, in two visits; allowed: at least 0.001: shorter intervals, or smaller probabilities)x");
}

TEST_F(FaultSequences, SeedsOfGapsCountUp) {
  const std::string law = R"({"file": "a.h5", "seed": 2147483648, "arrivals": )"
                          R"({"type": "markov_modulated"}})";
  expect_refused(
      tables(law),
      R"x(/tables/0/seed: found 2147483648; allowed: 0..2147483647 with arrivals, whose seeds count up)x");
}

TEST_F(FaultSequences, AFileIsWrittenOnceAndOnlyWithForceAgain) {
  const std::string one = std::string(R"({"file": "a.h5", )") + kIid + "}";
  expect_refused(
      tables(one + ", " + std::string(R"({"file": "b/../a.h5", )") + kIid + "}"),
      R"x(/tables/1/file: found "b/../a.h5" a second time; allowed: a file for each table)x");
  ASSERT_EQ(draw(tables(one)).exit_code, 0);
  const std::string before = read_bytes(folder_.file("a.h5"));
  const std::string changed = std::string(R"({"file": "a.h5", "seed": 1, )") + kIid + "}";
  const Finished refused = draw(tables(changed));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(refused.err,
            "edgesweep: a.h5: found a file that is there already; allowed: another folder with -o, "
            "or --force to overwrite it\n");
  EXPECT_EQ(read_bytes(folder_.file("a.h5")), before);
  EXPECT_EQ(draw(tables(changed), {"--force"}).exit_code, 0);
  EXPECT_NE(read_bytes(folder_.file("a.h5")), before);
}

TEST_F(FaultSequences, AFullDiskLeavesTheOldFile) {
  write_bytes(folder_.file("tables.json"),
              tables(std::string(R"({"file": "a.h5", )") + kIid + R"(, "images": 100000})"));
  write_bytes(folder_.file("a.h5"), "old");
  Process process({program(), "sequences", "tables.json", "--force"}, folder_.path(),
                  /*file_limit=*/65536);
  const Finished finished = process.wait();
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_TRUE(contains(finished.err, "a.h5: ")) << finished.err;
  EXPECT_EQ(read_bytes(folder_.file("a.h5")), "old");
  for (const std::string& name : folder_.names()) EXPECT_FALSE(contains(name, ".tmp")) << name;
}

}  // namespace
}  // namespace edgesweep::testing
