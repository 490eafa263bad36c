#include "host/results/statistics.h"

#include <algorithm>
#include <cmath>

#include "kernels/random.cuh"

namespace edgesweep {
namespace {

bool any_nan(std::span<const double> values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

void draw_resample(const std::vector<double>& stratum, uint32_t stratum_index, uint32_t resample,
                   uint64_t seed, std::vector<double>& out) {
  const auto count = static_cast<uint32_t>(stratum.size());
  out.clear();
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

bool all_equal(const std::vector<double>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
}

/// The interval of bootstrap_interval; `estimate` gets the resample stratum by stratum and may
/// reorder it.
template <typename Estimate>
Interval resampled_interval(const std::vector<std::vector<double>>& strata, uint64_t seed,
                            const Estimate& estimate) {
  bool has_spread = false;
  for (const auto& stratum : strata) {
    if (any_nan(stratum)) return {kNan, kNan};
    has_spread = has_spread || stratum.size() > 1;
  }
  if (!has_spread) return {kNan, kNan};

  std::vector<std::vector<double>> sample = strata;
  if (std::all_of(strata.begin(), strata.end(), all_equal)) {
    // Every resample is the sample itself. Common: most policies do not depend on the seed.
    const double value = estimate(sample);
    return {value, value};
  }
  std::vector<double> estimates(kBootstrapResamples);
  for (uint32_t resample = 0; resample < kBootstrapResamples; ++resample) {
    for (size_t s = 0; s < strata.size(); ++s)
      draw_resample(strata[s], static_cast<uint32_t>(s), resample, seed, sample[s]);
    estimates[resample] = estimate(sample);
  }
  constexpr size_t kTail = kBootstrapResamples / 40;
  return {nth_smallest(estimates, kTail - 1), nth_smallest(estimates, kBootstrapResamples - kTail)};
}

/// Challenger and defender of each point, one after the other.
std::vector<std::vector<double>> sides_of(const std::vector<Contest>& points) {
  std::vector<std::vector<double>> sides;
  for (const Contest& point : points) {
    sides.push_back(point.challenger);
    sides.push_back(point.defender);
  }
  return sides;
}

/// Share of pairs in which the challenger is lower, ties half; sorts the defender.
double share_of_wins(const std::vector<double>& challenger, std::vector<double>& defender) {
  std::sort(defender.begin(), defender.end());
  int64_t halves = 0;
  for (const double value : challenger) {
    const auto [first_equal, first_above] =
        std::equal_range(defender.begin(), defender.end(), value);
    halves += (defender.end() - first_equal) + (defender.end() - first_above);
  }
  const auto pairs = static_cast<double>(challenger.size()) * static_cast<double>(defender.size());
  return static_cast<double>(halves) / (2 * pairs);  // no pairs: 0 / 0 is NaN
}

double mean_share_of_wins(std::vector<std::vector<double>>& sides) {
  std::vector<double> shares;
  for (size_t side = 0; side + 1 < sides.size(); side += 2)
    shares.push_back(share_of_wins(sides[side], sides[side + 1]));
  return mean(shares);
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
  std::vector<double> all;
  return resampled_interval(strata, seed, [&](std::vector<std::vector<double>>& sample) {
    all.clear();
    for (const auto& stratum : sample) all.insert(all.end(), stratum.begin(), stratum.end());
    return statistic(all);
  });
}

Interval interquartile_mean_interval(const std::vector<double>& values) {
  return bootstrap_interval({values}, sorted_interquartile_mean);
}

Interval mean_interval(const std::vector<double>& values) {
  return bootstrap_interval({values}, mean);
}

double mean_over_strata(const std::vector<std::vector<double>>& strata) {
  std::vector<double> means;
  for (const auto& stratum : strata) means.push_back(mean(stratum));
  return mean(means);
}

Interval mean_over_strata_interval(const std::vector<std::vector<double>>& strata) {
  return resampled_interval(strata, 0, mean_over_strata);
}

double improvement_probability(const std::vector<Contest>& points) {
  std::vector<std::vector<double>> sides = sides_of(points);
  if (std::any_of(sides.begin(), sides.end(), any_nan)) return kNan;
  return mean_share_of_wins(sides);
}

Interval improvement_interval(const std::vector<Contest>& points) {
  return resampled_interval(sides_of(points), 0, mean_share_of_wins);
}

}  // namespace edgesweep
