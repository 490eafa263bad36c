// host/engine/plan/clairvoyant_plan: smallest units, segments and memory of the clairvoyant
// policies.
#include "host/engine/plan/clairvoyant_plan.h"

#include <gtest/gtest.h>

#include <cmath>

#include "host/engine/plan/sweep_plan.h"
#include "tests/support/problems.h"

namespace edgesweep {
namespace {

TEST(ClairvoyantPlan, UnitsThatAreNeverMetAreLeftOut) {
  const ClairvoyantLayout layout = clairvoyant_layout({6, 10, 25}, 100);
  EXPECT_EQ(layout.bucket, (TokenBucket{3, 5, 12}));
  EXPECT_EQ(layout.unit, 2);
  EXPECT_EQ(layout.rest, 1);
}

/// Both buckets walk side by side, whatever is offloaded.
TEST(ClairvoyantPlan, TheSmallerBucketIsTheSameBucket) {
  const TokenBucket bucket{6, 10, 25};
  const ClairvoyantLayout layout = clairvoyant_layout(bucket, 100);
  int32_t units = bucket.capacity;
  int32_t steps = layout.bucket.capacity;
  for (uint32_t t = 0; t < 1000; ++t) {
    ASSERT_EQ(steps * layout.unit + layout.rest, units) << "image " << t;
    ASSERT_EQ(can_offload(layout.bucket, steps), can_offload(bucket, units)) << "image " << t;
    const bool offload = can_offload(bucket, units) && t * 2654435761u % 7 < 4;
    const int32_t gap = t % 13 == 0 ? 5 : 1;
    units = next_units(bucket, units, offload, gap);
    steps = next_units(layout.bucket, steps, offload, gap);
  }
}

TEST(ClairvoyantPlan, SegmentsHoldEveryImageOnce) {
  for (const int64_t images : {1, 2, 999, 1000, 100'000})
    for (const double segment_bytes : {0.0, 5000.0, 1e9}) {
      const ClairvoyantLayout layout = clairvoyant_layout({1, 10, 40}, images, segment_bytes);
      int64_t next = 0;
      for (int64_t s = 0; s < layout.segments(); ++s) {
        EXPECT_EQ(layout.first_of(s), next);
        EXPECT_GT(layout.images_of(s), 0);
        EXPECT_LE(layout.images_of(s), layout.segment);
        next += layout.images_of(s);
      }
      EXPECT_EQ(next, images);
    }
}

TEST(ClairvoyantPlan, ThePapersSequencesAreNotCut) {
  for (const TokenBucket& bucket :
       {TokenBucket{1, 20, 400}, TokenBucket{1, 10, 200}, TokenBucket{1, 4, 80}}) {
    const ClairvoyantLayout layout = clairvoyant_layout(bucket, 100'000);
    EXPECT_EQ(layout.segments(), 1);
    EXPECT_LT(clairvoyant_bytes(layout), kSegmentBytes);
  }
}

TEST(ClairvoyantPlan, MemoryGrowsWithTheSquareRootOfTheImages) {
  const auto bytes = [](int64_t images) {
    return clairvoyant_bytes(clairvoyant_layout({1, 100, 100'000}, images));
  };
  EXPECT_NEAR(bytes(400'000'000) / bytes(100'000'000), 2, 0.05);
  EXPECT_LT(bytes(1'000'000'000), 5e9) << "a table of all decisions would take 12 TB";
}

TEST(ClairvoyantPlan, EveryThreadTakesItsShareOfTheSweepsMemory) {
  std::vector<RunSettings> runs(2, testing::small_settings());
  for (RunSettings& run : runs) {
    run.policies = {Policy::mdp};
    run.test = {10, 50'000};
  }
  const SweepPlan without = make_plan(runs, 3);
  EXPECT_EQ(without.simulation_bytes, 0);
  runs[1].policies = {Policy::clairvoyant_metric};
  runs[0].policies = {Policy::mdp, Policy::clairvoyant};
  runs[0].depth = 20;
  const SweepPlan with = make_plan(runs, 3);
  const double largest = clairvoyant_bytes(clairvoyant_layout({1, 10, 200}, 50'000));
  EXPECT_EQ(with.simulation_bytes, largest);
  // The results of the runs differ, by less than the thresholds of one.
  EXPECT_NEAR(with.memory_bytes, without.memory_bytes + 3 * largest, 1e4);
}

}  // namespace
}  // namespace edgesweep
