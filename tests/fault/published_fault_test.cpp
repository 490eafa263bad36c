// Published losses that are not what they should be: one message that says where.
#include <gtest/gtest.h>

#include "host/results/published/published_losses.h"
#include "host/results/published/sequence_weak_losses.h"
#include "tests/support/config_files.h"
#include "tests/support/published_files.h"

namespace edgesweep::testing {
namespace {

constexpr const char* kGoodRow = "6,a,0.05,1,0.1,0.1,,,,,,dqn,b,1,0.28,spread rprob\n";

/// What reading a folder with this fig.csv (and another file) says, from fig.csv on.
std::string folder_complaint(const std::string& bytes, const std::string& other = "") {
  const TemporaryFolder folder;
  write_bytes(folder.file("fig.csv"), bytes);
  if (!other.empty()) write_bytes(folder.file("more.csv"), other);
  const std::string message = input_error([&] { read_published(folder.path()); });
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
  EXPECT_EQ(folder_complaint(kPublishedHeader + kGoodRow + row_with(2, "fast")),
            "/fig.csv: line 3, column r: found \"fast\"; allowed: a number from 0 to 1");
  EXPECT_EQ(folder_complaint(kPublishedHeader + row_with(14, "28")),
            "/fig.csv: line 2, column average_top5_loss: found \"28\"; allowed: a number from 0 to "
            "1");
  EXPECT_EQ(
      folder_complaint(kPublishedHeader + row_with(14, "")),
      "/fig.csv: line 2, column average_top5_loss: found nothing; allowed: a number from 0 to "
      "1");
  EXPECT_EQ(folder_complaint(kPublishedHeader + row_with(3, "")),
            "/fig.csv: line 2, column b: found nothing; allowed: a number");
  EXPECT_EQ(folder_complaint(kPublishedHeader + row_with(0, "")),
            "/fig.csv: line 2, column figure: found nothing; allowed: the figure's name");
  EXPECT_EQ(folder_complaint(kPublishedHeader + row_with(11, "dqm")),
            "/fig.csv: line 2, column policy: found \"dqm\"; allowed: the name of a policy: "
            "lower_bound, baseline, mdp, dqn, ...");
}

TEST(PublishedFault, SettingsOfOneKindComeTogether) {
  EXPECT_EQ(folder_complaint(kPublishedHeader + row_with(5, "")),
            "/fig.csv: line 2, column rprob: found nothing; allowed: a number: both have one, or "
            "none");
  EXPECT_EQ(folder_complaint(kPublishedHeader + row_with(8, "0.001")),
            "/fig.csv: line 2, column tprob1: found \"0.001\"; allowed: a number where I1 has one, "
            "and nothing elsewhere");
}

TEST(PublishedFault, AMissingColumnIsNamed) {
  std::string header = kPublishedHeader;
  header.replace(header.find("rprob"), 5, "rprop");
  const std::string message = folder_complaint(header + kGoodRow);
  EXPECT_TRUE(message.starts_with("/fig.csv: line 1: found no column rprob; allowed: figure, "))
      << message;
  EXPECT_TRUE(message.ends_with("(did you mean \"rprop\"?)")) << message;
}

TEST(PublishedFault, APointStandsThereOnce) {
  EXPECT_EQ(folder_complaint(kPublishedHeader + kGoodRow, kPublishedHeader + kGoodRow),
            "/more.csv: line 2: found the point that stands in fig.csv, line 2; allowed: every "
            "point of a figure, panel and policy once");
}

TEST(PublishedFault, FilesOfOtherLayoutsArePassedOverWhateverTheyHold) {
  for (const std::string& other :
       {std::string("a,b\n1\n"), std::string(), std::string("\"a\n"), std::string("\0", 1)})
    EXPECT_EQ(folder_complaint(kPublishedHeader + kGoodRow, other.empty() ? "\n" : other),
              "no error");
}

TEST(PublishedFault, AFolderWithoutLossesIsRefused) {
  EXPECT_EQ(folder_complaint("entropy,metric\n1,2\n"),
            ": found no published losses; allowed: CSV files with a column average_top5_loss");
  EXPECT_NE(input_error([] {
              read_published("/nowhere/published");
            }).find("/nowhere/published: found no folder that can be read"),
            std::string::npos);
}

TEST(PublishedFault, WeakLossesOfSequencesAreChecked) {
  const auto complaint = [](const std::string& rows) {
    const TemporaryFolder folder;
    write_bytes(folder.file("weak.csv"), "sequence,spread,rprob,weak_loss,standard_error\n" + rows);
    const std::string message =
        input_error([&] { read_sequence_weak_losses(folder.file("weak.csv")); });
    const size_t name = message.find("weak.csv");
    return name == std::string::npos ? message : message.substr(name);
  };
  EXPECT_EQ(complaint("iid,,,0.3,0\nlocal_reset,0,1,0.3,1e-5\n"), "no error");
  EXPECT_EQ(complaint("idd,,,0.3,0\n"),
            "weak.csv: line 2, column sequence: found \"idd\"; allowed: iid or local_reset");
  EXPECT_EQ(complaint("local_reset,,1,0.3,0\n"),
            "weak.csv: line 2, column spread: found nothing; allowed: a number from 0 to 1");
  EXPECT_EQ(complaint("iid,,,0.3,0\niid,,,0.4,0\n"),
            "weak.csv: line 3, column sequence: found \"iid\"; allowed: every sequence once");
}

}  // namespace
}  // namespace edgesweep::testing
