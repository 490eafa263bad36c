#include "host/policy/transition.h"

#include <algorithm>

namespace edgesweep {

std::vector<double> TransitionMatrix::dense_row(int units_after_action) const {
  std::vector<double> row(bucket.capacity - bucket.refill + 1, 0.0);
  for (size_t i = 0; i < gap_probability.size(); ++i) {
    const int32_t next = next_units(bucket, units_after_action, false, static_cast<int32_t>(i) + 1);
    row[next - bucket.refill] += gap_probability[i];
  }
  row.back() += remaining;
  return row;
}

TransitionMatrix make_transition_matrix(const TokenBucket& bucket, const GapLaw& gaps) {
  TransitionMatrix transition;
  transition.bucket = bucket;
  transition.gap_probability.resize(bucket.capacity / bucket.refill, 0.0);
  const size_t known = std::min(transition.gap_probability.size(), gaps.probability.size());
  double total = 0;
  for (size_t i = 0; i < known; ++i) {
    transition.gap_probability[i] = gaps.probability[i];
    total += gaps.probability[i];
  }
  // Rounding may carry the total a little above 1.
  transition.remaining = std::max(0.0, 1 - total);
  return transition;
}

}  // namespace edgesweep
