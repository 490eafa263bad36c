// Generated gaps of the reference: their frequencies, transition matrix and policy, and the
// long-run statistics that the exact laws have to agree with. docs/model.md#arrivals.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "host/policy/gap_law.h"
#include "host/policy/mdp.h"
#include "tests/reference/reference_mdp.h"
#include "tests/support/golden.h"
#include "tests/support/golden_dataset.h"

namespace edgesweep {
namespace {

std::vector<std::string> cases(const std::string& parent) {
  std::vector<std::string> paths;
  for (const std::string& name : testing::golden_groups(parent))
    paths.push_back(parent + "/" + name);
  return paths;
}

ArrivalSettings golden_settings(const std::string& path) {
  ArrivalSettings settings;
  settings.type = ArrivalSettings::Type::markov_modulated;
  settings.interval_1 = static_cast<int>(testing::golden_scalar(path + "/int1"));
  settings.interval_2 = static_cast<int>(testing::golden_scalar(path + "/int2"));
  settings.p_12 = testing::golden_scalar(path + "/tprob1");
  settings.p_21 = testing::golden_scalar(path + "/tprob2");
  return settings;
}

GapLaw frequencies(const std::string& path) {
  const testing::GoldenArray gaps = testing::read_golden(path + "/gaps");
  ReplayTable table;
  table.sequences = static_cast<int64_t>(gaps.shape.at(0));
  table.images = static_cast<int64_t>(gaps.shape.at(1));
  table.values.assign(gaps.values.begin(), gaps.values.end());
  return gap_frequencies(table);
}

TransitionMatrix transition(const std::string& path) {
  return make_transition_matrix(testing::golden_bucket(path + "/qpm"), frequencies(path));
}

TEST(GoldenArrivals, CasesExist) {
  EXPECT_FALSE(cases("arrivals").empty());
  EXPECT_FALSE(cases("arrival_stats").empty());
}

TEST(GoldenArrivals, MeanGap) {
  for (const std::string& path : cases("arrivals"))
    EXPECT_DOUBLE_EQ(frequencies(path).mean, testing::golden_scalar(path + "/tau")) << path;
}

TEST(GoldenArrivals, TransitionMatrix) {
  for (const std::string& path : cases("arrivals")) {
    const testing::GoldenArray expected = testing::read_golden(path + "/trans");
    const TransitionMatrix matrix = transition(path);
    ASSERT_EQ(expected.shape.size(), 2u);
    ASSERT_EQ(expected.shape[0], static_cast<hsize_t>(matrix.bucket.capacity) + 1);
    for (size_t n = 0; n < expected.shape[0]; ++n) {
      const std::vector<double> row = matrix.dense_row(static_cast<int>(n));
      ASSERT_EQ(row.size(), expected.shape[1]);
      for (size_t column = 0; column < row.size(); ++column) {
        // The same frequencies added in the same order; 1 - total may be rounded to zero.
        EXPECT_NEAR(row[column], expected.values[n * row.size() + column], 1e-15)
            << path << " row " << n << " column " << column;
      }
    }
  }
}

TEST(GoldenArrivals, Policy) {
  const ImageSet training = testing::golden_training_images();
  const auto stop = MdpSettings::Stop::published;
  for (const std::string& path : cases("arrivals")) {
    const std::vector<double> expected = testing::read_golden(path + "/policy").values;
    EXPECT_EQ(solve_mdp(transition(path), training, 0.9999, stop).threshold, expected) << path;
    EXPECT_EQ(solve_mdp_plain(transition(path), training, 0.9999, stop).threshold, expected)
        << path;
  }
}

/// A chain and a long record of the reference's gaps. Successive gaps are dependent, so the
/// standard error of the mean of a function of them is its standard deviation times
/// sqrt(correlation length / count), where the correlation length is 1 + 2 (sum of the
/// autocorrelations): those of the states fall by their second eigenvalue from gap to gap.
struct Statistics {
  explicit Statistics(const std::string& path)
      : chain(markov_modulated_chain(golden_settings(path))),
        law(markov_modulated_gaps(golden_settings(path))),
        values(testing::read_golden(path + "/gap_values").values),
        counts(testing::read_golden(path + "/gap_counts").values) {
    const double eigenvalue = chance(0, 0) + chance(1, 1) - 1;
    correlation_length = (1 + eigenvalue) / (1 - eigenvalue);
    for (const double count : counts) total += count;
  }

