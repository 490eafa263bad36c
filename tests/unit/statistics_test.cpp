#include "host/results/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/random.cuh"

namespace edgesweep {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Statistics, MeanIsSumOverCount) {
  EXPECT_EQ(mean(std::vector<double>{1, 2, 6}), 3);
  EXPECT_TRUE(std::isnan(mean(std::vector<double>{})));
}

TEST(Statistics, MeanSumsInOrder) {
  // (1e16 + 1) rounds to 1e16, so only the order "one after another" gives 0.
  EXPECT_EQ(mean(std::vector<double>{1e16, 1, -1e16}), 0);
}

TEST(Statistics, StandardErrorDividesByCountMinusOne) {
  // Squares about the mean 3: 4 + 1 + 9 = 14; variance 7; 7 / 3 under the root. Two roots and a
  // division: 2 ulp.
  EXPECT_NEAR(standard_error(std::vector<double>{1, 2, 6}), std::sqrt(7.0 / 3.0), 1e-15);
  EXPECT_EQ(standard_error(std::vector<double>{5, 5, 5, 5}), 0);
}

TEST(Statistics, StandardErrorOfFewerThanTwoValuesIsNan) {
  EXPECT_TRUE(std::isnan(standard_error(std::vector<double>{1})));
  EXPECT_TRUE(std::isnan(standard_error(std::vector<double>{})));
}

TEST(Statistics, InterquartileMeanDropsAQuarterAtEachEnd) {
  EXPECT_EQ(interquartile_mean(std::vector<double>{100, 1, 3, 2}), 2.5);     // drops 1 and 100
  EXPECT_EQ(interquartile_mean(std::vector<double>{9, -50, 4, 5, 700}), 6);  // floor(5 / 4) = 1
  EXPECT_EQ(interquartile_mean(std::vector<double>{8, 7, 6, 5, 4, 3, 2, 1}),
            4.5);                                                  // drops 2 at each end
  EXPECT_EQ(interquartile_mean(std::vector<double>{3, 0, 9}), 4);  // floor(3 / 4) = 0
  EXPECT_TRUE(std::isnan(interquartile_mean(std::vector<double>{1, 2, kNan, 3, 4, 5, 6, 7})));
  EXPECT_TRUE(std::isnan(interquartile_mean(std::vector<double>{})));
}

TEST(Statistics, BootstrapOfOneValueOrOfNanSaysNothing) {
  for (const std::vector<double>& values : {std::vector<double>{}, {1.0}, {1.0, kNan, 2.0}}) {
    const Interval interval = interquartile_mean_interval(values);
    EXPECT_TRUE(std::isnan(interval.low) && std::isnan(interval.high))
        << values.size() << " values";
  }
}

TEST(Statistics, BootstrapOfEqualValuesHasNoWidth) {
  const Interval interval = interquartile_mean_interval({0.25, 0.25, 0.25});
  EXPECT_EQ(interval.low, 0.25);
  EXPECT_EQ(interval.high, 0.25);
}

TEST(Statistics, BootstrapOfTwoValuesSpansBoth) {
  // Both draws are the same value with probability 1/4 each way, far more than 2.5 %: the ends are
  // the values themselves.
  const Interval interval = interquartile_mean_interval({1, 2});
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 2);
}

/// The rule of the header, written once more without the code under test: means in ascending order.
std::vector<double> resampled_means(const std::vector<double>& values, uint64_t seed) {
  std::vector<double> means;
  for (uint32_t resample = 0; resample < 2000; ++resample) {
    double sum = 0;
    for (uint32_t draw = 0; draw < values.size(); ++draw) {
      const PhiloxBlock block = philox(seed, resample, 0, draw / 4, Purpose::bootstrap);
      sum += values[static_cast<size_t>(
          static_cast<uint64_t>(block.word[draw % 4]) * values.size() >> 32)];
    }
    means.push_back(sum / static_cast<double>(values.size()));
  }
  std::sort(means.begin(), means.end());
  return means;
}

Interval bootstrap_by_hand(const std::vector<double>& values, uint64_t seed) {
  const std::vector<double> means = resampled_means(values, seed);
  return {means[49], means[1950]};
}

double mean_of(std::span<double> values) { return mean(values); }

TEST(Statistics, BootstrapDrawsAsDocumented) {
  const std::vector<double> values{0.31, 0.29, 0.42, 0.37, 0.33, 0.35};
  for (const uint64_t seed : {uint64_t{0}, uint64_t{12345678901234}}) {
    const Interval expected = bootstrap_by_hand(values, seed);
    const Interval interval = bootstrap_interval({values}, mean_of, seed);
    EXPECT_EQ(interval.low, expected.low);
    EXPECT_EQ(interval.high, expected.high);
  }
}

/// With few values the same mean comes up again and again, and its neighbours would do as well.
TEST(Statistics, BootstrapEndsAreThe50thFromBelowAndAbove) {
  std::vector<double> values;
  for (int i = 0; i < 24; ++i) values.push_back(std::ldexp(1.0, -i));  // all sums differ
  const std::vector<double> means = resampled_means(values, 3);
  ASSERT_TRUE(means[48] < means[49] && means[49] < means[50]);
  ASSERT_TRUE(means[1949] < means[1950] && means[1950] < means[1951]);
  const Interval interval = bootstrap_interval({values}, mean_of, 3);
  EXPECT_EQ(interval.low, means[49]);
  EXPECT_EQ(interval.high, means[1950]);
}

