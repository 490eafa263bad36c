// host/policy/rewards: rewards as integers.
#include <gtest/gtest.h>

#include <cmath>

#include "host/policy/rewards.h"
#include "kernels/clairvoyant.cuh"

namespace edgesweep {
namespace {

using Values = std::vector<int32_t>;

TEST(FixedPoint, WholeNumbersAndBinaryFractionsAreExact) {
  EXPECT_EQ(fixed_point_values({-1, 0, 1}), (Values{0, 0, 1 << 29}));
  EXPECT_EQ(fixed_point_values({9, 3, 1}), (Values{9 << 26, 3 << 26, 1 << 26}));
  EXPECT_EQ(fixed_point_values({0.75, 0.5, 0.125}), (Values{3 << 28, 1 << 29, 1 << 27}));
  EXPECT_EQ(fixed_point_values({536870913, 1}), (Values{536870913, 1})) << "2^29 + 1";
}

TEST(FixedPoint, OtherNumbersAreTheNearestMultiple) {
  const std::vector<double> numbers = {0.3, 0.1, 0.7, 0.0123};
  const Values values = fixed_point_values(numbers);
  for (size_t i = 0; i < numbers.size(); ++i)
    EXPECT_LE(std::abs(std::ldexp(values[i], -30) - numbers[i]), std::ldexp(1, -31)) << numbers[i];
}

TEST(FixedPoint, NothingIsOverTheLimit) {
  for (const double largest : {1.0, 2.0, 3e300, 5e-324, std::nextafter(1.0, 0.0), 1e-3}) {
    const Values values = fixed_point_values({largest, largest / 2, -largest});
    EXPECT_LT(values[0], kLargestValue) << largest;
    EXPECT_GE(values[0], kLargestValue / 2) << largest;
    EXPECT_EQ(values[2], 0) << largest;
  }
}

TEST(FixedPoint, NothingToEarn) {
  EXPECT_EQ(fixed_point_values({}), Values{});
  EXPECT_EQ(fixed_point_values({-3, 0, -0.5}), (Values{0, 0, 0}));
}

}  // namespace
}  // namespace edgesweep
