// Generated local-reset sequences against long records of the reference's: sizes of the steps from
// image to image, and the mean rank. docs/model.md#metric-sequences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "tests/support/golden.h"
#include "tests/support/golden_engine.h"
#include "tests/support/sequence_statistics.h"

namespace edgesweep {
namespace {

using testing::Expected;
using testing::PartSums;
using testing::Sample;
using Relation = Expected::Relation;

constexpr int64_t kResetSequences = 100;
constexpr int64_t kResetImages = 30'000;
/// The record: its mean ranks are multiples of 1e-6 and its shares of steps multiples of 1/999,995,
/// so 5 sequences of 200,000 images.
constexpr double kGoldenImages = 1'000'000;

/// Shorter way from one rank to another on the circle of all ranks: a location's images may wrap
/// around the end.
int32_t step_size(int32_t from, int32_t to, int32_t count) {
  const int32_t distance = std::abs(to - from);
  return std::min(distance, count - distance);
}

struct Record {
  explicit Record(const std::string& path)
      : count(static_cast<int32_t>(testing::golden_scalar(path + "/baselen"))),
        levels(testing::read_golden(path + "/quantile_levels").values),
        quantiles(testing::read_golden(path + "/step_abs_quantiles").values),
        share_above(testing::golden_scalar(path + "/frac_step_gt_2spread")),
        mean_index(testing::golden_scalar(path + "/mean_index")) {
    settings.type = MetricSequenceSettings::Type::local_reset;
    settings.spread = testing::golden_scalar(path + "/spread");
    settings.reset_probability = testing::golden_scalar(path + "/rprob");
    bound = static_cast<int32_t>(2 * settings.spread * count);
  }

  MetricSequenceSettings settings;
  int32_t count;
  std::vector<double> levels, quantiles;
  double share_above, mean_index;
  int32_t bound;  ///< without a reset no step is longer than half of it
};

// Places of the sums.
constexpr size_t kIndices = 0;
constexpr size_t kIndexSum = 1;
constexpr size_t kSteps = 2;
constexpr size_t kAbove = 3;
constexpr size_t below(size_t quantile) { return 4 + 2 * quantile; }
constexpr size_t up_to(size_t quantile) { return 5 + 2 * quantile; }

testing::Statistic share_of_steps(size_t place) {
  return [place](const std::vector<double>& sums) { return sums[place] / sums[kSteps]; };
}

PartSums sums_of(const Sample& sample, const Record& record) {
  PartSums result;
  for (const std::vector<int32_t>& part : sample.parts) {
    std::vector<int64_t> size_count(static_cast<size_t>(record.count), 0);
    std::vector<double> sums(below(record.quantiles.size()), 0.0);
    for (size_t i = 0; i < part.size(); ++i) {
      sums[kIndexSum] += part[i];
      if (i % sample.row_length != 0)
        ++size_count[static_cast<size_t>(step_size(part[i - 1], part[i], record.count))];
    }
    sums[kIndices] = static_cast<double>(part.size());
    for (size_t size = 0; size < size_count.size(); ++size) {
      const double steps = static_cast<double>(size_count[size]);
      const double distance = static_cast<double>(size);
      sums[kSteps] += steps;
      if (distance > record.bound) sums[kAbove] += steps;
      for (size_t q = 0; q < record.quantiles.size(); ++q) {
        if (distance < record.quantiles[q]) sums[below(q)] += steps;
        if (distance <= record.quantiles[q]) sums[up_to(q)] += steps;
      }
    }
    result.push_back(std::move(sums));
  }
  return result;
}

Sample indices_of(const MetricSequenceSettings& settings, int32_t count) {
  const ImageSet images = testing::ranked_images(count);
  return testing::draw_sequences(testing::generated_source(images, settings, periodic_chain()),
                                 kResetSequences, kResetImages)
      .index;
}

/// The reference's record of one setting and our sequences for it.
struct ResetCase {
  explicit ResetCase(const std::string& path)
      : record(path), sums(sums_of(indices_of(record.settings, record.count), record)) {
    // Steps are whole: the golden quantile q at level a says P(step < q) <= a <= P(step <= q).
    for (size_t q = 0; q < record.quantiles.size(); ++q) {
      const std::string name = "quantile " + std::to_string(record.levels[q]) + ", share of steps ";
      expected.push_back(
          {name + "below", share_of_steps(below(q)), record.levels[q], Relation::at_most, 0, 0});
      expected.push_back(
          {name + "up to", share_of_steps(up_to(q)), record.levels[q], Relation::at_least, 0, 0});
    }
    expected.push_back({"steps above 2 spread", share_of_steps(kAbove), record.share_above,
                        Relation::equal, 0, 0});
    expected.push_back(
        {"mean rank",
         [](const std::vector<double>& total) { return total[kIndexSum] / total[kIndices]; },
         record.mean_index, Relation::equal, 0, 0});
    testing::set_standard_errors(sums, static_cast<double>(kResetSequences * kResetImages),
                                 kGoldenImages, expected);
  }

