// The metric fit against every point with every image.
#include "host/data/metric_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "tests/reference/reference_metric_fit.h"
#include "tests/support/threads.h"

namespace edgesweep {
namespace {

struct Images {
  std::vector<double> entropy, reward;
};

using Draw = std::function<double(std::mt19937_64&)>;

Images images(size_t count, const Draw& entropy, unsigned seed = 5) {
  std::mt19937_64 generator(seed);
  Images result;
  for (size_t i = 0; i < count; ++i) {
    result.entropy.push_back(entropy(generator));
    const double chance = 0.2 * result.entropy.back();
    const double uniform = std::uniform_real_distribution<double>()(generator);
    result.reward.push_back(uniform < chance ? 1 : uniform > 0.97 ? -1 : 0);
  }
  return result;
}

double uniform_entropy(std::mt19937_64& generator) {
  return std::uniform_real_distribution<double>(0, 3)(generator);
}

/// Most images are sure, some are equal, few are far away: as real ones.
double skewed_entropy(std::mt19937_64& generator) {
  const double uniform = uniform_entropy(generator) / 3;
  return uniform < 0.3 ? 0.01 : std::pow(uniform, 9) * 6.9;
}

/// Two clusters and nothing between: points far from every image.
double clustered_entropy(std::mt19937_64& generator) {
  const double uniform = uniform_entropy(generator) / 3;
  return uniform < 0.5 ? 0.002 * uniform : 5 + 0.002 * uniform;
}

void expect_plain_fit(const Images& given) {
  const MetricFit found = fit_metric(given.entropy, given.reward);
  const MetricFit expected = fit_metric_plain(given.entropy, given.reward);
  EXPECT_EQ(found.entropy, expected.entropy);
  EXPECT_EQ(found.bandwidth_share, expected.bandwidth_share);
  for (size_t b = 0; b < expected.errors.size(); ++b)
    EXPECT_NEAR(found.errors[b], expected.errors[b], 1e-12) << "bandwidth " << b;
  double worst = 0;
  for (size_t i = 0; i < expected.reward.size(); ++i)
    worst = std::max(worst, std::abs(found.reward[i] - expected.reward[i]));
  EXPECT_LT(worst, 1e-12);
}

TEST(MetricFit, EqualsThePlainFit) {
  const std::vector<std::pair<const char*, Draw>> draws = {
      {"uniform", uniform_entropy}, {"skewed", skewed_entropy}, {"clustered", clustered_entropy}};
  for (const auto& [name, draw] : draws) {
    for (const size_t count : {size_t{2}, size_t{3}, size_t{17}, size_t{1000}, size_t{4097}}) {
      SCOPED_TRACE(::testing::Message() << name << ", " << count << " images");
      expect_plain_fit(images(count, draw));
    }
  }
}

// More images in one cell than one task sums up.
TEST(MetricFit, EqualsThePlainFitWhereManyImagesAreAlike) {
  expect_plain_fit(images(9001, [](std::mt19937_64& generator) {
    const double uniform = uniform_entropy(generator);
    return uniform < 2.9 ? 0.5 : uniform;
  }));
}

TEST(MetricFit, RewardsThatVaryFasterTakeANarrowerBandwidth) {
  std::vector<double> chosen;
  for (const double waves : {0.0, 8.0, 60.0}) {
    Images given = images(4000, uniform_entropy);
    for (size_t i = 0; i < given.reward.size(); ++i)
      given.reward[i] = std::sin(waves * given.entropy[i]) + (i % 7 == 0 ? 0.5 : 0);
    expect_plain_fit(given);
    chosen.push_back(fit_metric(given.entropy, given.reward).bandwidth_share);
  }
  EXPECT_GT(chosen[0], chosen[1]);
  EXPECT_GT(chosen[1], chosen[2]);
}

TEST(MetricFit, AnyNumberOfThreadsGivesTheSameBits) {
  const Images given = images(30'000, skewed_entropy);
  std::vector<MetricFit> fits;
  for (const int threads : {1, 2, 7})
    testing::with_threads(threads,
                          [&] { fits.push_back(fit_metric(given.entropy, given.reward)); });
  for (const MetricFit& fit : fits) {
    EXPECT_EQ(fit.reward, fits[0].reward);
    EXPECT_EQ(fit.errors, fits[0].errors);
  }
}

TEST(MetricFit, InterpolatesBetweenPointsAndStopsAtTheEnds) {
  // Different ranges, because whether a quotient is rounded across a point depends on them.
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Images given = images(50, uniform_entropy, seed);
    MetricFit fit = fit_metric(given.entropy, given.reward);
    for (size_t i = 0; i < fit.reward.size(); ++i)
      fit.reward[i] = std::sqrt(static_cast<double>(i));
    for (size_t i = 0; i < fit.entropy.size(); ++i)
      ASSERT_EQ(fit.metric(fit.entropy[i]), fit.reward[i]) << "exactly, point " << i;
    EXPECT_NEAR(fit.metric((fit.entropy[9] + fit.entropy[10]) / 2), (3 + std::sqrt(10.0)) / 2,
                1e-12);
    EXPECT_EQ(fit.metric(fit.entropy.front() - 1), 0);
    EXPECT_EQ(fit.metric(fit.entropy.back() + 1), std::sqrt(999.0));
    EXPECT_EQ(fit.metric(std::nextafter(fit.entropy.back(), 9.0)), std::sqrt(999.0));
  }
}

TEST(MetricFit, BandwidthsAreHalfOctaves) {
  for (size_t b = 0; b < kBandwidthShares.size(); ++b)
    EXPECT_DOUBLE_EQ(kBandwidthShares[b], std::pow(2.0, -8 + 0.5 * static_cast<double>(b)));
}

}  // namespace
}  // namespace edgesweep
