// kernels/sequences.cuh and host/engine/problem/sequence_source.h: docs/model.md#metric-sequences,
// and which sequences share random numbers.
#include "kernels/sequences.cuh"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "host/engine/cpu/training_scratch.h"
#include "host/engine/problem/windows.h"
#include "tests/support/problems.h"
#include "tests/support/sequence_statistics.h"

namespace edgesweep {
namespace {

MetricSequenceSettings local_reset(double spread, double reset_probability) {
  MetricSequenceSettings settings;
  settings.type = MetricSequenceSettings::Type::local_reset;
  settings.spread = spread;
  settings.reset_probability = reset_probability;
  return settings;
}

TEST(MetricLaw, IidIsOneLocationAndOffsetsOverAllImages) {
  const MetricLaw law = make_metric_law({}, 1500);
  EXPECT_EQ(law.images, 1500u);
  EXPECT_EQ(law.locations, 1u);
  EXPECT_EQ(law.offsets, 1500u);
  EXPECT_EQ(law.reset_threshold, 0u);
}

TEST(MetricLaw, LocalResetHasOffsetsFromZeroToSpreadTimesImages) {
  EXPECT_EQ(make_metric_law(local_reset(0.1, 0.5), 1500).locations, 1500u);
  EXPECT_EQ(make_metric_law(local_reset(0.1, 0.5), 1500).offsets, 151u);
  EXPECT_EQ(make_metric_law(local_reset(0.1, 0.5), 1509).offsets, 151u);
  EXPECT_EQ(make_metric_law(local_reset(0, 0.5), 1500).offsets, 1u);
  EXPECT_EQ(make_metric_law(local_reset(1, 0.5), 1500).offsets, 1501u);
}

TEST(MetricLaw, ResetProbabilityIsAShareOfAllWords) {
  EXPECT_EQ(make_metric_law(local_reset(0.1, 0), 10).reset_threshold, 0u);
  EXPECT_EQ(make_metric_law(local_reset(0.1, 0.25), 10).reset_threshold, 1u << 30);
  EXPECT_EQ(make_metric_law(local_reset(0.1, 1), 10).reset_threshold, 1ULL << 32);
}

/// The word whose product with kResetMultiplier is this: the multiplier is odd, so Newton's
/// iteration finds its inverse modulo 2^32.
uint32_t word_that_scrambles_to(uint32_t scrambled) {
  uint32_t inverse = kResetMultiplier;
  for (int i = 0; i < 5; ++i) inverse *= 2 - kResetMultiplier * inverse;
  return scrambled * inverse;
}

TEST(NextIndex, ResetsAtTheFirstImageAndBelowTheThreshold) {
  const MetricLaw law = make_metric_law(local_reset(0, 0.25), 1000);
  const uint32_t last_reset = word_that_scrambles_to((1u << 30) - 1);
  const uint32_t first_kept = word_that_scrambles_to(1u << 30);
  uint32_t location = 5;
  EXPECT_EQ(next_index(law, first_kept, 0xffffffff, false, location), 5u);
  EXPECT_EQ(location, 5u);
  EXPECT_EQ(next_index(law, last_reset, 0xffffffff, false, location), 999u);
  EXPECT_EQ(location, 999u);
  location = 5;
  EXPECT_EQ(next_index(law, first_kept, 0xffffffff, true, location), 999u);
  EXPECT_EQ(location, 999u);
}

/// The words of an offset are an interval. Their resets are counted, and may differ from what
/// independence asks for by the discrepancy of a golden-ratio sequence: below 3 + ln(words).
TEST(NextIndex, OffsetAndResetOfOneWordAreIndependent) {
  for (const double spread : {0.1, 0.5, 1.0})
    for (const double probability : {0.001, 0.01, 0.1, 0.5}) {
      const MetricLaw law = make_metric_law(local_reset(spread, probability), 33'333);
      for (const uint32_t offset : {0u, 1u, law.offsets / 3, law.offsets - 1}) {
        const uint64_t begin = ((uint64_t{offset} << 32) + law.offsets - 1) / law.offsets;
        const uint64_t end = ((uint64_t{offset + 1} << 32) + law.offsets - 1) / law.offsets;
        double resets = 0;
        for (uint64_t word = begin; word < end; ++word) {
          ASSERT_EQ(uniform_below(static_cast<uint32_t>(word), law.offsets), offset);
          resets += is_reset(law, static_cast<uint32_t>(word));
        }
        const double words = static_cast<double>(end - begin);
        EXPECT_NEAR(resets, probability * words, 3 + std::log(words))
            << "spread " << spread << ", offset " << offset;
      }
    }
}

TEST(NextIndex, OffsetsReachBothEndsAndWrapAround) {
  const MetricLaw law = make_metric_law(local_reset(0.1, 0), 1000);
  constexpr uint32_t kNearest = 0;
  constexpr uint32_t kFarthest = 0xffffffff;
  for (const uint32_t start : {0u, 899u, 900u, 999u}) {
    uint32_t location = start;
    EXPECT_EQ(next_index(law, kNearest, 0, false, location), start);
    EXPECT_EQ(next_index(law, kFarthest, 0, false, location), (start + 100) % 1000);
    EXPECT_EQ(location, start) << "an offset leaves the location alone";
  }
  const MetricLaw whole = make_metric_law(local_reset(1, 0), 1000);
  uint32_t location = 999;
  EXPECT_EQ(next_index(whole, kFarthest, 0, false, location), 999u);  // 999 + 1000 modulo 1000
}

/// Chi-square of equally likely cells: mean cells - 1, standard deviation sqrt(2 (cells - 1)).
void expect_uniform(const std::vector<double>& counts, const std::string& what) {
  double total = 0;
  for (const double count : counts) total += count;
  const double expected = total / static_cast<double>(counts.size());
  double chi_square = 0;
  for (const double count : counts)
    chi_square += (count - expected) * (count - expected) / expected;
  const double freedom = static_cast<double>(counts.size()) - 1;
  EXPECT_NEAR(chi_square, freedom, 5 * std::sqrt(2 * freedom)) << what;
}

constexpr int32_t kImages = 1000;

testing::Sample drawn(const MetricSequenceSettings& settings, int64_t sequences, int64_t images) {
  const ImageSet set = testing::ranked_images(kImages);
  return testing::draw_sequences(testing::generated_source(set, settings, periodic_chain()),
                                 sequences, images)
      .index;
}

TEST(Sequences, IidRanksAreUniformAndIndependent) {
  std::vector<double> ranks(kImages), pairs(400);
  for (const std::vector<int32_t>& sequence : drawn({}, 50, 10'000).parts)
    for (size_t t = 0; t < sequence.size(); ++t) {
      ++ranks[static_cast<size_t>(sequence[t])];
      if (t > 0) ++pairs[static_cast<size_t>(sequence[t - 1] / 50 * 20 + sequence[t] / 50)];
    }
  expect_uniform(ranks, "ranks");
  expect_uniform(pairs, "neighbours");
}

TEST(Sequences, AnImmediateResetIsUniformAtTheWrappedEndsToo) {
  std::vector<double> ranks(kImages);
  for (const std::vector<int32_t>& sequence : drawn(local_reset(0.3, 1), 50, 10'000).parts)
    for (const int32_t rank : sequence) ++ranks[static_cast<size_t>(rank)];
  expect_uniform(ranks, "ranks");
}

TEST(Sequences, FirstImagesAreUniform) {
  std::vector<double> ranks(20);
  for (const std::vector<int32_t>& sequence : drawn(local_reset(0.1, 0.01), 20'000, 1).parts)
    ++ranks[static_cast<size_t>(sequence[0] / 50)];
  expect_uniform(ranks, "first ranks");
}

TEST(Sequences, ResetsHappenWithTheirProbability) {
  for (const double probability : {0.001, 0.1, 0.5}) {
    double changes = 0;
    double chances = 0;
    for (const std::vector<int32_t>& sequence :
         drawn(local_reset(0, probability), 50, 20'000).parts)
      for (size_t t = 1; t < sequence.size(); ++t, ++chances)
        changes += sequence[t] != sequence[t - 1];
    // Without spread a rank is a location; one reset of a thousand finds the same one. Five
    // binomial standard deviations.
    const double expected = probability * (1 - 1.0 / kImages);
    EXPECT_NEAR(changes / chances, expected, 5 * std::sqrt(expected * (1 - expected) / chances));
  }
}

TEST(Sequences, NeverAndAlwaysAReset) {
  for (const std::vector<int32_t>& sequence : drawn(local_reset(0.1, 0), 20, 2'000).parts) {
    std::vector<bool> seen(kImages);
    for (const int32_t rank : sequence) seen[static_cast<size_t>(rank)] = true;
    // 2000 draws of 101 ranks leave one out with probability 2e-7.
    EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 101);
  }
}

/// Sequences `sequence` of a source as one list of ranks and gaps.
std::vector<int64_t> beginning(const SequenceSource& source, int64_t sequence) {
  std::vector<uint32_t> index(1000);
  std::vector<int32_t> gap(1000);
  SequenceStream(source, sequence).next(1000, index.data(), gap.data());
  std::vector<int64_t> result(index.begin(), index.end());
  result.insert(result.end(), gap.begin(), gap.end());
  return result;
}

/// Images 0..999 at which two sequences have the same rank.
int64_t common_ranks(const SequenceSource& a, int64_t sequence_a, const SequenceSource& b,
                     int64_t sequence_b) {
  const std::vector<int64_t> first = beginning(a, sequence_a);
  const std::vector<int64_t> second = beginning(b, sequence_b);
  int64_t common = 0;
  for (size_t t = 0; t < 1000; ++t) common += first[t] == second[t];
  return common;
}

RunSettings iid_settings() {
  RunSettings settings = testing::small_settings();
  settings.metric_sequence = {};
  settings.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
  settings.test_seed = settings.seed;  // only the purpose tells the streams apart
  return settings;
}

TEST(Streams, TrainingValidationAndTestDiffer) {
  const RunProblem problem = testing::prepared(iid_settings());
  const std::vector<const SequenceSource*> sources = {&problem.training->windows,
                                                      &problem.training->training_evaluation,
                                                      &problem.training->validation, &problem.test};
  for (size_t a = 0; a < sources.size(); ++a)
    for (size_t b = 0; b < a; ++b)
      // Of 33,333 and 16,667 images a thousand independent draws agree 0.03 times on average.
      EXPECT_LE(common_ranks(*sources[a], 0, *sources[b], 0), 2) << "sources " << a << " and " << b;
}

TEST(Streams, SequencesOfOneSourceDiffer) {
  const RunProblem problem = testing::prepared(iid_settings());
  for (int64_t sequence = 1; sequence < 20; ++sequence)
    EXPECT_LE(common_ranks(problem.test, 0, problem.test, sequence), 2) << "sequence " << sequence;
}

TEST(Streams, TestSequencesDependOnTheTestSeedAlone) {
  RunSettings settings = iid_settings();
  const RunProblem first = testing::prepared(settings);
  ++settings.seed;
  const RunProblem other_seed = testing::prepared(settings);
  EXPECT_EQ(beginning(first.test, 3), beginning(other_seed.test, 3));
  EXPECT_LE(common_ranks(first.training->validation, 3, other_seed.training->validation, 3), 2);
  ++settings.test_seed;
  EXPECT_LE(common_ranks(first.test, 3, testing::prepared(settings).test, 3), 2);
}

TEST(Streams, RateAndDepthShareAllRandomNumbers) {
  RunSettings settings = iid_settings();
  settings.dqn.history_gaps = 2;
  const RunProblem first = testing::prepared(settings);
  settings.rate = 0.25;
  settings.depth = 7;
  const RunProblem other = testing::prepared(settings);
  EXPECT_EQ(beginning(first.test, 1), beginning(other.test, 1));
  EXPECT_EQ(beginning(first.training->validation, 1), beginning(other.training->validation, 1));
  EXPECT_EQ(beginning(first.training->training_evaluation, 1),
            beginning(other.training->training_evaluation, 1));
  Windows windows = make_windows(*first.training);
  Windows other_windows = make_windows(*other.training);
  draw_windows(*first.training, 4, 0, windows.count, windows);
  draw_windows(*other.training, 4, 0, windows.count, other_windows);
  EXPECT_EQ(testing::metrics_of(windows), testing::metrics_of(other_windows));
  EXPECT_EQ(testing::gaps_of(windows), testing::gaps_of(other_windows));
  EXPECT_EQ(windows.reward, other_windows.reward);
}

/// A replayed table in which every image is another one, so that a window tells its end point.
TEST(ReplayedWindows, EndAtEveryImageButTheLastEquallyOften) {
  constexpr int32_t kSequences = 4;
  constexpr int32_t kLength = 30;
  const ImageSet images = testing::ranked_images(kSequences * kLength);
  auto index = std::make_shared<ReplayTable>(ReplayTable{kSequences, kLength, {}});
  for (int32_t i = 0; i < kSequences * kLength; ++i) index->values.push_back(i);
  TrainingProblem problem;
  problem.windows = testing::generated_source(images, {}, periodic_chain());
  problem.windows.index_replay = index;
  problem.windows.gap_replay = index;  // as a gap, each image's own number
  problem.dqn.history_metrics = problem.dqn.history_gaps = 3;
  problem.dqn.batch = 1000;
  problem.dqn.mini_batches = 20;
  Windows windows = make_windows(problem);
  draw_windows(problem, 0, 0, windows.count, windows);
  std::vector<double> counts(kSequences * (kLength - 1));
  for (int64_t row = 0; row < windows.count; ++row) {
    const auto current = static_cast<int32_t>(windows.metric(row, 1));
    ASSERT_LT(current % kLength, kLength - 1) << "the last image has no next one";
    ASSERT_EQ(windows.metric(row, 0), current + 1);
    ASSERT_EQ(windows.next_gap[static_cast<size_t>(row)], current)
        << "metrics and gaps of the same end point";
    ++counts[static_cast<size_t>(current / kLength * (kLength - 1) + current % kLength)];
  }
  expect_uniform(counts, "end points");
}

}  // namespace
}  // namespace edgesweep
