// Exponential and logarithm within one unit in the last place of the exact value, here that of the
// C library in extended precision.
#include "host/data/portable_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace edgesweep {
namespace {

/// Distance from `exact` in units of the last place of a double there.
double units_off(double found, long double exact) {
  const double unit = std::ldexp(1.0, std::ilogb(static_cast<double>(exact)) - 52);
  return static_cast<double>(std::abs((static_cast<long double>(found) - exact) / unit));
}

TEST(PortableMath, ExponentialIsWithinOneUnitInTheLastPlace) {
  std::mt19937_64 generator(1);
  for (const double scale : {708.0, 10.0, 1.0, 1e-3, 1e-9}) {
    std::uniform_real_distribution<double> uniform(-scale, scale);
    for (int i = 0; i < 100'000; ++i) {
      const double x = uniform(generator);
      ASSERT_LE(units_off(portable_exp(x), std::exp(static_cast<long double>(x))), 1) << x;
    }
  }
}

TEST(PortableMath, ExponentialAtTheEnds) {
  EXPECT_EQ(portable_exp(0.0), 1.0);
  EXPECT_EQ(portable_exp(-0.0), 1.0);
  EXPECT_GT(portable_exp(-708.0), 0.0);
  EXPECT_EQ(portable_exp(-708.1), 0.0);
  EXPECT_EQ(portable_exp(-1e300), 0.0);
  EXPECT_EQ(portable_exp(-INFINITY), 0.0);
}

TEST(PortableMath, LogarithmIsWithinOneUnitInTheLastPlace) {
  std::mt19937_64 generator(2);
  for (const double scale : {700.0, 10.0, 1.0, 1e-3, 1e-9}) {
    std::uniform_real_distribution<double> uniform(-scale, scale);
    for (int i = 0; i < 100'000; ++i) {
      const double x = std::exp(uniform(generator));
      const long double exact = std::log(static_cast<long double>(x));
      if (exact == 0) {
        ASSERT_EQ(portable_log(x), 0);
      } else {
        ASSERT_LE(units_off(portable_log(x), exact), 1) << x;
      }
    }
  }
}

TEST(PortableMath, LogarithmOfPowersOfTwoAndNextToOne) {
  EXPECT_EQ(portable_log(1.0), 0.0);
  for (int exponent = -1022; exponent < 1024; ++exponent)
    EXPECT_NEAR(portable_log(std::ldexp(1.0, exponent)), exponent * std::log(2.0),
                1e-15 * std::abs(exponent));
  EXPECT_EQ(portable_log(std::nextafter(1.0, 2.0)), std::log(std::nextafter(1.0, 2.0)));
  EXPECT_EQ(portable_log(std::nextafter(1.0, 0.0)), std::log(std::nextafter(1.0, 0.0)));
}

}  // namespace
}  // namespace edgesweep
