// Value iteration against the reference's thresholds, docs/model.md#mdp.
#include <gtest/gtest.h>

#include "host/policy/mdp.h"
#include "host/policy/token_bucket.h"
#include "tests/reference/reference_mdp.h"
#include "tests/support/golden.h"
#include "tests/support/golden_dataset.h"

namespace edgesweep {
namespace {

/// The reference's geometric gaps: P(gap = i) = 0.3 * 0.7^(i - 1).
TransitionMatrix geometric_transition(const TokenBucket& bucket) {
  TransitionMatrix transition;
  transition.bucket = bucket;
  double power = 1;
  double total = 0;
  for (int i = 0; i < bucket.capacity / bucket.refill; ++i) {
    transition.gap_probability.push_back(power * 0.3);
    total += power * 0.3;
    power *= 0.7;
  }
  transition.remaining = 1 - total;
  return transition;
}

void expect_rows(const TransitionMatrix& transition, const std::string& dataset) {
  const testing::GoldenArray expected = testing::read_golden(dataset);
  const size_t rows = static_cast<size_t>(transition.bucket.capacity) + 1;
  ASSERT_EQ(expected.values.size() % rows, 0u);
  const size_t columns = expected.values.size() / rows;
  for (size_t n = 0; n < rows; ++n) {
    const std::vector<double> row = transition.dense_row(static_cast<int>(n));
    ASSERT_EQ(row.size(), columns);
    for (size_t column = 0; column < columns; ++column) {
      // A few roundings of numbers below 1 (powers by library call there, by products here).
      EXPECT_NEAR(row[column], expected.values[n * columns + column], 1e-15)
          << dataset << " row " << n << " column " << column;
    }
  }
}

/// Thresholds are metrics of images, so they are either the same double or the metric of another
/// image.
void expect_thresholds(const TransitionMatrix& transition, double discount,
                       const std::string& dataset) {
  const ImageSet training = testing::golden_training_images();
  const std::vector<double> expected = testing::read_golden(dataset).values;
  EXPECT_EQ(solve_mdp(transition, training, discount, MdpSettings::Stop::published).threshold,
            expected)
      << dataset;
  EXPECT_EQ(solve_mdp_plain(transition, training, discount, MdpSettings::Stop::published).threshold,
            expected)
      << dataset << ", plain";
}

std::vector<std::string> mdp_cases() {
  std::vector<std::string> paths;
  for (const std::string& name : testing::golden_groups("mdp")) paths.push_back("mdp/" + name);
  return paths;
}

TEST(GoldenMdp, CasesExist) { EXPECT_FALSE(mdp_cases().empty()); }

TEST(GoldenMdp, Bucket) {
  for (const std::string& path : mdp_cases()) {
    const auto bucket = make_token_bucket(testing::golden_scalar(path + "/rate"),
                                          testing::golden_scalar(path + "/depth"));
    ASSERT_TRUE(bucket.has_value()) << path;
    EXPECT_TRUE(*bucket == testing::golden_bucket(path + "/qpm")) << path;
  }
}

TEST(GoldenMdp, PeriodicArrivals) {
  for (const std::string& path : mdp_cases()) {
    const TransitionMatrix transition =
        make_transition_matrix(testing::golden_bucket(path + "/qpm"), periodic_gaps());
    expect_rows(transition, path + "/trans_periodic");
    expect_thresholds(transition, 0.9999, path + "/policy_periodic");
  }
}

TEST(GoldenMdp, GeometricGaps) {
  for (const std::string& path : mdp_cases()) {
    const TransitionMatrix transition = geometric_transition(testing::golden_bucket(path + "/qpm"));
    expect_rows(transition, path + "/trans_geometric03");
    expect_thresholds(transition, 0.99, path + "/policy_geometric03_g099");
  }
}

}  // namespace
}  // namespace edgesweep
