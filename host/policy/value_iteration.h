#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "host/policy/mdp.h"
#include "host/policy/rewards.h"

namespace edgesweep {

constexpr int64_t kPublishedSweeps = 10'000;
constexpr int64_t kConvergedSweeps = 10'000'000;

/// The stopping rules of mdp.h around a way to do one sweep. Values are indexed [n - Q], n = Q..M.
/// A Sweeper offers
///   double sweep(const std::vector<double>& value, std::vector<double>& next)
///     next = the Bellman operator of value; returns the largest move of a threshold since the last
///     sweep (the first sweep: infinity)
///   std::vector<double> thresholds() const
template <typename Sweeper>
class ValueIteration {
 public:
  /// request: asked now and then; the answer true makes solve throw Stopped.
  ValueIteration(Sweeper& sweeper, const RewardCurve& curve, size_t states, double discount,
                 StopRequest request = {})
      : sweeper_(sweeper),
        curve_(curve),
        discount_(discount),
        request_(std::move(request)),
        sweeps_between_requests_(1 + kStatesBetweenRequests / static_cast<int64_t>(states)),
        value_(states, 0.0),
        next_(states) {}

  MdpSolution solve(MdpSettings::Stop stop) {
    MdpSolution solution;
    if (stop == MdpSettings::Stop::published)
      iterate_published(curve_.metric_range(), &solution);
    else if (stop == MdpSettings::Stop::published_mdp)
      iterate_published(curve_.largest_metric(), &solution);
    else
      iterate_converged(&solution);
    solution.threshold = sweeper_.thresholds();
    solution.value = value_;
    return solution;
  }

 private:
  /// States swept in about a millisecond.
  static constexpr int64_t kStatesBetweenRequests = 1 << 18;

  void stop_if_requested(int64_t sweeps) const {
    if (sweeps % sweeps_between_requests_ == 0 && is_requested(request_)) throw Stopped();
  }

  void iterate_published(double scale, MdpSolution* solution) {
    const double negligible_move = scale * 1e-6;
    while (!solution->converged && solution->sweeps < kPublishedSweeps) {
      stop_if_requested(solution->sweeps);
      const double moved = sweeper_.sweep(value_, next_);
      std::swap(value_, next_);
      ++solution->sweeps;
      // A range of zero leaves nothing to move.
      solution->converged = moved < negligible_move || moved == 0;
    }
  }

  void iterate_converged(MdpSolution* solution) {
    const int sweeps_between_checks = 16;
    const double largest_gain = curve_.largest_gain();
    while (!solution->converged && solution->sweeps < kConvergedSweeps) {
      stop_if_requested(solution->sweeps);
      sweeper_.sweep(value_, next_);
      ++solution->sweeps;
      if (solution->sweeps % sweeps_between_checks == 0) {
        const auto [least, most] = range_of_change();
        const auto [lowest, highest] = std::minmax_element(next_.begin(), next_.end());
        solution->converged = most - least <= 1e-12 * (largest_gain + (*highest - *lowest));
        if (solution->converged || solution->sweeps == kConvergedSweeps) {
          extrapolate((least + most) / 2);
          return;
        }
      }
      const double reference = next_.back();
      for (double& v : next_) v -= reference;
      std::swap(value_, next_);
    }
  }

  std::pair<double, double> range_of_change() const {
    double least = next_[0] - value_[0];
    double most = least;
    for (size_t i = 1; i < value_.size(); ++i) {
      least = std::min(least, next_[i] - value_[i]);
      most = std::max(most, next_[i] - value_[i]);
    }
    return {least, most};
  }

  /// The change of a sweep goes on for ever, discounted:
  /// V = next + change (discount + discount^2 + ...).
  void extrapolate(double change) {
    const double rest = change * (discount_ / (1 - discount_));
    for (size_t i = 0; i < value_.size(); ++i) value_[i] = next_[i] + rest;
  }

  Sweeper& sweeper_;
  const RewardCurve& curve_;
  double discount_;
  StopRequest request_;
  int64_t sweeps_between_requests_;
  std::vector<double> value_;
  std::vector<double> next_;
};

}  // namespace edgesweep
