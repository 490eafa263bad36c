#include "host/engine/fleet/search.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>

#include "host/engine/fleet/search_bound.h"
#include "host/policy/token_bucket.h"

namespace edgesweep {
namespace {

double slots_of(const SimulationSize& size, int32_t cameras) {
  return static_cast<double>(size.sequences) * static_cast<double>(size.images) * cameras;
}

class Search {
 public:
  Search(const SearchProblem& problem, const FleetSimulator& simulate, const SearchHooks& hooks,
         const SearchState* earlier)
      : problem_(problem),
        simulate_(simulate),
        hooks_(hooks),
        grid_(problem.rates, problem.depths),
        switches_(problem.switches.size()),
        rounds_(rounds_of(problem)) {
    if (earlier != nullptr) {
      state_ = *earlier;
      return;
    }
    state_.wanted = pairs_to_try(grid_, problem.switches);
    state_.reward.assign(state_.wanted.size(), 0.0);
    state_.rounds.assign(state_.wanted.size(), 0);
    state_.leader.assign(switches_, -1);
  }

  SearchOutcome run() {
    const int64_t passes = 2 * rounds_ - 1;
    try {
      if (state_.passes < passes) {
        solve_policies();
        bound_.emplace(problem_, simulate_, hooks_.stop_requested);
      }
      while (state_.passes < passes && !outcome_.stopped) take_pass();
    } catch (const Stopped&) {
      outcome_.stopped = true;
    }
    outcome_.work.plain_buckets = count_plain();
    collect();
    return std::move(outcome_);
  }

 private:
  /// First all buckets on the first sequences; then the leaders on all, since what they earn in the
  /// end is what the others have to reach; then the others.
  void take_pass() {
    if (state_.passes == 0) {
      simulate_round(0, state_.wanted);
      if (!outcome_.stopped) find_leaders();
    } else if (state_.passes < rounds_) {
      simulate_round(state_.passes, leaders());
    } else {
      const int64_t round = state_.passes - rounds_ + 1;
      give_up(round);
      simulate_round(round, state_.wanted);
    }
    if (outcome_.stopped) return;
    ++state_.passes;
    if (hooks_.on_pass) hooks_.on_pass(state_);
  }

  bool is_point_of(const GridPoint& point, size_t w) const {
    const SearchSwitch& searched = problem_.switches[w];
    return holds_share(point.rate, point.depth, searched.rate, searched.depth);
  }

  void solve_policies() {
    policies_.resize(grid_.buckets.size());
    tbb::parallel_for(size_t{0}, policies_.size(), [&](size_t b) {
      const auto first = state_.wanted.begin() + static_cast<ptrdiff_t>(b * switches_);
      if (std::any_of(first, first + static_cast<ptrdiff_t>(switches_),
                      [](uint8_t wanted) { return wanted != 0; }))
        policies_[b] = problem_.policy(grid_.buckets[b]);
    });
  }

  /// The chosen pairs that have not been through this round.
  void simulate_round(int64_t round, const std::vector<uint8_t>& chosen) {
    if (outcome_.stopped) return;
    FleetRequest request = round_request(problem_, round, hooks_.stop_requested);
    for (const SearchSwitch& searched : problem_.switches)
      request.switches.push_back(searched.at_switch);
    std::vector<size_t> buckets;
    for (size_t b = 0; b < grid_.buckets.size(); ++b) {
      std::vector<uint8_t> due(switches_, 0);
      bool any = false;
      for (size_t w = 0; w < switches_; ++w) {
        const size_t pair = b * switches_ + w;
        due[w] = chosen[pair] != 0 && state_.rounds[pair] == round ? 1 : 0;
        any = any || due[w] != 0;
      }
      if (!any) continue;
      buckets.push_back(b);
      request.policies.push_back(policies_[b]);
      request.wanted.insert(request.wanted.end(), due.begin(), due.end());
    }
    if (buckets.empty()) return;
    tell_work(request);
    const FleetOutcome found = simulate_(request);
    if (found.stopped) {
      outcome_.stopped = true;
      return;
    }
    outcome_.work.camera_steps +=
        static_cast<double>(buckets.size()) * slots_of(request.size, cameras_of(request));
    for (size_t i = 0; i < request.wanted.size(); ++i) {
      if (request.wanted[i] == 0) continue;
      const size_t pair = buckets[i / switches_] * switches_ + i % switches_;
      add_in_order(found, i, request, state_.reward[pair]);
      ++state_.rounds[pair];
      outcome_.work.slots += slots_of(request.size, request.switches[i % switches_].cameras);
    }
  }

