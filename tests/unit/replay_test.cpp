#include "host/data/replay.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include "host/results/replay_file.h"
#include "host/sha256.h"
#include "tests/support/dataset_files.h"

namespace edgesweep {
namespace {

using testing::TemporaryFolder;
using testing::write_hdf5_table;

TEST(Replay, ReadsIndicesRowMajorFromAnyIntegerType) {
  const TemporaryFolder folder;
  for (const hid_t type : {H5T_STD_I8LE, H5T_STD_U8LE, H5T_STD_I16BE, H5T_STD_I32LE, H5T_STD_U32LE,
                           H5T_STD_I64LE, H5T_STD_U64BE}) {
    write_hdf5_table(folder.file("a.h5"), "index", type, 2, 3, {0, 1, 2, 99, 4, 5});
    const auto table = load_index_replay(folder.file("a.h5"), 100);
    EXPECT_EQ(table->sequences, 2);
    EXPECT_EQ(table->images, 3);
    EXPECT_EQ(table->values, (std::vector<int32_t>{0, 1, 2, 99, 4, 5}));
    EXPECT_EQ(table->row(1)[0], 99);
  }
}

TEST(Replay, ReadsGaps) {
  const TemporaryFolder folder;
  write_hdf5_table(folder.file("a.h5"), "gap", H5T_STD_I64LE, 1, 3, {1, 2147483646, 7});
  const auto table = load_gap_replay(folder.file("a.h5"));
  EXPECT_EQ(table->sequences, 1);
  EXPECT_EQ(table->values, (std::vector<int32_t>{1, 2147483646, 7}));
}

ReplayTable multiples(int32_t factor) {
  ReplayTable table{3, 100, std::vector<int32_t>(300)};
  for (size_t i = 0; i < table.values.size(); ++i)
    table.values[i] = factor * static_cast<int32_t>(i);
  return table;
}

/// Values that one byte holds, two, and four.
TEST(Replay, WhatIsWrittenIsRead) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  for (const int32_t factor : {0, 7, 219, 220}) {
    for (const int32_t last : {299 * factor, 255, 256, 65535, 65536}) {
      ReplayTable table = multiples(factor);
      table.values.back() = last;
      write_replay(path, "index", table);
      const auto read = load_index_replay(path, 1 << 21);
      EXPECT_EQ(read->sequences, 3);
      EXPECT_EQ(read->images, 100);
      EXPECT_EQ(read->values, table.values);
    }
  }
}

/// Digests of runs contain the SHA-256 of the files that they read. h5py gives this one with HDF5
/// 1.10 and 2.0, for a dataset of uint16 in the format of HDF5 1.8 without time stamps.
TEST(Replay, WhatIsWrittenHasTheSameBytesEverywhere) {
  const TemporaryFolder folder;
  write_replay(folder.file("a.h5"), "index", multiples(7));
  EXPECT_EQ(sha256_of_file(folder.file("a.h5")),
            "36cfcc8f37d37ddb288bf05fe3554fae6495ee7ff888f253fe26673576a4dda4");
}

}  // namespace
}  // namespace edgesweep
