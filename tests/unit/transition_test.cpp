// docs/model.md#transition-matrix: where the bucket stands at the next image.
#include <gtest/gtest.h>

#include <random>

#include "host/policy/token_bucket.h"
#include "host/policy/transition_product.h"

namespace edgesweep {
namespace {

std::vector<TokenBucket> buckets() {
  return {{1, 10, 40}, {2, 5, 15}, {1, 2, 2}, {3, 7, 20}, {3, 4, 5}, {6, 7, 9}};
}

/// Some gaps possible, the others not, up to `longest`.
GapLaw random_law(std::mt19937_64& random, int longest) {
  std::uniform_real_distribution<double> uniform;
  GapLaw law;
  double total = 0;
  for (int gap = 1; gap <= longest; ++gap) {
    law.probability.push_back(uniform(random) < 0.5 ? 0.0 : uniform(random));
    total += law.probability.back();
  }
  law.probability.back() += 0.1;
  total += 0.1;
  for (int gap = 1; gap <= longest; ++gap) {
    law.probability[gap - 1] /= total;
    law.mean += gap * law.probability[gap - 1];
  }
  return law;
}

TEST(Transition, PeriodicArrivalsAddOneRefill) {
  for (const TokenBucket& bucket : buckets()) {
    const TransitionMatrix transition = make_transition_matrix(bucket, periodic_gaps());
    for (int n = 0; n <= bucket.capacity; ++n) {
      std::vector<double> expected(bucket.capacity - bucket.refill + 1, 0.0);
      expected[next_units(bucket, n, false, 1) - bucket.refill] = 1;
      EXPECT_EQ(transition.dense_row(n), expected) << "row " << n;
    }
  }
}

TEST(Transition, EveryGapGoesWhereTheBucketGoes) {
  std::mt19937_64 random(3);
  for (const TokenBucket& bucket : buckets()) {
    // Fewer gaps than fill the bucket, and more.
    for (const int longest : {1, 2, 5, 60}) {
      const GapLaw law = random_law(random, longest);
      const TransitionMatrix transition = make_transition_matrix(bucket, law);
      EXPECT_EQ(transition.gap_probability.size(),
                static_cast<size_t>(bucket.capacity / bucket.refill));
      for (int n = 0; n <= bucket.capacity; ++n) {
        std::vector<double> expected(bucket.capacity - bucket.refill + 1, 0.0);
        for (int gap = 1; gap <= longest; ++gap)
          expected[next_units(bucket, n, false, gap) - bucket.refill] += law.probability[gap - 1];
        const std::vector<double> row = transition.dense_row(n);
        ASSERT_EQ(row.size(), expected.size());
        // Sums of at most 60 probabilities.
        for (size_t i = 0; i < row.size(); ++i) EXPECT_NEAR(row[i], expected[i], 1e-14);
      }
    }
  }
}

TEST(Transition, GapsBeyondTheTableFillTheBucket) {
  const TokenBucket bucket{2, 5, 15};
  GapLaw law;
  law.probability.assign(100, 0.01);
  const TransitionMatrix transition = make_transition_matrix(bucket, law);
  EXPECT_NEAR(transition.remaining, 0.93, 1e-14);
  // From 0, gaps 1..7 lead to 2, 4, .. 14; the others fill the bucket.
  EXPECT_NEAR(transition.dense_row(0).back(), 0.93, 1e-14);
  EXPECT_NEAR(transition.dense_row(1).back(), 0.94, 1e-14);
  EXPECT_NEAR(transition.dense_row(15).back(), 1, 1e-14);
}

TEST(Transition, ProductIsTheMatrixTimesTheVector) {
  std::mt19937_64 random(4);
  std::normal_distribution<double> normal;
  for (const TokenBucket& bucket : buckets()) {
    for (const int longest : {0, 1, 2, 5, 60}) {
      const TransitionMatrix transition = make_transition_matrix(
          bucket, longest == 0 ? periodic_gaps() : random_law(random, longest));
      std::vector<double> value(bucket.capacity - bucket.refill + 1);
      for (double& v : value) v = 100 * normal(random);
      std::vector<double> product;
      TransitionProduct(transition).apply(value, product);
      ASSERT_EQ(product.size(), static_cast<size_t>(bucket.capacity) + 1);
      for (int n = 0; n <= bucket.capacity; ++n) {
        const std::vector<double> row = transition.dense_row(n);
        double expected = 0;
        for (size_t i = 0; i < row.size(); ++i) expected += row[i] * value[i];
        EXPECT_EQ(product[n], expected) << "row " << n << ": the same terms in the same order";
      }
    }
  }
}

}  // namespace
}  // namespace edgesweep