  double chance(size_t from, int to) const {
    double sum = 0;
    for (const auto& step : chain.steps[from])
      if (step.next_state == to) sum += step.probability;
    return sum;
  }
  double standard_error(double variance) const {
    return std::sqrt(variance * correlation_length / total);
  }

  ArrivalChain chain;
  GapLaw law;
  std::vector<double> values;
  std::vector<double> counts;
  double total = 0;
  double correlation_length = 1;
};

TEST(GoldenArrivals, LongRunFrequencies) {
  for (const std::string& path : cases("arrival_stats")) {
    const Statistics record(path);
    double seen = 0;
    for (size_t i = 0; i < record.values.size(); ++i) {
      const size_t entry = static_cast<size_t>(record.values[i]) - 1;
      ASSERT_LT(entry, record.law.probability.size());
      const double probability = record.law.probability[entry];
      seen += probability;
      // Five standard errors, and five images for the gaps that hardly ever occur.
      EXPECT_NEAR(record.counts[i] / record.total, probability,
                  5 * record.standard_error(probability * (1 - probability)) + 5 / record.total)
          << path << " gap " << record.values[i];
    }
    // Gaps that are expected less than 20 times in the record may be missing, no more.
    EXPECT_LT(1 - seen, 20 / record.total) << path;
  }
}

TEST(GoldenArrivals, LongRunMean) {
  for (const std::string& path : cases("arrival_stats")) {
    const Statistics record(path);
    double variance = 0;
    for (size_t i = 0; i < record.law.probability.size(); ++i) {
      const double deviation = static_cast<double>(i + 1) - record.law.mean;
      variance += record.law.probability[i] * deviation * deviation;
    }
    EXPECT_NEAR(testing::golden_scalar(path + "/mean_gap"), record.law.mean,
                5 * record.standard_error(variance))
        << path;
  }
}

TEST(GoldenArrivals, LongRunAutocorrelation) {
  for (const std::string& path : cases("arrival_stats")) {
    const Statistics record(path);
    std::array<double, 2> mean_after{};  // mean gap after an arrival in a state
    std::array<double, 2> into{};        // E[gap; state it leads to]
    double second_moment = 0;
    for (size_t from = 0; from < 2; ++from) {
      for (const auto& step : record.chain.steps[from]) {
        const double share = record.chain.stationary[from] * step.probability;
        mean_after[from] += step.probability * step.gap;
        into[static_cast<size_t>(step.next_state)] += share * step.gap;
        second_moment += share * step.gap * step.gap;
      }
    }
    const double mean = record.law.mean;
    const double variance = second_moment - mean * mean;
    const std::vector<double> lags = testing::read_golden(path + "/autocorr_lags").values;
    const std::vector<double> expected = testing::read_golden(path + "/autocorr").values;
    for (size_t i = 0; i < lags.size(); ++i) {
      std::array<double, 2> weight = into;
      for (int lag = 1; lag < static_cast<int>(lags[i]); ++lag)
        weight = {weight[0] * record.chance(0, 0) + weight[1] * record.chance(1, 0),
                  weight[0] * record.chance(0, 1) + weight[1] * record.chance(1, 1)};
      const double product = weight[0] * mean_after[0] + weight[1] * mean_after[1];
      // The standard error of an autocorrelation is at most sqrt(correlation length / count).
      EXPECT_NEAR(expected[i], (product - mean * mean) / variance,
                  5 * std::sqrt(record.correlation_length / record.total))
          << path << " lag " << lags[i];
    }
  }
}

}  // namespace
}  // namespace edgesweep
