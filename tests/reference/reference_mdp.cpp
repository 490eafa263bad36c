#include "tests/reference/reference_mdp.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/policy/rewards.h"
#include "host/policy/value_iteration.h"

namespace edgesweep {
namespace {

/// docs/model.md#mdp word by word: rows of T as the reference stores them, and a scan over
/// k = 1..N.
class PlainSweeper {
 public:
  PlainSweeper(const TransitionMatrix& transition, const RewardCurve& curve, double discount)
      : bucket_(transition.bucket), curve_(curve), discount_(discount) {
    for (int n = 0; n <= bucket_.capacity; ++n) rows_.push_back(transition.dense_row(n));
    chosen_.resize(bucket_.capacity - bucket_.cost + 1);
  }

  double sweep(const std::vector<double>& value, std::vector<double>& next) {
    double moved = first_ ? std::numeric_limits<double>::infinity() : 0;
    first_ = false;
    for (int n = bucket_.refill; n < bucket_.cost; ++n)
      next[n - bucket_.refill] = discount_ * expected(value, n);
    for (int n = bucket_.cost; n <= bucket_.capacity; ++n) {
      const double offloaded = expected(value, n - bucket_.cost);
      const double kept = expected(value, n);
      double best_score = -std::numeric_limits<double>::infinity();
      size_t best = 0;
      for (size_t k = 0; k < curve_.metric.size(); ++k) {
        const double share = curve_.share[k];
        const double score = curve_.gain[k] + discount_ * (share * offloaded + (1 - share) * kept);
        if (score > best_score) {
          best_score = score;
          best = k;
        }
      }
      next[n - bucket_.refill] = best_score;
      size_t& chosen = chosen_[n - bucket_.cost];
      moved = std::max(moved, std::abs(curve_.metric[best] - curve_.metric[chosen]));
      chosen = best;
    }
    return moved;
  }

  std::vector<double> thresholds() const {
    std::vector<double> metrics;
    for (const size_t k : chosen_) metrics.push_back(curve_.metric[k]);
    return metrics;
  }

 private:
  double expected(const std::vector<double>& value, int units_after_action) const {
    const std::vector<double>& row = rows_[units_after_action];
    double sum = 0;
    for (size_t column = 0; column < row.size(); ++column) sum += row[column] * value[column];
    return sum;
  }

  TokenBucket bucket_;
  const RewardCurve& curve_;
  double discount_;
  std::vector<std::vector<double>> rows_;
  std::vector<size_t> chosen_;
  bool first_ = true;
};

}  // namespace

MdpSolution solve_mdp_plain(const TransitionMatrix& transition, const ImageSet& training,
                            double discount, MdpSettings::Stop stop) {
  const RewardCurve curve = make_reward_curve(training);
  const TokenBucket& bucket = transition.bucket;
  PlainSweeper sweeper(transition, curve, discount);
  const size_t states = static_cast<size_t>(bucket.capacity - bucket.refill) + 1;
  return ValueIteration<PlainSweeper>(sweeper, curve, states, discount).solve(stop);
}

}  // namespace edgesweep
