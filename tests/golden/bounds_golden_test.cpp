// Baseline threshold and lower bound against the reference's table,
// docs/model.md#baseline-and-lower-bound.
#include <gtest/gtest.h>

#include "host/policy/bounds.h"
#include "tests/support/golden.h"
#include "tests/support/golden_dataset.h"

namespace edgesweep {
namespace {

TEST(GoldenBounds, EveryRowOfTheTable) {
  const testing::GoldenArray table = testing::read_golden("bounds/table");
  ASSERT_EQ(table.shape.size(), 2u);
  ASSERT_EQ(table.shape[1], 4u);
  ASSERT_GT(table.shape[0], 0u);
  const ImageSet training = testing::golden_training_images();
  const ImageSet test = testing::golden_test_images();
  for (size_t row = 0; row < table.shape[0]; ++row) {
    const double* entry = &table.values[row * 4];
    SCOPED_TRACE(::testing::Message() << "rate " << entry[0] << ", mean gap " << entry[1]);
    const double threshold = baseline_threshold(training, entry[0], entry[1]);
    EXPECT_EQ(threshold, entry[2]);
    // Rewards are whole numbers, so only the division rounds.
    EXPECT_DOUBLE_EQ(lower_bound(test, threshold).mean_reward, entry[3]);
  }
}

}  // namespace
}  // namespace edgesweep
