// Generated gaps against long records of the reference's: frequencies, mean, autocorrelations, and
// which gaps follow each other. Successive gaps depend on each other, so errors come from the
// spread between independent sequences. docs/model.md#arrivals.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "tests/support/gap_statistics.h"
#include "tests/support/golden.h"
#include "tests/support/golden_engine.h"

namespace edgesweep {
namespace {

using testing::Expected;
using testing::GapSums;
using testing::Sample;

constexpr int kLargestGap = 16;
constexpr int64_t kSequences = 100;
constexpr int64_t kImages = 60'000;
/// A sequence starts in the stationary state of the time slots, not of the images; the memory of
/// these chains is 400 images at most.
constexpr int64_t kDropped = 4'000;

const ImageSet& images() {
  static const ImageSet set = testing::ranked_images(100);
  return set;
}

SequenceSource source_of(const ArrivalChain& chain) {
  return testing::generated_source(images(), {}, chain);
}

Sample gaps_of(const ArrivalChain& chain) {
  return testing::draw_sequences(source_of(chain), kSequences, kImages, kDropped).gap;
}

/// The reference's record of one setting and our gaps for it.
struct Case {
  explicit Case(const std::string& path)
      : settings(testing::golden_arrivals(path)),
        values(testing::read_golden(path + "/gap_values").values),
        counts(testing::read_golden(path + "/gap_counts").values),
        total(std::accumulate(counts.begin(), counts.end(), 0.0)),
        gaps(gaps_of(markov_modulated_chain(settings))) {
    const std::vector<double> golden_lags = testing::read_golden(path + "/autocorr_lags").values;
    lags.assign(golden_lags.begin(), golden_lags.end());
    const GapSums statistics = sums(gaps);
    for (int gap = 1; gap <= kLargestGap; ++gap) {
      double count = 0;
      for (size_t i = 0; i < values.size(); ++i)
        if (values[i] == gap) count = counts[i];
      add("gap " + std::to_string(gap), statistics.frequency(gap), count / total, 5 / total);
    }
    add("mean gap", testing::GapSums::mean(), testing::golden_scalar(path + "/mean_gap"));
    const std::vector<double> autocorrelation = testing::read_golden(path + "/autocorr").values;
    for (size_t i = 0; i < lags.size(); ++i)
      add("autocorrelation at lag " + std::to_string(lags[i]), statistics.autocorrelation(i),
          autocorrelation[i]);
    testing::set_standard_errors(statistics.sums(), gaps.size(), total, expected);
  }

  GapSums sums(const Sample& sample) const { return GapSums(sample, lags, kLargestGap); }

  /// What distinguishes a sample from the reference's record.
  std::vector<std::string> disagreements(const Sample& sample) const {
    return testing::disagreements(sums(sample).sums(), expected);
  }
  bool rejects(const ArrivalSettings& other) const {
    return !disagreements(gaps_of(markov_modulated_chain(other))).empty();
  }

  void add(const std::string& name, const testing::Statistic& statistic, double value,
           double slack = 0) {
    expected.push_back({name, statistic, value, Expected::Relation::equal, 0, slack});
  }

