#include "host/data/replay.h"

#include <gtest/gtest.h>
#include <hdf5.h>

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

}  // namespace
}  // namespace edgesweep
