#include "host/cli/time_left.h"

#include <gtest/gtest.h>

namespace edgesweep {
namespace {

using Kind = TimeLeft::Kind;

TEST(TimeLeft, IsUnknownBeforeTheFirstWork) {
  TimeLeft time;
  time.expect(Kind::training, 100);
  EXPECT_FALSE(time.thread_seconds().has_value());
}

TEST(TimeLeft, WeighsTrainingAndSimulationEachByItsOwnSpeed) {
  TimeLeft time;
  time.expect(Kind::training, 100);
  time.expect(Kind::simulation, 1000);
  time.done(Kind::training, 10, 5);      // 0.5 s a unit
  time.done(Kind::simulation, 100, 10);  // 0.1 s a unit
  EXPECT_DOUBLE_EQ(*time.thread_seconds(), 90 * 0.5 + 900 * 0.1);
  EXPECT_DOUBLE_EQ(time.seconds_done(), 15);
}

TEST(TimeLeft, TakesTheSpeedOfTheOtherKindUntilItHasSeenBoth) {
  TimeLeft time;
  time.expect(Kind::training, 100);
  time.expect(Kind::simulation, 50);
  time.done(Kind::simulation, 10, 20);
  EXPECT_DOUBLE_EQ(*time.thread_seconds(), (100 + 40) * 2.0);
}

TEST(TimeLeft, LeavesOutWhatIsSkipped) {
  TimeLeft time;
  time.expect(Kind::training, 100);
  time.skip(Kind::training, 60);
  time.done(Kind::training, 20, 10);
  EXPECT_DOUBLE_EQ(*time.thread_seconds(), 10);
  time.skip(Kind::training, 20 + 1e-9);
  EXPECT_EQ(*time.thread_seconds(), 0) << "never less than nothing";
}

}  // namespace
}  // namespace edgesweep
