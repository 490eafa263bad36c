// docs/model.md#token-bucket: rate and depth as integers, the step of the bucket, the order of the
// network's outputs.
#include "host/policy/token_bucket.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <set>

#include "kernels/outputs.cuh"

namespace edgesweep {
namespace {

TEST(TokenBucket, WholeTokensPerTenSlots) {
  const auto bucket = make_token_bucket(0.1, 4);
  ASSERT_TRUE(bucket.has_value());
  EXPECT_EQ(bucket->refill, 1);
  EXPECT_EQ(bucket->cost, 10);
  EXPECT_EQ(bucket->capacity, 40);
}

TEST(TokenBucket, AnyRateAndDepth) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> rate(0.02, 0.98);
  std::uniform_real_distribution<double> depth(1.1, 30);
  for (int trial = 0; trial < 2000; ++trial) {
    const double r = rate(random);
    const double b = depth(random);
    SCOPED_TRACE(::testing::Message() << "rate " << r << ", depth " << b);
    const auto bucket = make_token_bucket(r, b);
    if (!bucket) continue;
    EXPECT_GE(bucket->refill, 1);
    EXPECT_LT(bucket->refill, bucket->cost);
    EXPECT_GE(bucket->capacity, bucket->cost);
    EXPECT_LE(bucket->cost, 100);
    EXPECT_EQ(std::gcd(std::gcd(bucket->refill, bucket->cost), bucket->capacity), 1);
    const double loss =
        (r - 1.0 * bucket->refill / bucket->cost) + (b - 1.0 * bucket->capacity / bucket->cost);
    // No other cost loses less (up to the rounding of these sums of numbers below 40).
    for (int cost = 1; cost <= 100; ++cost) {
      const double other = (r - std::floor(r * cost) / cost) + (b - std::floor(b * cost) / cost);
      EXPECT_LE(loss, other + 1e-13) << "cost " << cost;
    }
  }
}

TEST(TokenBucket, RefusesWhatIsNotABucket) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(make_token_bucket(0.001, 4)) << "less than a unit in a slot";
  EXPECT_FALSE(make_token_bucket(0.1, 0.5)) << "less than a token of depth";
  EXPECT_FALSE(make_token_bucket(0, 4));
  EXPECT_FALSE(make_token_bucket(-0.1, 4));
  EXPECT_FALSE(make_token_bucket(1, 4));
  EXPECT_FALSE(make_token_bucket(0.1, -4));
  EXPECT_FALSE(make_token_bucket(0.1, 1e9)) << "units do not fit 32 bits";
  EXPECT_FALSE(make_token_bucket(0.1, infinity));
  EXPECT_FALSE(make_token_bucket(infinity, 4));
  EXPECT_FALSE(make_token_bucket(not_a_number, 4));
  EXPECT_FALSE(make_token_bucket(0.1, not_a_number));
}

TEST(TokenBucket, Step) {
  const TokenBucket bucket{2, 5, 15};
  EXPECT_FALSE(can_offload(bucket, 4));
  EXPECT_TRUE(can_offload(bucket, 5));
  EXPECT_EQ(next_units(bucket, 7, false, 1), 9);
  EXPECT_EQ(next_units(bucket, 7, true, 1), 4);
  EXPECT_EQ(next_units(bucket, 7, true, 3), 8);
  EXPECT_EQ(next_units(bucket, 14, false, 1), 15) << "full";
  EXPECT_EQ(next_units(bucket, 15, true, 1), 12) << "the cost is paid before the bucket fills";
  EXPECT_EQ(next_units(bucket, 0, false, std::numeric_limits<int32_t>::max()), 15);
}

TEST(TokenBucket, EveryOutputHasOnePlace) {
  constexpr Outputs kind = Outputs::action_values;
  for (const TokenBucket& bucket : {TokenBucket{1, 10, 40}, {2, 5, 15}, {1, 2, 2}, {3, 7, 7}}) {
    std::set<int32_t> places;
    for (int n = bucket.refill; n <= bucket.capacity; ++n)
      places.insert(keep_output(bucket, kind, n));
    for (int n = bucket.cost; n <= bucket.capacity; ++n)
      places.insert(offload_output(bucket, kind, n));
    EXPECT_EQ(static_cast<int32_t>(places.size()), output_count(bucket, kind));
    EXPECT_EQ(*places.begin(), 0);
    EXPECT_EQ(*places.rbegin(), output_count(bucket, kind) - 1);
    EXPECT_LT(keep_output(bucket, kind, bucket.capacity),
              offload_output(bucket, kind, bucket.cost));
  }
}

}  // namespace
}  // namespace edgesweep