  ArrivalSettings settings;
  std::vector<double> values, counts;
  double total;
  Sample gaps;
  std::vector<int> lags;
  std::vector<Expected> expected;
};

/// All cases, drawn once.
const std::vector<std::pair<std::string, Case>>& cases() {
  static const std::vector<std::pair<std::string, Case>> all = [] {
    std::vector<std::pair<std::string, Case>> result;
    for (const std::string& path : testing::golden_cases("arrival_stats"))
      result.emplace_back(path, Case(path));
    return result;
  }();
  return all;
}

TEST(GoldenArrivalStatistics, FrequenciesMeanAndAutocorrelations) {
  ASSERT_FALSE(cases().empty());
  for (const auto& [path, c] : cases())
    EXPECT_TRUE(c.disagreements(c.gaps).empty()) << path << "\n"
                                                 << testing::joined(c.disagreements(c.gaps));
}

TEST(GoldenArrivalStatistics, OtherGeneratorsAreRejected) {
  for (const auto& [path, c] : cases()) {
    ArrivalSettings other = c.settings;
    std::swap(other.p_12, other.p_21);
    EXPECT_TRUE(c.rejects(other)) << path << ", p_12 and p_21 exchanged";
    other = c.settings;
    ++other.interval_1;
    EXPECT_TRUE(c.rejects(other)) << path << ", interval_1 one more";
    other = c.settings;
    --other.interval_2;
    EXPECT_TRUE(c.rejects(other)) << path << ", interval_2 one less";
    other = c.settings;
    other.p_12 *= other.interval_1;
    other.p_21 *= other.interval_2;
    EXPECT_TRUE(c.rejects(other)) << path << ", visits counted in images instead of slots";

    // The right frequencies, each gap drawn for itself.
    ArrivalChain independent;
    const GapLaw law = markov_modulated_gaps(c.settings);
    for (size_t i = 0; i < law.probability.size(); ++i)
      if (law.probability[i] > 0)
        independent.steps[0].push_back({static_cast<int>(i) + 1, 0, law.probability[i]});
    EXPECT_FALSE(c.disagreements(gaps_of(independent)).empty()) << path << ", independent gaps";
  }
}

/// The transition matrix and the stationary frequencies of what is simulated are the same law.
TEST(GoldenArrivalStatistics, StationaryLawOfTheTransitionMatrix) {
  for (const auto& [path, c] : cases()) {
    const GapSums statistics = c.sums(c.gaps);
    const GapLaw law = markov_modulated_gaps(c.settings);
    std::vector<Expected> exact;
    for (int gap = 1; gap < kLargestGap; ++gap) {
      const double probability =
          gap <= static_cast<int>(law.probability.size()) ? law.probability[gap - 1] : 0;
      exact.push_back({"gap " + std::to_string(gap), statistics.frequency(gap), probability,
                       Expected::Relation::equal, 0, 5 / c.gaps.size()});
    }
    exact.push_back(
        {"mean gap", testing::GapSums::mean(), law.mean, Expected::Relation::equal, 0, 0});
    const std::vector<std::string> differences = testing::disagreements(statistics.sums(), exact);
    EXPECT_TRUE(differences.empty()) << path << "\n" << testing::joined(differences);
  }
}

/// Windows drawn from the stationary law are pieces of sequences: as the reference's record, and as
/// our sequences to their precision.
TEST(GoldenArrivalStatistics, TrainingWindowsAreAsSequences) {
  for (const auto& [path, c] : cases()) {
    const SequenceSource source = source_of(markov_modulated_chain(c.settings));
    const Sample windows = testing::draw_training_windows(source, 100, 256, 128).gap;
    EXPECT_TRUE(c.disagreements(windows).empty()) << path << "\n"
                                                  << testing::joined(c.disagreements(windows));
    const std::vector<std::string> differences = testing::disagreements(
        c.sums(windows).sums(), testing::with_values_of(c.sums(c.gaps).sums(), c.expected));
    EXPECT_TRUE(differences.empty()) << path << "\n" << testing::joined(differences);
  }
}

/// Which gap follows which, from the reference's generated sequences; backwards the chain is
/// another one.
struct Pairs {
  explicit Pairs(const std::string& path) : settings(testing::golden_arrivals(path)) {
    const testing::GoldenArray array = testing::read_golden(path + "/gaps");
    golden.row_length = array.shape.at(1);
    for (size_t row = 0; row < array.shape.at(0); ++row) {
      const auto begin = array.values.begin() + static_cast<ptrdiff_t>(row * golden.row_length);
      golden.parts.emplace_back(begin, begin + static_cast<ptrdiff_t>(golden.row_length));
    }
    const Sample gaps = gaps_of(markov_modulated_chain(settings));
    const GapSums statistics = sums(gaps);
    const GapSums record = sums(golden);
    for (int gap = 1; gap <= kLargestGap; ++gap)
      for (int next_gap = 1; next_gap <= kLargestGap; ++next_gap) {
        const testing::Statistic frequency = statistics.pair_frequency(gap, next_gap);
        expected.push_back({std::to_string(gap) + " then " + std::to_string(next_gap), frequency,
                            testing::estimate(record.sums(), frequency).value,
                            Expected::Relation::equal, 0, 5 / golden.size()});
      }
    testing::set_standard_errors(statistics.sums(), gaps.size(), golden.size(), expected);
    differences = disagreements(gaps);
    backwards_differences = disagreements(gaps.reversed());
  }

  static GapSums sums(const Sample& sample) { return GapSums(sample, {}, kLargestGap); }
  std::vector<std::string> disagreements(const Sample& sample) const {
    return testing::disagreements(sums(sample).sums(), expected);
  }

  ArrivalSettings settings;
  Sample golden;
  std::vector<Expected> expected;
  std::vector<std::string> differences, backwards_differences;
};

TEST(GoldenArrivalStatistics, GapsFollowEachOtherAsInTheReference) {
  ASSERT_FALSE(testing::golden_cases("arrivals").empty());
  for (const std::string& path : testing::golden_cases("arrivals")) {
    const Pairs pairs(path);
    EXPECT_TRUE(pairs.differences.empty()) << path << "\n" << testing::joined(pairs.differences);
    const SequenceSource source = source_of(markov_modulated_chain(pairs.settings));
    const Sample windows = testing::draw_training_windows(source, 100, 256, 128).gap;
    EXPECT_TRUE(pairs.disagreements(windows).empty())
        << path << ", windows\n"
        << testing::joined(pairs.disagreements(windows));
    // 80,000 images hold too few changes of a state that lasts 1000 slots to tell the direction of
    // time.
    if (pairs.settings.p_12 < 0.01) continue;
    EXPECT_FALSE(pairs.backwards_differences.empty()) << path << " backwards";
    EXPECT_FALSE(pairs.disagreements(windows.reversed()).empty()) << path << ", windows backwards";
  }
}

}  // namespace
}  // namespace edgesweep