  std::vector<std::string> disagreements(const Sample& sample) const {
    return testing::disagreements(sums_of(sample, record), expected);
  }
  bool rejects(const MetricSequenceSettings& other) const {
    return !disagreements(indices_of(other, record.count)).empty();
  }

  Record record;
  PartSums sums;
  std::vector<Expected> expected;
};

/// All reset_cases, drawn once.
const std::vector<std::pair<std::string, ResetCase>>& reset_cases() {
  static const std::vector<std::pair<std::string, ResetCase>> all = [] {
    std::vector<std::pair<std::string, ResetCase>> result;
    for (const std::string& path : testing::golden_cases("localreset_stats"))
      result.emplace_back(path, ResetCase(path));
    return result;
  }();
  return all;
}

TEST(GoldenLocalResetStatistics, StepsAndMeanRank) {
  ASSERT_FALSE(reset_cases().empty());
  for (const auto& [path, c] : reset_cases()) {
    const std::vector<std::string> differences = testing::disagreements(c.sums, c.expected);
    EXPECT_TRUE(differences.empty()) << path << "\n" << testing::joined(differences);
  }
}

TEST(GoldenLocalResetStatistics, OtherResetProbabilitiesAreRejected) {
  for (const auto& [path, c] : reset_cases()) {
    // Offsets over all images hide the location: with spread 1 nothing depends on resets.
    if (c.record.settings.spread == 1) continue;
    for (const double factor : {0.8, 1.25}) {
      MetricSequenceSettings other = c.record.settings;
      other.reset_probability *= factor;
      EXPECT_TRUE(c.rejects(other)) << path << ", reset probability " << other.reset_probability;
    }
  }
}

TEST(GoldenLocalResetStatistics, OtherSpreadsAreRejected) {
  for (const auto& [path, c] : reset_cases()) {
    MetricSequenceSettings other = c.record.settings;
    // What spread 1 does to the steps falls off with the square of the distance from 1.
    other.spread += other.spread == 1 ? -0.1 : 0.02;
    EXPECT_TRUE(c.rejects(other)) << path << ", spread " << other.spread;
  }
}

TEST(GoldenLocalResetStatistics, IndependentImagesAreRejected) {
  for (const auto& [path, c] : reset_cases()) {
    if (c.record.settings.spread == 1) continue;  // the same law
    EXPECT_TRUE(c.rejects(MetricSequenceSettings{})) << path;
  }
}

/// Windows are drawn backwards from their newest image and have to be pieces of the same sequences:
/// as the reference's record, and as our sequences to their precision.
TEST(GoldenLocalResetStatistics, TrainingWindowsAreAsSequences) {
  for (const auto& [path, c] : reset_cases()) {
    const ImageSet images = testing::ranked_images(c.record.count);
    const SequenceSource source =
        testing::generated_source(images, c.record.settings, periodic_chain());
    const Sample windows = testing::draw_training_windows(source, 100, 300, 97).index;
    EXPECT_TRUE(c.disagreements(windows).empty()) << path << "\n"
                                                  << testing::joined(c.disagreements(windows));
    const std::vector<std::string> differences = testing::disagreements(
        sums_of(windows, c.record), testing::with_values_of(c.sums, c.expected));
    EXPECT_TRUE(differences.empty()) << path << "\n" << testing::joined(differences);
  }
}

}  // namespace
}  // namespace edgesweep
