#include "host/data/calibration.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <string>

#include "host/data/portable_math.h"
#include "host/data/softmax_row.h"
#include "host/error.h"

namespace edgesweep {
namespace {

constexpr int64_t kRowsPerTask = 32;

/// f(row) for rows 0..count-1 in parallel, tasks of kRowsPerTask rows.
template <typename F>
void for_each_row(int64_t count, const F& f) {
  tbb::parallel_for(int64_t{0}, (count + kRowsPerTask - 1) / kRowsPerTask, [&](int64_t task) {
    const int64_t end = std::min(count, (task + 1) * kRowsPerTask);
    for (int64_t row = task * kRowsPerTask; row < end; ++row) f(row);
  });
}

double rank_of(const double* logits, int64_t classes, int32_t label) {
  const double own = logits[label];
  int64_t before = 0;
  for (int64_t c = 0; c < label; ++c) before += logits[c] >= own;
  for (int64_t c = label + 1; c < classes; ++c) before += logits[c] > own;
  return static_cast<double>(before + 1);
}

/// Position of the first logit of the row that is not allowed; `classes` if there is none.
int64_t bad_logit(const double* logits, int64_t classes) {
  constexpr double kLargest = 1e300;  // differences and their multiples stay finite
  return std::find_if_not(logits, logits + classes,
                          [](double value) { return std::abs(value) <= kLargest; }) -
         logits;
}

/// greatest: of the row.
bool is_distribution(const double* logits, int64_t classes, double greatest) {
  constexpr double kTolerance = 1e-3;
  if (!(greatest <= 1 + kTolerance)) return false;  // most logits end here
  double sum = 0;
  for (int64_t c = 0; c < classes; ++c) {
    if (logits[c] < 0) return false;
    sum += logits[c];
  }
  return std::abs(sum - 1) <= kTolerance;
}

/// What the greatest logit of an image says of its label and its row.
enum Finding : uint8_t { kRightBefore = 1, kRightAfter = 2, kDistribution = 4 };

uint8_t findings_of(const double* logits, int64_t classes, int32_t label, double greatest) {
  uint8_t found = is_distribution(logits, classes, greatest) ? kDistribution : 0;
  if (logits[label] == greatest) return found;
  if (label > 0 && logits[label - 1] == greatest) found |= kRightBefore;
  if (label + 1 < classes && logits[label + 1] == greatest) found |= kRightAfter;
  return found;
}

using GridSums = std::array<double, kCalibrationPoints>;

/// Sum over the training images of log(sum over classes of exp(t (logit - greatest logit))), for
/// each t of the grid. Images are added in order within a task, tasks in order.
GridSums sum_log_partitions(LogitSource& logits, const std::vector<bool>& is_training,
                            double first_temperature, double step) {
  const int64_t classes = logits.classes();
  GridSums total{};
  std::vector<GridSums> part;
  for_each_block(logits, [&](int64_t first, int64_t count, const double* values) {
    const int64_t tasks = (count + kRowsPerTask - 1) / kRowsPerTask;
    part.assign(static_cast<size_t>(tasks), GridSums{});
    for_each_row(count, [&](int64_t row) {
      if (!is_training[static_cast<size_t>(first + row)]) return;
      GridSums partition;
      grid_partitions(values + row * classes, classes, first_temperature, step, partition.data());
      GridSums& sums = part[static_cast<size_t>(row / kRowsPerTask)];
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += portable_log(partition[i]);
    });
    for (const GridSums& sums : part)
      for (size_t i = 0; i < total.size(); ++i) total[i] += sums[i];
  });
  return total;
}

struct MeanMargin {
  double mean = 0;
  double images = 0;
};

MeanMargin mean_margin(const std::vector<double>& margin, const std::vector<bool>& is_training) {
  MeanMargin result;
  for (size_t i = 0; i < margin.size(); ++i) {
    if (!is_training[i]) continue;
    result.mean += margin[i];
    result.images += 1;
  }
  result.mean /= result.images;
  return result;
}

}  // namespace

LogitSummary summarise_logits(const std::string& file, const std::string& name, LogitSource& logits,
                              const std::vector<int32_t>& label) {
  const int64_t classes = logits.classes();
  LogitSummary summary;
  summary.rank.resize(label.size());
  summary.margin.resize(label.size());
  std::vector<uint8_t> findings(label.size());
  for_each_block(logits, [&](int64_t first, int64_t count, const double* values) {
    for_each_row(count, [&](int64_t row) {
      const double* of_image = values + row * classes;
      const auto image = static_cast<size_t>(first + row);
      if (bad_logit(of_image, classes) < classes) {
        summary.rank[image] = 0;
        return;
      }
      summary.rank[image] = rank_of(of_image, classes, label[image]);
      const double greatest = greatest_of(of_image, classes);
      summary.margin[image] = greatest - of_image[label[image]];
      findings[image] = findings_of(of_image, classes, label[image], greatest);
    });
    // Here and not in the task that met it: the message names the first.
    for (int64_t row = 0; row < count; ++row) {
      if (summary.rank[static_cast<size_t>(first + row)] != 0) continue;
      const int64_t bad = bad_logit(values + row * classes, classes);
      std::ostringstream found;
      found << values[row * classes + bad] << " at image " << first + row << ", class " << bad;
      throw InputError(file, name, found.str(), "finite logits, at most 1e300 in magnitude");
    }
  });
  const auto count = [&](Finding finding) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](uint8_t found) { return (found & finding) != 0; });
  };
  summary.right = std::count(summary.rank.begin(), summary.rank.end(), 1.0);
  summary.right_before = count(kRightBefore);
  summary.right_after = count(kRightAfter);
  summary.are_probabilities = count(kDistribution) == static_cast<ptrdiff_t>(label.size());
  return summary;
}

Calibration calibrate(LogitSource& logits, const std::vector<double>& margin,
                      const std::vector<bool>& is_training) {
  const MeanMargin training = mean_margin(margin, is_training);
  const auto cross_entropies = [&](double first, double step) {
    GridSums entropies = sum_log_partitions(logits, is_training, first, step);
    for (size_t i = 0; i < entropies.size(); ++i)
      entropies[i] =
          training.mean * (first + static_cast<double>(i) * step) + entropies[i] / training.images;
    return entropies;
  };
  double low = 0;
  double high = kLargestFirstTemperature;
  Calibration result;
  for (int round = 0; round < kCalibrationRounds; ++round) {
    const double step = (high - low) / (kCalibrationPoints - 1);
    const GridSums entropies = cross_entropies(low, step);
    const auto best = std::min_element(entropies.begin(), entropies.end()) - entropies.begin();
    result.inverse_temperature = low + static_cast<double>(best) * step;
    result.cross_entropy = entropies[static_cast<size_t>(best)];
    result.at_upper_end = best == kCalibrationPoints - 1;
    low = std::max(0.0, result.inverse_temperature - step);
    high = result.inverse_temperature + step;
  }
  result.cross_entropy_before = cross_entropies(1, 0)[0];
  return result;
}

std::vector<double> softmax_entropies(LogitSource& logits, double inverse_temperature) {
  const int64_t classes = logits.classes();
  std::vector<double> entropies(static_cast<size_t>(logits.images()));
  for_each_block(logits, [&](int64_t first, int64_t count, const double* values) {
    for_each_row(count, [&](int64_t row) {
      entropies[static_cast<size_t>(first + row)] =
          softmax_entropy(values + row * classes, classes, inverse_temperature);
    });
  });
  return entropies;
}

}  // namespace edgesweep
