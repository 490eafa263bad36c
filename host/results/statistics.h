#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace edgesweep {

// Statistics over sequences and over seeds. All sums run in order, one value after another, so the
// same values give the same bits everywhere.

/// No value.
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Sum / count; NaN for no values.
double mean(std::span<const double> values);

/// Standard error of the mean: sample standard deviation (divisor count - 1) / sqrt(count); NaN for
/// fewer than two values.
double standard_error(std::span<const double> values);

/// Mean of what is left after the floor(count / 4) smallest and as many largest values are dropped:
/// the mean itself for fewer than four. Summed in ascending order. NaN for no values or if one is
/// NaN.
double interquartile_mean(std::span<const double> values);

struct Interval {
  double low = 0;
  double high = 0;
};

/// A statistic of a sample that it may reorder.
using Statistic = std::function<double(std::span<double>)>;

constexpr uint32_t kBootstrapResamples = 2000;

/// Stratified bootstrap, 95 % percentile interval: every resample draws from each stratum as many
/// values as it has, with replacement, and applies `statistic` to all of them together, strata in
/// order. With the kBootstrapResamples results in ascending order, the ends are the 50th from below
/// and the 50th from above.
///
/// The draws come from Philox, keyed by `seed` alone: draw k of stratum s in resample i is word k
/// mod 4 of the block at (position i, stream s, iteration k / 4, purpose bootstrap). Always the
/// same bits.
///
/// NaN at both ends if no stratum has two values (nothing can be said about spread) or if a value
/// is NaN.
Interval bootstrap_interval(const std::vector<std::vector<double>>& strata,
                            const Statistic& statistic, uint64_t seed = 0);

/// The same for the interquartile mean of one stratum.
Interval interquartile_mean_interval(const std::vector<double>& values);

/// The same for the mean of one stratum.
Interval mean_interval(const std::vector<double>& values);

/// Mean of the strata's means: every point of an experiment counts the same, however many seeds it
/// has. NaN for no strata.
double mean_over_strata(const std::vector<std::vector<double>>& strata);

/// Stratified bootstrap interval of it, drawn as bootstrap_interval draws.
Interval mean_over_strata_interval(const std::vector<std::vector<double>>& strata);

/// The losses of two policies at one point of an experiment, a value a seed each. They need not be
/// of the same seeds, nor as many.
struct Contest {
  std::vector<double> challenger;
  std::vector<double> defender;
};

/// Probability of improvement (Agarwal et al., NeurIPS 2021, section 4.3, for losses): over all
/// pairs of one value of each side, the share in which the challenger's is lower, ties half;
/// averaged over the points. NaN for no points, a side without values, or a value that is NaN.
double improvement_probability(const std::vector<Contest>& points);

/// Stratified bootstrap interval of it. Both sides are drawn independently: stratum 2 p of
/// bootstrap_interval is the challenger of point p, stratum 2 p + 1 the defender.
Interval improvement_interval(const std::vector<Contest>& points);

}  // namespace edgesweep
