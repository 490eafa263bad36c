#include "host/policy/transition_product.h"

#include <algorithm>

namespace edgesweep {

TransitionProduct::TransitionProduct(const TransitionMatrix& transition) {
  const TokenBucket& bucket = transition.bucket;
  for (size_t i = 0; i < transition.gap_probability.size(); ++i) {
    const double probability = transition.gap_probability[i];
    if (probability > 0) gaps_.push_back({bucket.refill * static_cast<int>(i), probability});
  }
  always_next_slot_ = gaps_.size() == 1 && gaps_[0].shift == 0 && gaps_[0].probability == 1 &&
                      transition.remaining == 0;

  const size_t last = static_cast<size_t>(bucket.capacity - bucket.refill);
  full_.resize(static_cast<size_t>(bucket.capacity) + 1);
  size_t first_filling = gaps_.size();
  for (size_t n = 0; n < full_.size(); ++n) {
    while (first_filling > 0 && n + static_cast<size_t>(gaps_[first_filling - 1].shift) >= last)
      --first_filling;
    double sum = 0;
    for (size_t i = first_filling; i < gaps_.size(); ++i) sum += gaps_[i].probability;
    full_[n] = sum + transition.remaining;
  }
}

void TransitionProduct::apply(const std::vector<double>& value, std::vector<double>& result) const {
  const size_t last = value.size() - 1;
  result.resize(full_.size());
  if (always_next_slot_) {
    std::copy(value.begin(), value.end(), result.begin());
    std::fill(result.begin() + static_cast<std::ptrdiff_t>(value.size()), result.end(),
              value[last]);
    return;
  }
  std::fill(result.begin(), result.end(), 0.0);
  for (const Gap& gap : gaps_) {
    const size_t shift = static_cast<size_t>(gap.shift);
    const double probability = gap.probability;
    // From higher n this gap fills the bucket: its probability is in full_.
    for (size_t n = 0; n + shift < last; ++n) result[n] += probability * value[n + shift];
  }
  for (size_t n = 0; n < result.size(); ++n) result[n] += full_[n] * value[last];
}

}  // namespace edgesweep
