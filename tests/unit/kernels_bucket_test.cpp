// kernels/bucket.cuh: docs/model.md#token-bucket, and the order of the network's outputs,
// docs/model.md#outputs.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/outputs.cuh"

namespace edgesweep {
namespace {

const std::vector<TokenBucket> kBuckets = {{1, 10, 40}, {1, 4, 8}, {2, 5, 15},  {3, 7, 7},
                                           {9, 10, 43}, {1, 2, 2}, {1, 20, 400}};

TEST(Bucket, AnOffloadNeedsAWholeToken) {
  for (const TokenBucket& bucket : kBuckets) {
    EXPECT_FALSE(can_offload(bucket, 0));
    EXPECT_FALSE(can_offload(bucket, bucket.cost - 1));
    EXPECT_TRUE(can_offload(bucket, bucket.cost));
    EXPECT_TRUE(can_offload(bucket, bucket.capacity));
  }
}

/// Unit by unit: pay, then add Q per time unit as long as there is room.
TEST(Bucket, NextUnitsCountAsAWorkedBucket) {
  for (const TokenBucket& bucket : kBuckets)
    for (int32_t n = 0; n <= bucket.capacity; ++n)
      for (const bool offload : {false, true}) {
        if (offload && n < bucket.cost) continue;
        int32_t units = offload ? n - bucket.cost : n;
        for (int32_t gap = 1; gap <= bucket.capacity + 2; ++gap) {
          for (int32_t i = 0; i < bucket.refill && units < bucket.capacity; ++i) ++units;
          ASSERT_EQ(next_units(bucket, n, offload, gap), units)
              << n << " units, offload " << offload << ", gap " << gap;
        }
      }
}

TEST(Bucket, NextImageFindsAtLeastTheRefillAndAtMostTheCapacity) {
  for (const TokenBucket& bucket : kBuckets) {
    EXPECT_EQ(next_units(bucket, bucket.cost, true, 1), bucket.refill);
    EXPECT_EQ(next_units(bucket, bucket.capacity, false, 1), bucket.capacity);
  }
}

TEST(Bucket, LargestGapFillsTheBucketWithoutOverflow) {
  constexpr int32_t kLargest = std::numeric_limits<int32_t>::max();
  for (const TokenBucket& bucket : kBuckets) {
    EXPECT_EQ(next_units(bucket, 0, false, kLargest), bucket.capacity);
    EXPECT_EQ(next_units(bucket, bucket.capacity, true, kLargest), bucket.capacity);
  }
  const TokenBucket large{kLargest - 2, kLargest - 1, kLargest};
  EXPECT_EQ(next_units(large, kLargest, false, 1), kLargest);
  EXPECT_EQ(next_units(large, kLargest, true, 1), kLargest - 1);
  EXPECT_EQ(next_units(large, 0, false, kLargest), kLargest);
}

TEST(Outputs, ActionValuesAreKeepFromQThenOffloadFromP) {
  constexpr Outputs kind = Outputs::action_values;
  for (const TokenBucket& bucket : kBuckets) {
    int32_t output = 0;
    for (int32_t n = bucket.refill; n <= bucket.capacity; ++n)
      EXPECT_EQ(keep_output(bucket, kind, n), output++);
    for (int32_t n = bucket.cost; n <= bucket.capacity; ++n)
      EXPECT_EQ(offload_output(bucket, kind, n), output++);
    EXPECT_EQ(output_count(bucket, kind), output);
    EXPECT_EQ(output_count(bucket, kind), 2 * (bucket.capacity + 1) - bucket.refill - bucket.cost);
  }
}

TEST(Outputs, AfterStatesAreWhatIsLeftFromNoUnitsToAFullBucket) {
  constexpr Outputs kind = Outputs::after_states;
  for (const TokenBucket& bucket : kBuckets) {
    EXPECT_EQ(output_count(bucket, kind), bucket.capacity + 1);
    for (int32_t n = bucket.refill; n <= bucket.capacity; ++n)
      EXPECT_EQ(keep_output(bucket, kind, n), n);
    for (int32_t n = bucket.cost; n <= bucket.capacity; ++n)
      EXPECT_EQ(offload_output(bucket, kind, n), n - bucket.cost);
  }
}

TEST(Outputs, BestValuesHaveRowsThatNothingReadsAfterwards) {
  for (const TokenBucket& bucket : kBuckets)
    for (const Outputs kind : {Outputs::action_values, Outputs::after_states}) {
      const int32_t states = bucket.capacity + 1 - bucket.refill;
      EXPECT_GE(target_rows(bucket, kind), best_row(bucket, kind) + states);
      EXPECT_GE(target_rows(bucket, kind), output_count(bucket, kind));
      for (int32_t n = bucket.refill; n <= bucket.capacity; ++n)  // U[n] is written to this row
        for (int32_t other = bucket.refill; other <= bucket.capacity; ++other) {
          const int32_t row = best_row(bucket, kind) + n - bucket.refill;
          if (other != n) {
            EXPECT_NE(row, keep_output(bucket, kind, other)) << n << ", " << other;
          }
          if (can_offload(bucket, other)) {
            EXPECT_NE(row, offload_output(bucket, kind, other)) << n << ", " << other;
          }
        }
    }
}

TEST(Bucket, EqualityIsOfAllThreeNumbers) {
  const TokenBucket bucket{1, 10, 40};
  EXPECT_TRUE(bucket == (TokenBucket{1, 10, 40}));
  EXPECT_FALSE(bucket == (TokenBucket{2, 10, 40}));
  EXPECT_FALSE(bucket == (TokenBucket{1, 11, 40}));
  EXPECT_FALSE(bucket == (TokenBucket{1, 10, 41}));
}

}  // namespace
}  // namespace edgesweep
