#include "host/data/csv.h"

#include <gtest/gtest.h>

#include "tests/support/config_files.h"

namespace edgesweep::testing {
namespace {

/// What reading these bytes as table.csv, then `use`, says: from the file's name on.
std::string csv_complaint(
    const std::string& bytes, const std::function<void(const CsvFile&)>& use = [](const auto&) {}) {
  const TemporaryFolder folder;
  write_bytes(folder.file("table.csv"), bytes);
  const std::string message = input_error([&] { use(CsvFile(folder.file("table.csv"))); });
  const size_t name = message.find("table.csv");
  return name == std::string::npos ? message : message.substr(name);
}

CsvFile csv_of(const std::string& bytes) {
  const TemporaryFolder folder;
  write_bytes(folder.file("table.csv"), bytes);
  return CsvFile(folder.file("table.csv"));
}

TEST(Csv, ReadsFieldsUnderTheirColumns) {
  const CsvFile csv = csv_of("a,b\n1,x y\n-2.5e-3,\n");
  ASSERT_EQ(csv.rows(), 2u);
  EXPECT_EQ(csv.columns(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(csv.text(0, "b"), "x y");
  EXPECT_EQ(csv.number(1, "a", -1, 1), -2.5e-3);
  EXPECT_EQ(csv.number_if_any(1, "b", 0, 1), std::nullopt);
}

TEST(Csv, TakesQuotesCarriageReturnsEmptyLinesAndAByteOrderMark) {
  const CsvFile csv = csv_of(
      "\xEF\xBB\xBF\"a\",b\r\n\r\n\"x, \"\"y\"\"\nz\",2\r\n\n3,4");  // no line end at the end
  ASSERT_EQ(csv.rows(), 2u);
  EXPECT_EQ(csv.text(0, "a"), "x, \"y\"\nz");
  EXPECT_EQ(csv.text(0, "b"), "2");
  EXPECT_EQ(csv.text(1, "b"), "4");
  EXPECT_EQ(csv.line(0), 3);
  EXPECT_EQ(csv.line(1), 6);  // the quoted field has a line of its own, then an empty line
}

TEST(Csv, RefusesLinesOfAnotherLength) {
  EXPECT_EQ(csv_complaint("a,b\n1,2\n\n1,2,3\n"),
            "table.csv: line 4: found 3 fields; allowed: 2, as many as the header has");
  EXPECT_EQ(csv_complaint("a,b\n1\n"),
            "table.csv: line 2: found 1 fields; allowed: 2, as many as the header has");
}

TEST(Csv, RefusesBrokenQuotes) {
  EXPECT_EQ(csv_complaint("a\n\"x\n"),
            "table.csv: line 2: found a quote without end; allowed: a closing quote");
  EXPECT_EQ(
      csv_complaint("a\n\"x\"y\n"),
      "table.csv: line 2: found a text behind a closing quote; allowed: a comma or the end of "
      "the line");
}

TEST(Csv, RefusesHeadersThatNameNothingOrTwice) {
  EXPECT_EQ(csv_complaint("\n\n"),
            "table.csv: found no line; allowed: a header line with the columns' names");
  EXPECT_EQ(
      csv_complaint("a,b,a\n"),
      "table.csv: line 1: found the column \"a\"; allowed: names that are not empty and occur "
      "once");
  EXPECT_NE(csv_complaint("a,,b\n"), "no error");
}

TEST(Csv, RefusesBinaryFiles) {
  EXPECT_EQ(csv_complaint(std::string("a,b\n1,\0\n", 8)),
            "table.csv: found a binary file; allowed: a text file of comma-separated values");
}

TEST(Csv, RefusesWhatIsNoNumberInRange) {
  const auto number = [](const CsvFile& csv) { csv.number(0, "b", 0, 1); };
  for (const char* field : {"x", "", "0.5x", " 0.5", "nan", "inf", "1.01", "-0.1", "0x1p-1"})
    EXPECT_EQ(csv_complaint(std::string("a,b\n1,") + field + "\n", number),
              "table.csv: line 2, column b: found " +
                  (*field ? "\"" + std::string(field) + "\"" : "nothing") +
                  "; allowed: a number from 0 to 1");
}

TEST(Csv, NamesTheMissingColumnAndTheNearest) {
  EXPECT_EQ(
      csv_complaint("rate,dept\n",
                    [](const CsvFile& csv) {
                      csv.require({"rate", "depth"});
                    }),
      "table.csv: line 1: found no column depth; allowed: rate, depth (did you mean \"dept\"?)");
}

}  // namespace
}  // namespace edgesweep::testing
