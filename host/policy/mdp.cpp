#include "host/policy/mdp.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/policy/concave_hull.h"
#include "host/policy/rewards.h"
#include "host/policy/transition_product.h"
#include "host/policy/value_iteration.h"

namespace edgesweep {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// More than rounding can do to the difference of two scores: each is a sum of fewer than ten
/// operations on numbers no larger than the largest gain times the images that count.
double rounding_tolerance(const RewardCurve& curve, double discount, MdpSettings::Stop stop) {
  double horizon = 1 / (1 - discount);
  if (stop != MdpSettings::Stop::converged)
    horizon = std::min(horizon, static_cast<double>(kPublishedSweeps));
  return 64 * std::numeric_limits<double>::epsilon() * curve.largest_gain() * (1 + horizon);
}

/// A sweep in which every state keeps its last maximiser while the price of its tokens stays where
/// that one wins for certain: one pass without branches. The states whose price left (few, after
/// the first sweeps) search the hull.
class HullSweeper {
 public:
  HullSweeper(const TransitionMatrix& transition, const RewardCurve& curve, double discount,
              double tolerance)
      : bucket_(transition.bucket),
        curve_(curve),
        product_(transition),
        hull_(curve, tolerance),
        discount_(discount) {
    const size_t states = static_cast<size_t>(bucket_.capacity - bucket_.cost) + 1;
    index_.assign(states, 0);
    share_.assign(states, 0);
    rest_.assign(states, 0);
    gain_.assign(states, 0);
    lowest_price_.assign(states, kInfinity);
    highest_price_.assign(states, -kInfinity);
  }

  double sweep(const std::vector<double>& value, std::vector<double>& next) {
    product_.apply(value, expected_);
    for (int n = bucket_.refill; n < bucket_.cost; ++n)
      next[n - bucket_.refill] = discount_ * expected_[n];

    double moved = first_ ? kInfinity : 0;
    first_ = false;
    double* next_offloading = next.data() + (bucket_.cost - bucket_.refill);
    const size_t states = index_.size();
    for (size_t begin = 0; begin < states; begin += kBlock) {
      const size_t end = std::min(begin + kBlock, states);
      if (keep_maximisers(begin, end, next_offloading) == 0) continue;
      for (size_t state = begin; state < end; ++state) {
        if (!is_certain(state)) moved = std::max(moved, search(state, next_offloading));
      }
    }
    return moved;
  }

  std::vector<double> thresholds() const {
    std::vector<double> metrics;
    metrics.reserve(index_.size());
    for (const size_t k : index_) metrics.push_back(curve_.metric[k]);
    return metrics;
  }

 private:
  static constexpr size_t kBlock = 64;

  double offloaded(size_t state) const { return expected_[state]; }
  double kept(size_t state) const { return expected_[state + static_cast<size_t>(bucket_.cost)]; }
  double price(size_t state) const { return discount_ * (kept(state) - offloaded(state)); }
  bool is_certain(size_t state) const {
    return price(state) > lowest_price_[state] && price(state) < highest_price_[state];
  }

  /// New values under the last maximisers; returns how many of them are not certain to be the
  /// maximisers still.
  int64_t keep_maximisers(size_t begin, size_t end, double* __restrict next) const {
    const double* __restrict offloaded = expected_.data();
    const double* __restrict kept = expected_.data() + bucket_.cost;
    const double* __restrict share = share_.data();
    const double* __restrict rest = rest_.data();
    const double* __restrict gain = gain_.data();
    const double* __restrict lowest_price = lowest_price_.data();
    const double* __restrict highest_price = highest_price_.data();
    const double discount = discount_;
    int64_t uncertain = 0;
    for (size_t s = begin; s < end; ++s) {
      const double price = discount * (kept[s] - offloaded[s]);
      next[s] = gain[s] + discount * (share[s] * offloaded[s] + rest[s] * kept[s]);
      uncertain += ((price > lowest_price[s]) & (price < highest_price[s])) ? 0 : 1;
    }
    return uncertain;
  }

  /// Finds the maximiser of a state anew; returns how far its threshold moved.
  double search(size_t state, double* next) {
    const double state_price = price(state);
    const ConcaveHull::Vertex& vertex = hull_.vertex_at(state_price);
    size_t index = vertex.index;
    lowest_price_[state] = vertex.lowest_price;
    highest_price_[state] = vertex.highest_price;
    if (!is_certain(state)) {
      index = hull_.compare_scores(offloaded(state), kept(state), discount_);
      lowest_price_[state] = kInfinity;
      highest_price_[state] = -kInfinity;
    }
    const double moved = std::abs(curve_.metric[index] - curve_.metric[index_[state]]);
    index_[state] = index;
    share_[state] = curve_.share[index];
    rest_[state] = 1 - share_[state];
    gain_[state] = curve_.gain[index];
    next[state] =
        gain_[state] + discount_ * (share_[state] * offloaded(state) + rest_[state] * kept(state));
    return moved;
  }

  TokenBucket bucket_;
  const RewardCurve& curve_;
  TransitionProduct product_;
  ConcaveHull hull_;
  double discount_;
  bool first_ = true;
  std::vector<double> expected_;  ///< T V, [n], n = 0..M
  // Per state n = P..M, [n - P]: its maximiser, and the prices at which that is certain.
  std::vector<size_t> index_;
  std::vector<double> share_;
  std::vector<double> rest_;  ///< 1 - share
  std::vector<double> gain_;
  std::vector<double> lowest_price_;
  std::vector<double> highest_price_;
};

}  // namespace

MdpSolution solve_mdp(const TransitionMatrix& transition, const ImageSet& training, double discount,
                      MdpSettings::Stop stop, const StopRequest& request) {
  const RewardCurve curve = make_reward_curve(training);
  const TokenBucket& bucket = transition.bucket;
  HullSweeper sweeper(transition, curve, discount, rounding_tolerance(curve, discount, stop));
  const size_t states = static_cast<size_t>(bucket.capacity - bucket.refill) + 1;
  return ValueIteration<HullSweeper>(sweeper, curve, states, discount, request).solve(stop);
}

}  // namespace edgesweep
