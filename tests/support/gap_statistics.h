#pragma once
#include <vector>

#include "tests/support/sequence_statistics.h"

namespace edgesweep::testing {

/// Sums of gaps, of their squares, of products at some lags, and how often each gap and each pair
/// of successive gaps occurs.
class GapSums {
 public:
  /// largest: gaps above it are counted as it.
  GapSums(const Sample& gaps, const std::vector<int>& lags, int largest);

  const PartSums& sums() const { return sums_; }

  static Statistic mean();
  Statistic frequency(int gap) const;
  Statistic pair_frequency(int gap, int next_gap) const;
  /// At lags[i].
  Statistic autocorrelation(size_t i) const;

 private:
  size_t frequency_at(int gap) const { return 3 + static_cast<size_t>(gap - 1); }
  size_t pair_at(int gap, int next_gap) const {
    return frequency_at(largest_) + 2 + static_cast<size_t>((gap - 1) * largest_ + next_gap - 1);
  }
  size_t lag_at(size_t i) const { return pair_at(largest_, largest_) + 1 + 2 * i; }
  std::vector<double> part_sums(const std::vector<int32_t>& part, size_t row_length,
                                const std::vector<int>& lags) const;

  int largest_;
  PartSums sums_;
};

}  // namespace edgesweep::testing
