#include "tests/support/sequence_statistics.h"

#include <algorithm>
#include <cmath>

#include "host/engine/cpu/training_scratch.h"
#include "host/engine/problem/windows.h"
#include "tests/support/problems.h"

namespace edgesweep::testing {
namespace {

/// Rows of windows lie newest first.
std::vector<int32_t> oldest_first(const std::vector<float>& values, size_t row_length) {
  std::vector<int32_t> result(values.size());
  for (size_t row = 0; row < values.size(); row += row_length)
    for (size_t i = 0; i < row_length; ++i)
      result[row + i] = static_cast<int32_t>(values[row + row_length - 1 - i]);
  return result;
}

bool agrees(double difference, double tolerance, Expected::Relation relation) {
  switch (relation) {
    case Expected::Relation::at_most:
      return difference <= tolerance;
    case Expected::Relation::at_least:
      return difference >= -tolerance;
    case Expected::Relation::equal:
      break;
  }
  return std::abs(difference) <= tolerance;
}

}  // namespace

double Sample::size() const {
  double total = 0;
  for (const std::vector<int32_t>& part : parts) total += static_cast<double>(part.size());
  return total;
}

Sample Sample::reversed() const {
  Sample result = *this;
  for (std::vector<int32_t>& part : result.parts)
    for (size_t row = 0; row < part.size(); row += row_length)
      std::reverse(part.begin() + static_cast<ptrdiff_t>(row),
                   part.begin() + static_cast<ptrdiff_t>(row + row_length));
  return result;
}

DrawnSequences draw_sequences(const SequenceSource& source, int64_t sequences, int64_t images,
                              int64_t dropped) {
  DrawnSequences drawn;
  drawn.index.row_length = drawn.gap.row_length = static_cast<size_t>(images - dropped);
  std::vector<uint32_t> index(static_cast<size_t>(images));
  std::vector<int32_t> gap(static_cast<size_t>(images));
  for (int64_t s = 0; s < sequences; ++s) {
    SequenceStream(source, s).next(images, index.data(), gap.data());
    drawn.index.parts.emplace_back(index.begin() + dropped, index.end());
    drawn.gap.parts.emplace_back(gap.begin() + dropped, gap.end());
  }
  return drawn;
}

DrawnSequences draw_training_windows(const SequenceSource& source, int parts, int windows,
                                     int length) {
  TrainingProblem problem;
  problem.seed = source.seed;
  problem.windows = source;
  problem.dqn.batch = windows;
  problem.dqn.mini_batches = 1;
  problem.dqn.history_metrics = problem.dqn.history_gaps = length - 2;
  Windows drawn_windows = make_windows(problem);
  DrawnSequences drawn;
  drawn.index.row_length = drawn.gap.row_length = static_cast<size_t>(length);
  for (int part = 0; part < parts; ++part) {
    draw_windows(problem, part, 0, drawn_windows.count, drawn_windows);
    drawn.index.parts.push_back(oldest_first(metrics_of(drawn_windows), drawn.index.row_length));
    drawn.gap.parts.push_back(oldest_first(gaps_of(drawn_windows), drawn.gap.row_length));
  }
  return drawn;
}

ImageSet ranked_images(int64_t count) {
  ImageSet images;
  for (int64_t i = 0; i < count; ++i) {
    images.metric.push_back(static_cast<double>(i));
    images.metric_single.push_back(static_cast<float>(i));
  }
  images.raw_metric = images.metric;
  images.weak_cost.assign(static_cast<size_t>(count), 1.0);
  images.strong_cost.assign(static_cast<size_t>(count), 0.0);
  images.reward = images.weak_cost;
  images.mean_weak_cost = 1;
  return images;
}

SequenceSource generated_source(const ImageSet& images, const MetricSequenceSettings& metrics,
                                const ArrivalChain& arrivals, uint64_t seed, Purpose purpose) {
  SequenceSource source;
  source.images = &images;
  source.metric_law = make_metric_law(metrics, images.size());
  source.arrivals = make_arrival_law(arrivals);
  source.seed = seed;
  source.purpose = purpose;
  return source;
}

Estimate estimate(const PartSums& sums, const Statistic& statistic) {
  std::vector<double> total(sums.at(0).size(), 0.0);
  for (const std::vector<double>& part : sums)
    for (size_t i = 0; i < total.size(); ++i) total[i] += part[i];
  std::vector<double> without_one;
  double mean = 0;
  for (const std::vector<double>& part : sums) {
    std::vector<double> rest = total;
    for (size_t i = 0; i < rest.size(); ++i) rest[i] -= part[i];
    without_one.push_back(statistic(rest));
    mean += without_one.back();
  }
  const double count = static_cast<double>(sums.size());
  mean /= count;
  double squares = 0;
  for (const double value : without_one) squares += (value - mean) * (value - mean);
  return {statistic(total), std::sqrt(squares * (count - 1) / count)};
}

void set_standard_errors(const PartSums& sums, double sums_size, double size,
                         std::vector<Expected>& expected) {
  for (Expected& e : expected)
    e.standard_error = estimate(sums, e.statistic).standard_error * std::sqrt(sums_size / size);
}

std::vector<Expected> with_values_of(const PartSums& sums, std::vector<Expected> expected) {
  for (Expected& e : expected) {
    const Estimate found = estimate(sums, e.statistic);
    e.value = found.value;
    e.standard_error = found.standard_error;
    e.relation = Expected::Relation::equal;
  }
  return expected;
}

std::vector<std::string> disagreements(const PartSums& sums,
                                       const std::vector<Expected>& expected) {
  std::vector<std::string> result;
  for (const Expected& e : expected) {
    const Estimate found = estimate(sums, e.statistic);
    const double tolerance = 5 * std::hypot(found.standard_error, e.standard_error) + e.slack;
    if (!agrees(found.value - e.value, tolerance, e.relation))
      result.push_back(e.name + ": " + std::to_string(found.value) + ", expected " +
                       std::to_string(e.value) + " +- " + std::to_string(tolerance));
  }
  return result;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace edgesweep::testing
