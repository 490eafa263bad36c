// docs/model.md#mdp: the search on the hull against the scan, both stopping rules against their
// definitions.
#include "host/policy/mdp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>

#include "host/policy/rewards.h"
#include "host/policy/value_iteration.h"
#include "tests/reference/reference_mdp.h"
#include "tests/support/golden_dataset.h"

namespace edgesweep {
namespace {

using Stop = MdpSettings::Stop;

enum class Rewards { whole, real, zero, one, negative, nearly_equal };

ImageSet random_images(std::mt19937_64& random, int count, Rewards kind, bool equal_metrics) {
  std::normal_distribution<double> normal;
  std::uniform_int_distribution<int> whole(-1, 1);
  std::uniform_int_distribution<int> few(0, 3);
  std::vector<double> metric(count);
  std::vector<double> reward(count);
  for (int i = 0; i < count; ++i) {
    metric[i] = equal_metrics ? few(random) : normal(random);
    switch (kind) {
      case Rewards::whole:
        reward[i] = whole(random);
        break;
      case Rewards::real:
        reward[i] = 0.3 * metric[i] + normal(random);
        break;
      case Rewards::zero:
        reward[i] = 0;
        break;
      case Rewards::one:
        reward[i] = 1;
        break;
      case Rewards::negative:
        reward[i] = -std::abs(normal(random));
        break;
      case Rewards::nearly_equal:
        reward[i] = 0.1 + 1e-15 * normal(random);
        break;
    }
  }
  return testing::make_images(metric, reward);
}

GapLaw law(const std::vector<double>& probability) {
  GapLaw gaps;
  gaps.probability = probability;
  for (size_t i = 0; i < probability.size(); ++i)
    gaps.mean += static_cast<double>(i + 1) * probability[i];
  return gaps;
}

std::vector<TransitionMatrix> transitions() {
  std::vector<TransitionMatrix> all;
  for (const TokenBucket& bucket :
       {TokenBucket{1, 2, 2}, {1, 3, 9}, {2, 5, 11}, {1, 4, 4}, {3, 4, 12}}) {
    for (const GapLaw& gaps :
         {periodic_gaps(), law({0.25, 0, 0.5, 0, 0.25}), law({0.3, 0.21, 0.147, 0.343})})
      all.push_back(make_transition_matrix(bucket, gaps));
  }
  return all;
}

void expect_same(const MdpSolution& hull, const MdpSolution& plain, const std::string& problem) {
  EXPECT_EQ(hull.threshold, plain.threshold) << problem;
  EXPECT_EQ(hull.value, plain.value) << problem << ": the same expressions, so the same bits";
  EXPECT_EQ(hull.sweeps, plain.sweeps) << problem;
  EXPECT_EQ(hull.converged, plain.converged) << problem;
}

TEST(Mdp, HullFindsWhatTheScanFinds) {
  std::mt19937_64 random(11);
  for (const TransitionMatrix& transition : transitions()) {
    for (const Rewards kind : {Rewards::whole, Rewards::real, Rewards::zero, Rewards::one,
                               Rewards::negative, Rewards::nearly_equal}) {
      for (const bool equal_metrics : {false, true}) {
        for (const int count : {1, 2, 3, 5, 24, 77}) {
          for (const double discount : {0.0, 0.9, 0.9999}) {
            const ImageSet images = random_images(random, count, kind, equal_metrics);
            const std::string problem = "bucket " + std::to_string(transition.bucket.refill) + " " +
                                        std::to_string(transition.bucket.cost) + " " +
                                        std::to_string(transition.bucket.capacity) + ", rewards " +
                                        std::to_string(static_cast<int>(kind)) + ", images " +
                                        std::to_string(count) + ", discount " +
                                        std::to_string(discount);
            expect_same(solve_mdp(transition, images, discount, Stop::published),
                        solve_mdp_plain(transition, images, discount, Stop::published), problem);
            if (count > 24 || discount > 0.99) continue;  // the scan is slow to converge
            expect_same(solve_mdp(transition, images, discount, Stop::converged),
                        solve_mdp_plain(transition, images, discount, Stop::converged),
                        problem + ", converged");
          }
        }
      }
    }
  }
}

TEST(Mdp, HullFindsWhatTheScanFindsAmongManyImages) {
  std::mt19937_64 random(12);
  const TransitionMatrix transition = make_transition_matrix({1, 4, 20}, periodic_gaps());
  for (const Rewards kind : {Rewards::whole, Rewards::real, Rewards::nearly_equal}) {
    const ImageSet images = random_images(random, 1500, kind, false);
    expect_same(solve_mdp(transition, images, 0.9999, Stop::published),
                solve_mdp_plain(transition, images, 0.9999, Stop::published),
                "rewards " + std::to_string(static_cast<int>(kind)));
  }
}

TEST(Mdp, TokensWithoutWorth) {
  // More tokens than images worth offloading: the price falls to nothing, where rounding alone
  // would tell scores apart.
  std::mt19937_64 random(13);
  const TransitionMatrix transition = make_transition_matrix({4, 5, 100}, periodic_gaps());
  const ImageSet images = random_images(random, 200, Rewards::whole, false);
  expect_same(solve_mdp(transition, images, 0.999, Stop::published),
              solve_mdp_plain(transition, images, 0.999, Stop::published), "plenty of tokens");
}

/// Expectation of `value` at the next image.
double expected(const TransitionMatrix& transition, const std::vector<double>& value, int n) {
  const std::vector<double> row = transition.dense_row(n);
  double sum = 0;
  for (size_t i = 0; i < row.size(); ++i) sum += row[i] * value[i];
  return sum;
}

/// Worth of offloading the images 0..k in state n, then following `value`.
double score(const TransitionMatrix& transition, const RewardCurve& curve, double discount,
             const std::vector<double>& value, int n, size_t k) {
  const double offloaded = expected(transition, value, n - transition.bucket.cost);
  const double kept = expected(transition, value, n);
  return curve.gain[k] + discount * (curve.share[k] * offloaded + (1 - curve.share[k]) * kept);
}

TEST(Mdp, PublishedRuleStopsWhenNoThresholdMoves) {
  std::mt19937_64 random(14);
  const double discount = 0.99;
  for (const TransitionMatrix& transition : transitions()) {
    const TokenBucket& bucket = transition.bucket;
    const ImageSet images = random_images(random, 30, Rewards::whole, false);
    const RewardCurve curve = make_reward_curve(images);
    std::vector<double> value(bucket.capacity - bucket.refill + 1, 0.0);
    std::vector<double> threshold;
    int64_t sweeps = 0;
    bool stopped = false;
    while (!stopped && sweeps < 10'000) {
      std::vector<double> next(value.size());
      std::vector<double> next_threshold;
      for (int n = bucket.refill; n <= bucket.capacity; ++n) {
        if (n < bucket.cost) {
          next[n - bucket.refill] = discount * expected(transition, value, n);
          continue;
        }
        std::vector<double> scores;
        for (size_t k = 0; k < curve.metric.size(); ++k)
          scores.push_back(score(transition, curve, discount, value, n, k));
        const auto best = std::max_element(scores.begin(), scores.end());
        next[n - bucket.refill] = *best;
        next_threshold.push_back(curve.metric[static_cast<size_t>(best - scores.begin())]);
      }
      stopped = !threshold.empty();
      for (size_t i = 0; i < threshold.size(); ++i) {
        const double range = images.metric.back() - images.metric.front();
        if (std::abs(next_threshold[i] - threshold[i]) >= 1e-6 * range) stopped = false;
      }
      value = next;
      threshold = next_threshold;
      ++sweeps;
    }
    const MdpSolution solution = solve_mdp(transition, images, discount, Stop::published);
    EXPECT_EQ(solution.threshold, threshold);
    EXPECT_EQ(solution.value, value);
    EXPECT_EQ(solution.sweeps, sweeps);
    EXPECT_EQ(solution.converged, stopped);
  }
}

TEST(Mdp, ConvergedValuesSolveBellmansEquation) {
  std::mt19937_64 random(15);
  const double discount = 0.9999;
  for (const TransitionMatrix& transition : transitions()) {
    const TokenBucket& bucket = transition.bucket;
    const ImageSet images = random_images(random, 50, Rewards::real, false);
    const RewardCurve curve = make_reward_curve(images);
    const MdpSolution solution = solve_mdp(transition, images, discount, Stop::converged);
    EXPECT_TRUE(solution.converged);
    for (int n = bucket.refill; n <= bucket.capacity; ++n) {
      const double value = solution.value[n - bucket.refill];
      // The rule stops at a spread of about 1e-12; values of a few thousand are rounded to 5e-13.
      const double tolerance = 1e-11;
      if (n < bucket.cost) {
        EXPECT_NEAR(value, discount * expected(transition, solution.value, n), tolerance);
        continue;
      }
      double at_threshold = -1e300;
      for (size_t k = 0; k < curve.metric.size(); ++k) {
        const double other = score(transition, curve, discount, solution.value, n, k);
        EXPECT_LE(other, value + tolerance) << "state " << n << ", another threshold, k " << k;
        if (curve.metric[k] == solution.threshold[n - bucket.cost]) at_threshold = other;
      }
      EXPECT_NEAR(at_threshold, value, tolerance) << "state " << n;
    }
  }
}

/// Value of offloading the images 0..k[n - P] in state n for ever: (I - discount T_k) V = G_k, by
/// elimination.
std::vector<double> policy_value(const TransitionMatrix& transition, const RewardCurve& curve,
                                 double discount, const std::vector<size_t>& k) {
  const TokenBucket& bucket = transition.bucket;
  const size_t states = static_cast<size_t>(bucket.capacity - bucket.refill) + 1;
  std::vector<std::vector<double>> system(states, std::vector<double>(states + 1, 0.0));
  for (int n = bucket.refill; n <= bucket.capacity; ++n) {
    std::vector<double>& row = system[n - bucket.refill];
    const bool may = n >= bucket.cost;
    const double share = may ? curve.share[k[n - bucket.cost]] : 0.0;
    const std::vector<double> kept = transition.dense_row(n);
    const std::vector<double> offloaded = transition.dense_row(may ? n - bucket.cost : n);
    for (size_t i = 0; i < states; ++i)
      row[i] = -discount * (share * offloaded[i] + (1 - share) * kept[i]);
    row[n - bucket.refill] += 1;
    row[states] = may ? curve.gain[k[n - bucket.cost]] : 0.0;
  }
  // Diagonally dominant: no pivoting needed.
  for (size_t pivot = 0; pivot < states; ++pivot) {
    for (size_t row = 0; row < states; ++row) {
      if (row == pivot) continue;
      const double factor = system[row][pivot] / system[pivot][pivot];
      for (size_t i = pivot; i <= states; ++i) system[row][i] -= factor * system[pivot][i];
    }
  }
  std::vector<double> value;
  for (size_t n = 0; n < states; ++n) value.push_back(system[n][states] / system[n][n]);
  return value;
}

TEST(Mdp, ConvergedIsTheBestOfAllThresholds) {
  std::mt19937_64 random(16);
  const int count = 5;
  const double discount = 0.99;
  for (const TokenBucket& bucket : {TokenBucket{1, 2, 4}, {1, 3, 5}, {2, 3, 5}, {1, 4, 4}}) {
    for (const GapLaw& gaps : {periodic_gaps(), law({0.5, 0, 0.5})}) {
      for (const Rewards kind : {Rewards::whole, Rewards::real}) {
        const TransitionMatrix transition = make_transition_matrix(bucket, gaps);
        const ImageSet images = random_images(random, count, kind, false);
        const RewardCurve curve = make_reward_curve(images);
        const size_t choices = static_cast<size_t>(bucket.capacity - bucket.cost) + 1;
        std::vector<size_t> k(choices, 0);
        std::vector<double> best(static_cast<size_t>(bucket.capacity - bucket.refill) + 1, -1e300);
        bool more = true;
        while (more) {
          const std::vector<double> value = policy_value(transition, curve, discount, k);
          for (size_t n = 0; n < best.size(); ++n) best[n] = std::max(best[n], value[n]);
          more = false;
          for (size_t i = 0; i < choices && !more; ++i) {
            k[i] = (k[i] + 1) % count;
            more = k[i] != 0;
          }
        }
        const MdpSolution solution = solve_mdp(transition, images, discount, Stop::converged);
        std::vector<size_t> chosen;
        for (const double threshold : solution.threshold)
          chosen.push_back(
              static_cast<size_t>(std::find(curve.metric.begin(), curve.metric.end(), threshold) -
                                  curve.metric.begin()));
        const std::vector<double> value = policy_value(transition, curve, discount, chosen);
        for (size_t n = 0; n < best.size(); ++n) {
          // A spread of 1e-12 a sweep is worth 1e-10 over 100 images.
          EXPECT_NEAR(value[n], best[n], 1e-10) << "the thresholds, from state " << n;
          EXPECT_NEAR(solution.value[n], best[n], 1e-10) << "the values, from state " << n;
        }
      }
    }
  }
}

TEST(Mdp, ConvergedEarnsNoLessThanPublished) {
  // One token at most, many slots to earn it: the case in which the published rule is known to stop
  // too early. Rewards are whole and the likelier the higher the metric, as in the paper.
  std::mt19937_64 random(17);
  std::uniform_real_distribution<double> uniform;
  const double discount = 0.999;
  int better = 0;
  for (int trial = 0; trial < 10; ++trial) {
    const TransitionMatrix transition = make_transition_matrix({1, 20, 20}, periodic_gaps());
    std::vector<double> metric;
    std::vector<double> reward;
    for (int i = 0; i < 300; ++i) {
      metric.push_back(uniform(random));
      reward.push_back(uniform(random) < metric.back() ? 1 : 0);
    }
    const ImageSet images = testing::make_images(metric, reward);
    const RewardCurve curve = make_reward_curve(images);
    const MdpSolution published = solve_mdp(transition, images, discount, Stop::published);
    const MdpSolution converged = solve_mdp(transition, images, discount, Stop::converged);
    std::vector<size_t> chosen;
    for (const double threshold : published.threshold)
      chosen.push_back(static_cast<size_t>(
          std::find(curve.metric.begin(), curve.metric.end(), threshold) - curve.metric.begin()));
    const std::vector<double> value = policy_value(transition, curve, discount, chosen);
    EXPECT_GE(converged.value.back(), value.back() - 1e-9);
    better += converged.value.back() > value.back() + 1e-6;
  }
  EXPECT_GT(better, 0) << "no early stop in any of these problems: nothing was compared";
}

TEST(Mdp, WithoutAFutureEveryStateTakesTheBestOfTheCurve) {
  const ImageSet images = testing::make_images({4, 3, 2, 1}, {1, -1, 1, -1});
  const TransitionMatrix transition = make_transition_matrix({1, 2, 4}, periodic_gaps());
  const MdpSolution solution = solve_mdp(transition, images, 0, Stop::published);
  // G = 1/4, 0, 1/4, 0: the first maximum counts.
  EXPECT_EQ(solution.threshold, (std::vector<double>{4, 4, 4}));
  EXPECT_EQ(solution.sweeps, 2);
  EXPECT_TRUE(solution.converged);
}

/// A discount so near 1 that it would sweep for minutes.
TEST(Mdp, StopsBetweenSweepsWhenAskedTo) {
  std::mt19937_64 random(3);
  const ImageSet images = random_images(random, 100, Rewards::real, false);
  const TransitionMatrix transition = make_transition_matrix({1, 10, 40}, periodic_gaps());
  for (const Stop stop : {Stop::published, Stop::converged}) {
    int asked = 0;
    const auto ask = [&asked] { return ++asked == 1; };
    EXPECT_THROW(solve_mdp(transition, images, 1 - 1e-9, stop, ask), Stopped);
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(solve_mdp(transition, images, 0.9, stop, [] { return false; }).threshold,
              solve_mdp(transition, images, 0.9, stop).threshold);
  }
}

struct NoSweeper {
  double sweep(const std::vector<double>&, std::vector<double>&) { return 0; }
  std::vector<double> thresholds() const { return {}; }
};

TEST(Mdp, ValueIterationKeepsItsOwnCopyOfTheRequest) {
  NoSweeper sweeper;
  const RewardCurve curve = make_reward_curve(testing::make_images({2, 1}, {1, 1}));
  const auto owner = std::make_shared<int>(0);
  const ValueIteration<NoSweeper> iteration(sweeper, curve, 1, 0.5, [owner] { return false; });
  EXPECT_EQ(owner.use_count(), 2) << "a temporary that is gone would be asked";
}

TEST(Mdp, ImagesOfEqualMetricKeepTheirOrder) {
  // The first two have the same metric. In this order G = 1/3, 0, 1/5; in the other it would be
  // -1/3, 0, 1/5.
  const ImageSet images = testing::make_images({2, 2, 1}, {1, -1, 0.6});
  const TransitionMatrix transition = make_transition_matrix({1, 2, 2}, periodic_gaps());
  EXPECT_EQ(solve_mdp(transition, images, 0, Stop::published).threshold, std::vector<double>{2});
  EXPECT_EQ(make_reward_curve(images).metric, (std::vector<double>{2, 2, 1}));
}

}  // namespace
}  // namespace edgesweep
