// Tables of published losses that are not what they should be: one message that says where.
#include <gtest/gtest.h>

#include "host/compare/published_table.h"
#include "tests/support/config_files.h"
#include "tests/support/published_files.h"

namespace edgesweep::testing {
namespace {

const std::vector<std::string> kSettings = {"rate",
                                            "depth",
                                            "metric_sequence_type",
                                            "metric_sequence_spread",
                                            "arrivals_type",
                                            "metric_sequence_reset_probability",
                                            "dqn_history_metrics"};
constexpr const char* kGoodRow =
    "6,a,b,1,0.05,1,local_reset,0.1,0.1,periodic,95,0.29,0.28,0.0003,0.3,1e-5,1e7,3e-5,1,\n";

/// What reading a folder with this fig.csv (and another file) says, from fig.csv on.
std::string folder_complaint(const std::string& bytes, const std::string& other = "") {
  const TemporaryFolder folder;
  write_bytes(folder.file("fig.csv"), bytes);
  if (!other.empty()) write_bytes(folder.file("more.csv"), other);
  const std::string message = input_error([&] { read_published(folder.path(), kSettings); });
  const size_t name = message.find(folder.path());
  return name == std::string::npos ? message : message.substr(folder.path().size());
}

/// The row with one field changed.
std::string row_with(size_t field, const std::string& text) {
  std::string row = kGoodRow;
  size_t start = 0;
  for (size_t i = 0; i < field; ++i) start = row.find(',', start) + 1;
  return row.replace(start, row.find(',', start) - start, text);
}

TEST(PublishedFault, AGoodRowIsRead) {
  EXPECT_EQ(folder_complaint(kPublishedHeader + kGoodRow), "no error");
}

TEST(PublishedFault, NamesFileLineAndColumn) {
  EXPECT_EQ(folder_complaint(kPublishedHeader + kGoodRow + row_with(12, "fast")),
            "/fig.csv: line 3, column dqn_loss: found \"fast\"; allowed: a number");
  EXPECT_EQ(folder_complaint(kPublishedHeader + row_with(3, "b")),
            "/fig.csv: line 2, column x: found \"b\"; allowed: a number");
  EXPECT_EQ(
      folder_complaint(kPublishedHeader + row_with(13, "-1")),
      "/fig.csv: line 2, column dqn_tolerance: found \"-1\"; allowed: a number from 0 to inf");
  EXPECT_EQ(folder_complaint(kPublishedHeader + row_with(0, "")),
            "/fig.csv: line 2, column figure: found nothing; allowed: the figure's name");
  EXPECT_EQ(folder_complaint(kPublishedHeader + row_with(18, "yes")),
            "/fig.csv: line 2, column in_all: found \"yes\"; allowed: 0 or 1");
}

TEST(PublishedFault, AnUnknownColumnIsNamedWithTheNearestSetting) {
  std::string header = kPublishedHeader;
  header.replace(header.find("spread"), 6, "sprawd");
  const std::string message = folder_complaint(header + kGoodRow);
  EXPECT_TRUE(message.starts_with(
      "/fig.csv: line 1: found the unknown column metric_sequence.sprawd; allowed: settings"))
      << message;
  EXPECT_TRUE(message.ends_with("(did you mean \"metric_sequence_spread\"?)")) << message;
  EXPECT_TRUE(folder_complaint("rate,seed,dqn_loss\n0.1,1,0.2\n").find("unknown column seed") !=
              std::string::npos);
}

TEST(PublishedFault, AToleranceNeedsItsLoss) {
  EXPECT_TRUE(folder_complaint("rate,mdp_loss,dqn_tolerance\n0.1,0.2,0.1\n")
                  .starts_with("/fig.csv: line 1: found no column dqn_loss; allowed: dqn_loss"));
}

TEST(PublishedFault, ASettingHasOneColumn) {
  EXPECT_EQ(folder_complaint("dqn.history_metrics,dqn_history_metrics,dqn_loss\n7,8,0.2\n"),
            "/fig.csv: line 1: found two columns for the setting dqn_history_metrics; allowed: one "
            "column a setting");
}

TEST(PublishedFault, APointStandsThereOnce) {
  EXPECT_EQ(folder_complaint(kPublishedHeader + kGoodRow, kPublishedHeader + kGoodRow),
            "/more.csv: line 2: found the point that stands in fig.csv, line 2; allowed: every "
            "point of a figure, panel and policy once");
}

TEST(PublishedFault, FilesWithoutLossesArePassedOverWhateverTheyHold) {
  for (const std::string& other :
       {std::string("a,b\n1\n"), std::string("\n"), std::string("\"a\n"), std::string("\0", 1)})
    EXPECT_EQ(folder_complaint(kPublishedHeader + kGoodRow, other), "no error");
}

TEST(PublishedFault, AFolderWithoutLossesHasNoPoints) {
  const TemporaryFolder folder;
  write_bytes(folder.file("other.csv"), "entropy,metric\n1,2\n");
  const PublishedTables tables = read_published(folder.path(), kSettings);
  EXPECT_TRUE(tables.points.empty());
  EXPECT_EQ(tables.passed_over, std::vector<std::string>{"other.csv"});
  EXPECT_NE(input_error([] {
              read_published("/nowhere/published", kSettings);
            }).find("/nowhere/published: found no file or folder that can be read"),
            std::string::npos);
}

}  // namespace
}  // namespace edgesweep::testing
