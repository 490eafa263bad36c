// The reference's lib/data.py: normalisation with the training metrics' mean and population sd,
// ascending order.
#include <gtest/gtest.h>

#include <vector>

#include "host/data/dataset.h"
#include "tests/support/golden.h"

namespace edgesweep {
namespace {

using testing::golden_scalar;
using testing::read_golden;

// The golden file has rewards, not costs: weak cost = reward and strong cost = 0 give exactly these
// rewards.
Dataset golden_dataset() {
  const std::vector<double> reward_tr = read_golden("dataset/reward_tr").values;
  const std::vector<double> reward_ts = read_golden("dataset/reward_ts").values;
  return make_dataset(read_golden("dataset/metric_tr").values, reward_tr,
                      std::vector<double>(reward_tr.size(), 0.0),
                      read_golden("dataset/metric_ts").values, reward_ts,
                      std::vector<double>(reward_ts.size(), 0.0));
}

// NumPy sums pairwise, we sum in order: over 1500 values of order 1 the two differ by no more than
// about 1e-14.
constexpr double kTolerance = 1e-13;

TEST(GoldenDataset, TrainingMeanAndPopulationSd) {
  const Dataset dataset = golden_dataset();
  EXPECT_NEAR(dataset.metric_mean, golden_scalar("dataset/mean"), kTolerance);
  EXPECT_NEAR(dataset.metric_sd, golden_scalar("dataset/std"), kTolerance);
}

TEST(GoldenDataset, TrainingMetricsNormalisedAndSorted) {
  const Dataset dataset = golden_dataset();
  const std::vector<double> expected = read_golden("dataset/sorted_metric_tr").values;
  ASSERT_EQ(dataset.training.metric.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(dataset.training.metric[i], expected[i], kTolerance) << "rank " << i;
    EXPECT_EQ(dataset.training.metric_single[i], static_cast<float>(dataset.training.metric[i]))
        << "rank " << i;
  }
}

TEST(GoldenDataset, RewardsFollowTheirMetrics) {
  const Dataset dataset = golden_dataset();
  const std::vector<double> expected = read_golden("dataset/sorted_reward_tr").values;
  ASSERT_EQ(dataset.training.reward.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(dataset.training.reward[i], expected[i]) << "rank " << i;
  }
}

}  // namespace
}  // namespace edgesweep
