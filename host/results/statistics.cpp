#include "host/results/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/random.cuh"

namespace edgesweep {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool any_nan(std::span<const double> values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

void append_resample(const std::vector<double>& stratum, uint32_t stratum_index, uint32_t resample,
                     uint64_t seed, std::vector<double>& out) {
  const auto count = static_cast<uint32_t>(stratum.size());
  PhiloxBlock block{};
  for (uint32_t draw = 0; draw < count; ++draw) {
    if (draw % 4 == 0) block = philox(seed, resample, stratum_index, draw / 4, Purpose::bootstrap);
    out.push_back(stratum[uniform_below(block.word[draw % 4], count)]);
  }
}

double nth_smallest(std::vector<double>& values, size_t n) {
  const auto position = values.begin() + static_cast<std::ptrdiff_t>(n);
  std::nth_element(values.begin(), position, values.end());
  return *position;
}

double sorted_interquartile_mean(std::span<double> values) {
  std::sort(values.begin(), values.end());
  const size_t dropped = values.size() / 4;
  return mean(values.subspan(dropped, values.size() - 2 * dropped));
}

}  // namespace

double mean(std::span<const double> values) {
  if (values.empty()) return kNan;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double standard_error(std::span<const double> values) {
  if (values.size() < 2) return kNan;
  const double center = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - center) * (value - center);
  const auto count = static_cast<double>(values.size());
  return std::sqrt(squares / (count - 1)) / std::sqrt(count);
}

double interquartile_mean(std::span<const double> values) {
  if (any_nan(values)) return kNan;  // NaN has no place in an order
  std::vector<double> copy(values.begin(), values.end());
  return sorted_interquartile_mean(copy);
}

Interval bootstrap_interval(const std::vector<std::vector<double>>& strata,
                            const Statistic& statistic, uint64_t seed) {
  bool has_spread = false;
  for (const auto& stratum : strata) {
    if (any_nan(stratum)) return {kNan, kNan};
    has_spread = has_spread || stratum.size() > 1;
  }
  if (!has_spread) return {kNan, kNan};

  std::vector<double> estimates(kBootstrapResamples);
  std::vector<double> sample;
  for (uint32_t resample = 0; resample < kBootstrapResamples; ++resample) {
    sample.clear();
    for (size_t s = 0; s < strata.size(); ++s)
      append_resample(strata[s], static_cast<uint32_t>(s), resample, seed, sample);
    estimates[resample] = statistic(sample);
  }
  constexpr size_t kTail = kBootstrapResamples / 40;
  return {nth_smallest(estimates, kTail - 1), nth_smallest(estimates, kBootstrapResamples - kTail)};
}

Interval interquartile_mean_interval(const std::vector<double>& values) {
  // Every resample of equal values is the sample itself. Common: most policies do not depend on the
  // seed.
  const bool all_equal =
      std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
  if (all_equal && values.size() > 1)
    return {interquartile_mean(values), interquartile_mean(values)};
  return bootstrap_interval({values}, sorted_interquartile_mean);
}

}  // namespace edgesweep
