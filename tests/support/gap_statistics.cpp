#include "tests/support/gap_statistics.h"

#include <algorithm>

namespace edgesweep::testing {
namespace {

// Places of the sums; pairs of successive gaps are one fewer than gaps in each row and counted
// apart.
constexpr size_t kCount = 0;
constexpr size_t kSum = 1;
constexpr size_t kSquares = 2;

double mean_of(const std::vector<double>& sums) { return sums[kSum] / sums[kCount]; }

}  // namespace

GapSums::GapSums(const Sample& gaps, const std::vector<int>& lags, int largest)
    : largest_(largest) {
  for (const std::vector<int32_t>& part : gaps.parts)
    sums_.push_back(part_sums(part, gaps.row_length, lags));
}

std::vector<double> GapSums::part_sums(const std::vector<int32_t>& part, size_t row_length,
                                       const std::vector<int>& lags) const {
  std::vector<double> sums(lag_at(lags.size()), 0.0);
  sums[kCount] = static_cast<double>(part.size());
  for (size_t row = 0; row < part.size(); row += row_length) {
    const int32_t* gap = part.data() + row;
    int64_t sum = 0;
    int64_t squares = 0;
    for (size_t i = 0; i < row_length; ++i) {
      sum += gap[i];
      squares += int64_t{gap[i]} * gap[i];
      ++sums[frequency_at(std::min(gap[i], largest_))];
      if (i > 0) ++sums[pair_at(std::min(gap[i - 1], largest_), std::min(gap[i], largest_))];
    }
    sums[kSum] += static_cast<double>(sum);
    sums[kSquares] += static_cast<double>(squares);
    sums[frequency_at(largest_) + 1] += static_cast<double>(row_length - 1);  // pairs
    for (size_t l = 0; l < lags.size(); ++l) {
      const size_t lag = static_cast<size_t>(lags[l]);
      int64_t products = 0;
      for (size_t i = lag; i < row_length; ++i) products += int64_t{gap[i - lag]} * gap[i];
      sums[lag_at(l)] += static_cast<double>(products);
      sums[lag_at(l) + 1] += static_cast<double>(row_length > lag ? row_length - lag : 0);
    }
  }
  return sums;
}

Statistic GapSums::mean() { return mean_of; }

Statistic GapSums::frequency(int gap) const {
  return
      [at = frequency_at(gap)](const std::vector<double>& sums) { return sums[at] / sums[kCount]; };
}

Statistic GapSums::pair_frequency(int gap, int next_gap) const {
  return [at = pair_at(gap, next_gap), pairs = frequency_at(largest_) + 1](
             const std::vector<double>& sums) { return sums[at] / sums[pairs]; };
}

Statistic GapSums::autocorrelation(size_t i) const {
  return [at = lag_at(i)](const std::vector<double>& sums) {
    const double mean = mean_of(sums);
    const double variance = sums[kSquares] / sums[kCount] - mean * mean;
    return (sums[at] / sums[at + 1] - mean * mean) / variance;
  };
}

}  // namespace edgesweep::testing
