#include "host/hdf5/hdf5_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "host/error.h"
#include "host/hdf5/hdf5_table.h"
#include "host/hdf5/hdf5_table_reader.h"
#include "tests/support/files.h"

namespace edgesweep {
namespace {

using testing::TemporaryFolder;

/// Rows of several chunks; the longest text comes last.
Table table_of(size_t rows) {
  Texts texts;
  Integers integers;
  for (size_t row = 0; row < rows; ++row) {
    texts.emplace_back(row + 1 == rows ? 1000 : row % 7, 'x');
    integers.push_back(static_cast<int64_t>(row * row));
  }
  return {"of rows", {{"text", std::move(texts), ""}, {"number", std::move(integers), "a square"}}};
}

int write_file(const std::string& path, int flags, const std::function<void(hid_t)>& fill) {
  const int descriptor = open(path.c_str(), flags, 0644);
  const int error = write_hdf5_file(Hdf5Format::v18, descriptor, fill);
  close(descriptor);
  return error;
}

constexpr int kNew = O_RDWR | O_CREAT | O_EXCL;

TEST(Hdf5File, HoldsTablesThatAreMadeInBlocks) {
  const TemporaryFolder folder;
  constexpr size_t kRows = 5000;
  const Table whole = table_of(kRows);
  const TableBlocks blocks{kRows, [&](size_t first, size_t count) {
                             Table part = table_of(kRows);
                             auto& texts = std::get<Texts>(part.columns[0].values);
                             auto& numbers = std::get<Integers>(part.columns[1].values);
                             texts = {texts.begin() + static_cast<std::ptrdiff_t>(first),
                                      texts.begin() + static_cast<std::ptrdiff_t>(first + count)};
                             numbers = {
                                 numbers.begin() + static_cast<std::ptrdiff_t>(first),
                                 numbers.begin() + static_cast<std::ptrdiff_t>(first + count)};
                             return part;
                           }};
  ASSERT_EQ(
      write_file(
          folder.file("a.h5"), kNew,
          [&](hid_t file) {
            write_table(file, "blocks", blocks);
            write_table(file, "whole", whole);
            write_table(file, "none", TableBlocks{0, [](size_t, size_t) { return table_of(0); }});
          }),
      0);
  const Hdf5Group file = Hdf5Group::open(folder.file("a.h5"));
  for (const char* name : {"blocks", "whole"}) {
    std::vector<Column> columns{{"text", Texts{}, ""}, {"number", Integers{}, ""}};
    read_table(file, name, columns);
    EXPECT_EQ(columns[0].values, whole.columns[0].values) << name;
    EXPECT_EQ(columns[1].values, whole.columns[1].values) << name;
  }
  std::vector<Column> none{{"text", Texts{}, ""}};
  read_table(file, "none", none);
  EXPECT_EQ(std::get<Texts>(none[0].values).size(), 0U);
}

TEST(Hdf5File, RefusesBlocksOfAnotherLengthThanAskedFor) {
  const TemporaryFolder folder;
  EXPECT_THROW(
      write_file(
          folder.file("a.h5"), kNew,
          [&](hid_t file) {
            write_table(file, "a", TableBlocks{3, [](size_t, size_t) { return table_of(2); }});
          }),
      SystemError);
}

TEST(Hdf5File, SaysWhenTheSystemTakesNoMoreAndGoesOnWorking) {
  const TemporaryFolder folder;
  const auto fill = [](hid_t file) { write_table(file, "a", table_of(5000)); };
  EXPECT_EQ(write_file("/dev/full", O_RDWR, fill), ENOSPC);
  // Of a file that may not be read back HDF5 may refuse more; the first error is what counts.
  EXPECT_EQ(write_file("/dev/full", O_WRONLY, fill), ENOSPC);
  EXPECT_EQ(write_file(folder.file("a.h5"), kNew, fill), 0);
  const Hdf5Group file = Hdf5Group::open(folder.file("a.h5"));
  EXPECT_TRUE(file.has("a"));
}

}  // namespace
}  // namespace edgesweep
