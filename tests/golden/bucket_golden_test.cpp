// The integer token bucket against the reference's table, docs/model.md#token-bucket.
#include <gtest/gtest.h>

#include "host/policy/token_bucket.h"
#include "kernels/outputs.cuh"
#include "tests/support/golden.h"

namespace edgesweep {
namespace {

TEST(GoldenBucket, EveryRowOfTheTable) {
  const testing::GoldenArray table = testing::read_golden("getqpm/table");
  ASSERT_EQ(table.shape.size(), 2u);
  const size_t rows = table.shape[0];
  const size_t columns = table.shape[1];
  ASSERT_EQ(columns, 6u);
  ASSERT_GT(rows, 0u);
  size_t valid_rows = 0;
  for (size_t row = 0; row < rows; ++row) {
    const double* entry = &table.values[row * columns];
    SCOPED_TRACE(::testing::Message() << "rate " << entry[0] << ", depth " << entry[1]);
    const auto bucket = make_token_bucket(entry[0], entry[1]);
    const bool valid = 1 <= entry[2] && entry[2] < entry[3] && entry[4] >= entry[3];
    ASSERT_EQ(bucket.has_value(), valid);
    if (!valid) continue;
    ++valid_rows;
    EXPECT_EQ(bucket->refill, entry[2]);
    EXPECT_EQ(bucket->cost, entry[3]);
    EXPECT_EQ(bucket->capacity, entry[4]);
    EXPECT_EQ(output_count(*bucket, Outputs::action_values), entry[5]);
  }
  EXPECT_GT(valid_rows, rows / 2);
}

}  // namespace
}  // namespace edgesweep