  double most_left() const {
    const std::vector<uint8_t> first = leaders();
    std::vector<int64_t> of_leaders(state_.wanted.size(), 0);
    std::vector<int64_t> of_others = of_leaders;
    for (size_t pair = 0; pair < first.size(); ++pair)
      if (state_.wanted[pair] != 0)
        (first[pair] != 0 ? of_leaders : of_others)[pair] =
            std::max<int64_t>(problem_.size.sequences - state_.rounds[pair] * kRoundSequences, 0);
    const double left = work_left(of_leaders, problem_.switches, problem_.size.images) +
                        work_left(of_others, problem_.switches, problem_.size.images);
    return state_.passes > 0 ? left : left + work_of_leaders(problem_.switches, problem_.size);
  }

  /// Makes the request tell what is done, and left if no pair is given up.
  void tell_work(FleetRequest& request) {
    if (!hooks_.on_work) return;
    const double now = work_done_ + most_left();
    request.on_work = [this, now](double work) {
      const double done = work_done_ += work;
      hooks_.on_work(done, std::max(0.0, now - done));
    };
  }

  /// One sum over all sequences, whatever the rounds.
  static void add_in_order(const FleetOutcome& outcome, size_t pair, const FleetRequest& request,
                           double& sum) {
    const auto sequences = static_cast<size_t>(request.size.sequences);
    for (size_t s = 0; s < sequences; ++s) sum += outcome.sums[pair * sequences + s].reward;
  }

  void find_leaders() {
    for (size_t w = 0; w < switches_; ++w) {
      double most = 0;
      for (size_t b = 0; b < grid_.buckets.size(); ++b) {
        const size_t pair = b * switches_ + w;
        if (state_.wanted[pair] == 0 || (state_.leader[w] >= 0 && state_.reward[pair] <= most))
          continue;
        state_.leader[w] = static_cast<int64_t>(b);
        most = state_.reward[pair];
      }
    }
  }

  std::vector<uint8_t> leaders() const {
    std::vector<uint8_t> chosen(state_.wanted.size(), 0);
    for (size_t w = 0; w < switches_; ++w)
      if (state_.leader[w] >= 0) chosen[static_cast<size_t>(state_.leader[w]) * switches_ + w] = 1;
    return chosen;
  }

  void give_up(int64_t round) {
    constexpr double kRounding = 1e-9;  // far more than sums of doubles lose
    for (size_t pair = 0; pair < state_.wanted.size(); ++pair) {
      if (state_.wanted[pair] == 0 || state_.rounds[pair] > round) continue;
      // All leaders have been through all rounds.
      const auto leader = static_cast<size_t>(state_.leader[pair % switches_]);
      const double incumbent = state_.reward[leader * switches_ + pair % switches_];
      const double to_come =
          bound_->most_to_come(grid_.buckets[pair / switches_], pair % switches_, round);
      const double slack = kRounding * (1 + std::abs(incumbent));
      if (state_.reward[pair] + to_come + slack < incumbent) state_.wanted[pair] = 0;
    }
  }

  double count_plain() {
    double simulations = 0;
    std::vector<uint8_t> seen(state_.wanted.size(), 0);
    for (const GridPoint& point : grid_.points)
      for (size_t w = 0; w < switches_; ++w) {
        if (!is_point_of(point, w)) continue;
        ++outcome_.work.grid_points;
        outcome_.work.plain_camera_steps +=
            slots_of(problem_.size, problem_.switches[w].at_switch.cameras);
        uint8_t& known = seen[point.bucket * switches_ + w];
        simulations += known == 0 ? 1 : 0;
        known = 1;
      }
    return simulations;
  }

  void collect() {
    outcome_.points.resize(switches_);
    if (outcome_.stopped) return;
    for (const GridPoint& point : grid_.points)
      for (size_t w = 0; w < switches_; ++w) {
        const size_t pair = point.bucket * switches_ + w;
        if (state_.wanted[pair] == 0 || !is_point_of(point, w)) continue;
        const double images = slots_of(problem_.size, problem_.switches[w].at_switch.cameras);
        outcome_.points[w].push_back({point.rate, point.depth, state_.reward[pair] / images});
      }
  }

  const SearchProblem& problem_;
  const FleetSimulator& simulate_;
  const SearchHooks& hooks_;
  const SearchGrid grid_;
  const size_t switches_;
  const int64_t rounds_;
  std::vector<RankPolicy> policies_;  ///< by bucket
  std::optional<RewardBound> bound_;
  SearchState state_;
  std::atomic<double> work_done_{0};
  SearchOutcome outcome_;
};

}  // namespace

const SearchPoint& best_point(const std::vector<SearchPoint>& points) {
  // max_element keeps the first of equal ones.
  return *std::max_element(
      points.begin(), points.end(),
      [](const SearchPoint& a, const SearchPoint& b) { return a.reward < b.reward; });
}

SearchOutcome search_fleets(const SearchProblem& problem, const FleetSimulator& simulate,
                            const SearchHooks& hooks, const SearchState* earlier) {
  return Search(problem, simulate, hooks, earlier).run();
}

}  // namespace edgesweep
