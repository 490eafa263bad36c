#include "host/policy/token_bucket.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace edgesweep {
namespace {

constexpr int kLargestCost = 100;
// Twice the capacity, the number of network outputs, has to fit 32 bits too.
constexpr double kLargestCapacity = 1 << 29;

double fraction(double x) { return x - std::floor(x); }

/// What is lost when rate and depth are rounded down to whole units of 1 / cost. The order of the
/// operations decides ties between costs, so it is the reference's.
double rounding_loss(double rate, double depth, int cost) {
  const double refill = cost * rate;
  const double capacity = cost * depth;
  return ((fraction(refill) + capacity) - std::floor(capacity)) / cost;
}

}  // namespace

std::optional<TokenBucket> make_token_bucket(double rate, double depth) {
  // Also refuses what is not a number.
  if (!(rate > 0 && rate < 1 && depth > 0 && depth * kLargestCost <= kLargestCapacity)) return {};
  int best_cost = 1;
  double least_loss = rounding_loss(rate, depth, 1);
  for (int cost = 2; cost <= kLargestCost; ++cost) {
    const double loss = rounding_loss(rate, depth, cost);
    if (loss < least_loss) {
      least_loss = loss;
      best_cost = cost;
    }
  }
  TokenBucket bucket;
  bucket.cost = best_cost;
  bucket.refill = static_cast<int32_t>(std::floor(rate * best_cost));
  bucket.capacity = static_cast<int32_t>(std::floor(depth * best_cost));
  const int32_t divisor = std::gcd(std::gcd(bucket.refill, bucket.cost), bucket.capacity);
  bucket.refill /= divisor;
  bucket.cost /= divisor;
  bucket.capacity /= divisor;
  const bool valid =
      bucket.refill >= 1 && bucket.refill < bucket.cost && bucket.capacity >= bucket.cost;
  if (!valid) return {};
  return bucket;
}

bool holds_share(double rate, double depth, double share_rate, double share_depth) {
  return !(rate <= share_rate && depth < share_depth) &&
         !(rate < share_rate && depth <= share_depth);
}

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