TEST(Statistics, BootstrapOfManyValuesIsAboutTwoStandardErrorsWide) {
  std::vector<double> values;
  for (uint32_t i = 0; i < 400; ++i)
    values.push_back(philox(1, i, 0, 0, Purpose::test).word[0] / 4294967296.0);
  const Interval interval = bootstrap_interval({values}, mean_of);
  // Normal approximation: mean +- 1.96 standard errors. Each end, the 2.5 % quantile of 2000
  // resamples, is itself uncertain by about 0.06 standard errors (sqrt(0.025 * 0.975 / 2000) /
  // density 0.058); four times that is allowed.
  const double tolerance = 0.24 * standard_error(values);
  EXPECT_NEAR(interval.low, mean(values) - 1.96 * standard_error(values), tolerance);
  EXPECT_NEAR(interval.high, mean(values) + 1.96 * standard_error(values), tolerance);
}

TEST(Statistics, BootstrapKeepsTheSizeOfEachStratum) {
  // A stratum of one value is the same in every resample: only the other, 0 or 3 each draw, moves
  // the sum.
  const auto sum = [](std::span<double> values) {
    double total = 0;
    for (const double value : values) total += value;
    return total;
  };
  const Interval interval = bootstrap_interval({{100}, {0, 3}}, sum);
  EXPECT_EQ(interval.low, 100);
  EXPECT_EQ(interval.high, 106);
}

TEST(Statistics, IntervalOfTheMeanIsTheBootstrapOfTheMean) {
  const std::vector<double> values{0.31, 0.29, 0.42, 0.37, 0.33, 0.35};
  const Interval expected = bootstrap_by_hand(values, 0);
  const Interval interval = mean_interval(values);
  EXPECT_EQ(interval.low, expected.low);
  EXPECT_EQ(interval.high, expected.high);
  EXPECT_TRUE(std::isnan(mean_interval({0.3}).low));
}

TEST(Statistics, MeanOverStrataCountsEveryStratumTheSame) {
  EXPECT_EQ(mean_over_strata({{1, 3}, {10}}), 6);  // (2 + 10) / 2, not (1 + 3 + 10) / 3
  EXPECT_TRUE(std::isnan(mean_over_strata({})));
  // Only {0, 4} moves: its mean is 0 or 4 in a quarter of the resamples each.
  const Interval interval = mean_over_strata_interval({{0, 4}, {10}});
  EXPECT_EQ(interval.low, 5);
  EXPECT_EQ(interval.high, 7);
}

TEST(Statistics, ImprovementIsTheShareOfPairsWithTheLowerLoss) {
  // 1 is below 2 and 3; 2 ties with 2 (half) and is below 3: 3.5 of 4 pairs.
  EXPECT_EQ(improvement_probability({{{1, 2}, {2, 3}}}), 0.875);
  EXPECT_EQ(improvement_probability({{{2, 3}, {1, 2}}}), 0.125);
  EXPECT_EQ(improvement_probability({{{7, 7}, {7}}}), 0.5);
  // The points are averaged, whatever the number of their pairs: (0.875 + 0) / 2.
  EXPECT_EQ(improvement_probability({{{1, 2}, {2, 3}}, {{5}, {4}}}), 0.4375);
}

TEST(Statistics, ImprovementOfNothingOrNanIsNan) {
  EXPECT_TRUE(std::isnan(improvement_probability({})));
  EXPECT_TRUE(std::isnan(improvement_probability({{{1}, {}}})));
  EXPECT_TRUE(std::isnan(improvement_probability({{{1, kNan}, {2}}})));
  EXPECT_TRUE(std::isnan(improvement_interval({{{1}, {2}}}).low));  // one seed a side
  EXPECT_TRUE(std::isnan(improvement_interval({{{1, kNan}, {2}}}).high));
}

/// The rule of the header once more: all pairs, one after another.
Interval improvement_by_hand(const std::vector<Contest>& points) {
  std::vector<double> estimates;
  for (uint32_t resample = 0; resample < 2000; ++resample) {
    const auto drawn = [&](const std::vector<double>& side, uint32_t stratum) {
      std::vector<double> out;
      for (uint32_t draw = 0; draw < side.size(); ++draw) {
        const PhiloxBlock block = philox(0, resample, stratum, draw / 4, Purpose::bootstrap);
        out.push_back(side[static_cast<size_t>(
            static_cast<uint64_t>(block.word[draw % 4]) * side.size() >> 32)]);
      }
      return out;
    };
    double sum = 0;
    for (uint32_t p = 0; p < points.size(); ++p) {
      double wins = 0;
      for (const double x : drawn(points[p].challenger, 2 * p))
        for (const double y : drawn(points[p].defender, 2 * p + 1))
          wins += x < y ? 1 : (x == y ? 0.5 : 0);
      sum += wins / static_cast<double>(points[p].challenger.size() * points[p].defender.size());
    }
    estimates.push_back(sum / static_cast<double>(points.size()));
  }
  std::sort(estimates.begin(), estimates.end());
  return {estimates[49], estimates[1950]};
}

TEST(Statistics, ImprovementIntervalResamplesBothSidesOfEveryPoint) {
  const std::vector<Contest> points{{{0.30, 0.31, 0.33, 0.36, 0.29}, {0.32, 0.32, 0.32}},
                                    {{0.21, 0.25, 0.22}, {0.20, 0.23, 0.24, 0.26}},
                                    {{0.5}, {0.6}}};
  const Interval expected = improvement_by_hand(points);
  const Interval interval = improvement_interval(points);
  EXPECT_EQ(interval.low, expected.low);
  EXPECT_EQ(interval.high, expected.high);
  EXPECT_LT(interval.low, improvement_probability(points));
  EXPECT_GT(interval.high, improvement_probability(points));
}

}  // namespace
}  // namespace edgesweep
