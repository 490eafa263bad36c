// docs/model.md#baseline-and-lower-bound: the threshold of `baseline` and `lower_bound`.
#include "host/policy/bounds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/golden_dataset.h"

namespace edgesweep {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

ImageSet numbered_images(int count) {
  std::vector<double> metric;
  std::vector<double> reward;
  for (int i = 0; i < count; ++i) {
    metric.push_back(0.5 * i - 3);
    reward.push_back(i % 3 - 1);
  }
  return testing::make_images(metric, reward);
}

TEST(Bounds, ThresholdKeepsItsShareOfTheTrainingImages) {
  for (const int count : {1, 2, 3, 10, 101}) {
    const ImageSet images = numbered_images(count);
    for (const double rate : {0.05, 0.1, 0.25, 0.5, 0.9}) {
      for (const double mean_gap : {1.0, 1.8}) {
        const double threshold = baseline_threshold(images, rate, mean_gap);
        int kept = 0;
        for (const double m : images.metric) kept += !(m > threshold);
        const double share = std::max(0.0, 1 - rate * mean_gap);
        EXPECT_EQ(kept, static_cast<int>(std::floor(count * share)))
            << count << " images, rate " << rate << ", mean gap " << mean_gap;
      }
    }
  }
}

TEST(Bounds, EnoughTokensForAll) {
  const ImageSet images = numbered_images(20);
  EXPECT_EQ(baseline_threshold(images, 0.5, 2), -kInfinity);
  EXPECT_EQ(baseline_threshold(images, 0.5, 3), -kInfinity);
  EXPECT_EQ(baseline_threshold(images, 0.5, 1.95), -kInfinity) << "half an image to keep";
  EXPECT_EQ(baseline_threshold(images, 0.5, 1.85), images.metric[0]);
}

TEST(Bounds, LowerBoundOffloadsOnlyAboveTheThreshold) {
  const ImageSet images = testing::make_images({1, 2, 2, 3}, {0.5, -1, 1, 0.25});
  EXPECT_EQ(lower_bound(images, 2).mean_reward, 0.25 / 4);
  EXPECT_EQ(lower_bound(images, 2).offload_rate, 1.0 / 4);
  EXPECT_EQ(lower_bound(images, 1).mean_reward, 0.25 / 4);
  EXPECT_EQ(lower_bound(images, 1).offload_rate, 3.0 / 4);
  EXPECT_EQ(lower_bound(images, 3).offload_rate, 0);
  EXPECT_EQ(lower_bound(images, 3).mean_reward, 0);
  EXPECT_EQ(lower_bound(images, -kInfinity).offload_rate, 1);
  EXPECT_EQ(lower_bound(images, -kInfinity).mean_reward, 0.75 / 4);
}

TEST(Bounds, LowerBoundComparesInDouble) {
  // Equal in single precision, not in double.
  const double below = 0.1;
  const double above = std::nextafter(0.1, 1);
  const ImageSet images = testing::make_images({below, above}, {1, 1});
  EXPECT_EQ(lower_bound(images, below).offload_rate, 0.5);
}

}  // namespace
}  // namespace edgesweep
