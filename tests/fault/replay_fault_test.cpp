#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/stat.h>

#include <functional>
#include <limits>

#include "host/data/replay.h"
#include "host/error.h"
#include "tests/support/dataset_files.h"

namespace edgesweep {
namespace {

using testing::TemporaryFolder;
using testing::write_bytes;
using testing::write_hdf5_table;

class FaultReplay : public ::testing::Test {
 protected:
  void expect_refused(const std::function<void()>& load, const std::vector<std::string>& parts) {
    try {
      load();
      ADD_FAILURE() << "accepted";
    } catch (const InputError& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.rfind(path_, 0), 0u) << message;
      for (const std::string& part : parts) {
        EXPECT_NE(message.find(part), std::string::npos) << "no \"" << part << "\" in " << message;
      }
    }
  }
  void expect_index_refused(const std::vector<std::string>& parts) {
    expect_refused([this] { load_index_replay(path_, 100); }, parts);
  }
  void expect_gap_refused(const std::vector<std::string>& parts) {
    expect_refused([this] { load_gap_replay(path_); }, parts);
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("replay.h5");
};

TEST_F(FaultReplay, IndicesOutOfRangeAreRefusedWithRowAndColumn) {
  write_hdf5_table(path_, "index", H5T_STD_I32LE, 2, 3, {0, 1, 2, 3, 4, 100});
  expect_index_refused({"index", "100 at row 1, column 2", "0..99"});
  write_hdf5_table(path_, "index", H5T_STD_I32LE, 2, 3, {0, -1, 2, 3, 4, 5});
  expect_index_refused({"index", "-1 at row 0, column 1", "0..99"});
}

TEST_F(FaultReplay, GapsBelowOneAreRefusedWithRowAndColumn) {
  write_hdf5_table(path_, "gap", H5T_STD_I16LE, 3, 2, {1, 1, 1, 1, 0, 1});
  expect_gap_refused({"gap", "0 at row 2, column 0", "1..2147483646"});
  write_hdf5_table(path_, "gap", H5T_STD_I16LE, 3, 2, {1, -7, 1, 1, 0, 1});
  expect_gap_refused({"gap", "-7 at row 0, column 1"});
}

TEST_F(FaultReplay, ValuesBeyond32BitsAreNotWrappedAround) {
  // 2^32 + 1 and -2^32 + 1 would be 1 in 32 bits, a valid gap and index.
  for (const int64_t wraps : {(int64_t{1} << 32) + 1, 1 - (int64_t{1} << 32)}) {
    write_hdf5_table(path_, "gap", H5T_STD_I64LE, 1, 2, {1, wraps});
    expect_gap_refused({"gap", "row 0, column 1", wraps > 0 ? "or more" : "or less"});
    write_hdf5_table(path_, "index", H5T_STD_I64LE, 1, 2, {1, wraps});
    expect_index_refused({"index", "row 0, column 1"});
  }
}

TEST_F(FaultReplay, TheLeastIntegerIsNamedAsRsMissingValue) {
  for (const hid_t type : {H5T_STD_I32LE, H5T_STD_I64BE}) {
    write_hdf5_table(path_, "gap", type, 1, 2,
                     {1, type == H5T_STD_I32LE ? INT32_MIN : std::numeric_limits<int64_t>::min()});
    expect_gap_refused(
        {": gap: found -2147483648 or less (R writes NA as the least integer) at row "
         "0, column 1; allowed: 1..2147483646"});
  }
}

TEST_F(FaultReplay, OtherShapesAndTypesAreRefused) {
  write_hdf5_table(path_, "gap", H5T_IEEE_F64LE, 1, 2, {1, 1});
  expect_gap_refused({"gap", "floats", "integers"});
  write_hdf5_table(path_, "gap", H5T_STD_I32LE, 0, 2, {});
  expect_gap_refused({"gap", "(0, 2)"});
  testing::write_hdf5(path_, {{"gap", {1, 1}}}, /*packed=*/false);
  expect_gap_refused({"gap", "1 dimensions", "2"});
}

TEST_F(FaultReplay, TablesBeyondTheMemoryLimitAreRefusedBeforeReading) {
  write_hdf5_table(path_, "gap", H5T_STD_I8LE, uint64_t{1} << 40, uint64_t{1} << 20, {});
  expect_gap_refused({"gap", "at most 2147483648 numbers"});
  write_hdf5_table(path_, "gap", H5T_STD_I8LE, 1000, 1'000'000, {});
  expect_gap_refused({"gap", "0 stored bytes"});
}

TEST_F(FaultReplay, MissingDatasetsAreRefusedWithTheNearestName) {
  write_hdf5_table(path_, "gaps", H5T_STD_I32LE, 1, 2, {1, 1});
  expect_gap_refused({"gap", "holds gaps", "did you mean \"gaps\"?"});
  expect_index_refused({"index", "holds gaps"});
}

TEST_F(FaultReplay, WhatIsNoHdf5FileIsRefused) {
  expect_gap_refused({"No such file"});
  write_bytes(path_, "index,gap\n1,1\n");
  expect_gap_refused({"HDF5"});
  write_bytes(path_, "");
  expect_gap_refused({"empty"});
}

TEST_F(FaultReplay, PipesAreNeverOpened) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  expect_index_refused({"a named pipe"});
}

TEST_F(FaultReplay, TruncatedFilesAreRefused) {
  write_hdf5_table(path_, "gap", H5T_STD_I32LE, 20, 100, std::vector<int64_t>(2000, 1));
  const std::string whole = testing::read_bytes(path_);
  for (size_t size = 0; size < whole.size(); size += 97) {
    write_bytes(path_, whole.substr(0, size));
    expect_gap_refused({});
  }
}

}  // namespace
}  // namespace edgesweep
