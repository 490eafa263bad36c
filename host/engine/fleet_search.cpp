#include "host/engine/fleet_search.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "host/policy/token_bucket.h"

namespace edgesweep {
namespace {

constexpr int64_t kRoundSequences = 16;

struct GridPoint {
  double rate, depth;
  size_t bucket;  ///< number of its integer bucket
};

/// The grid in its order, and the different buckets in it.
struct Grid {
  explicit Grid(const SearchProblem& problem) {
    std::map<std::tuple<int32_t, int32_t, int32_t>, size_t> known;
    for (const double rate : problem.rates)
      for (const double depth : problem.depths) {
        const std::optional<TokenBucket> bucket = make_token_bucket(rate, depth);
        if (!bucket) continue;  // refused when the config is read
        const auto [found, is_new] =
            known.try_emplace({bucket->refill, bucket->cost, bucket->capacity}, buckets.size());
        if (is_new) buckets.push_back(*bucket);
        points.push_back({rate, depth, found->second});
      }
  }
  std::vector<GridPoint> points;
  std::vector<TokenBucket> buckets;
};

double slots_of(const SimulationSize& size, int32_t devices) {
  return static_cast<double>(size.sequences) * static_cast<double>(size.images) * devices;
}

/// Most offloads that a bucket pays for in so many time units.
double most_offloads(const TokenBucket& bucket, double time) {
  return (bucket.capacity + bucket.refill * time) / bucket.cost;
}

class Search {
 public:
  Search(const SearchProblem& problem, const FleetSimulator& simulate,
         const std::function<bool()>& stop_requested)
      : problem_(problem),
        simulate_(simulate),
        stop_requested_(stop_requested),
        grid_(problem),
        switches_(problem.switches.size()) {
    const size_t pairs = grid_.buckets.size() * switches_;
    wanted_.assign(pairs, 0);
    reward_.assign(pairs, 0.0);
    rounds_done_.assign(pairs, 0);
    most_reward_ = *std::max_element(problem.source.images->reward.begin(),
                                     problem.source.images->reward.end());
    most_reward_ = std::max(most_reward_, 0.0);
    incumbent_.assign(switches_, -std::numeric_limits<double>::infinity());
    for (const GridPoint& point : grid_.points)
      for (size_t w = 0; w < switches_; ++w)
        if (is_point_of(point, w)) wanted_[point.bucket * switches_ + w] = 1;
  }

  SearchOutcome run() {
    solve_policies();
    find_rewarding();
    const int64_t rounds = (problem_.size.sequences + kRoundSequences - 1) / kRoundSequences;
    simulate_round(0, wanted_);
    // The leaders first: what they earn in the end is what the others have to reach.
    const std::vector<uint8_t> leaders = find_leaders();
    for (int64_t round = 1; round < rounds; ++round) simulate_round(round, leaders);
    if (!outcome_.stopped) take_incumbents(leaders);
    for (int64_t round = 1; round < rounds; ++round) {
      give_up(round);
      simulate_round(round, wanted_);
    }
    outcome_.work.plain_buckets = count_plain();
    collect();
    return std::move(outcome_);
  }

 private:
  bool is_point_of(const GridPoint& point, size_t w) const {
    const SearchSwitch& searched = problem_.switches[w];
    return holds_share(point.rate, point.depth, searched.rate, searched.depth);
  }

  void solve_policies() {
    policies_.resize(grid_.buckets.size());
    tbb::parallel_for(size_t{0}, policies_.size(), [&](size_t b) {
      if (std::any_of(&wanted_[b * switches_], &wanted_[b * switches_] + switches_,
                      [](uint8_t wanted) { return wanted != 0; }))
        policies_[b] = problem_.policy(grid_.buckets[b]);
    });
  }

  int64_t sequences_of(int64_t round) const {
    return std::min(kRoundSequences, problem_.size.sequences - round * kRoundSequences);
  }

  FleetRequest request_of(int64_t round) const {
    FleetRequest request;
    request.source = &problem_.source;
    request.size = {sequences_of(round), problem_.size.images};
    request.first_sequence = round * kRoundSequences;
    request.counts = false;
    request.stop_requested = stop_requested_;
    return request;
  }

  /// By round and switch: the sum of all rewards above zero that the devices see. A policy that
  /// offloads everything to a switch that never lacks a token passes just these.
  void find_rewarding() {
    auto clipped = std::make_shared<Dataset>();
    clipped->training = *problem_.source.images;
    for (double& reward : clipped->training.reward) reward = std::max(reward, 0.0);
    SequenceSource source = problem_.source;
    source.images = &clipped->training;
    source.dataset = std::move(clipped);
    constexpr TokenBucket kAlways{1, 1, 1};
    for (int64_t first = 0; first < problem_.size.sequences; first += kRoundSequences) {
      FleetRequest request = request_of(first / kRoundSequences);
      request.source = &source;
      request.policies = {{kAlways, {std::numeric_limits<int32_t>::max(), -1}}};
      for (const SearchSwitch& searched : problem_.switches)
        request.switches.push_back({searched.at_switch.devices, kAlways});
      const FleetOutcome found = simulate_(request);
      outcome_.stopped = outcome_.stopped || found.stopped;
      std::vector<double> sums;
      for (size_t w = 0; w < switches_; ++w) sums.push_back(sum_of(found, w, request));
      rewarding_.push_back(std::move(sums));
    }
  }

  static double sum_of(const FleetOutcome& outcome, size_t pair, const FleetRequest& request) {
    double sum = 0;
    const auto sequences = static_cast<size_t>(request.size.sequences);
    for (size_t s = 0; s < sequences; ++s) sum += outcome.sums[pair * sequences + s].reward;
    return sum;
  }

  /// The chosen pairs that have not been through this round.
  void simulate_round(int64_t round, const std::vector<uint8_t>& chosen) {
    if (outcome_.stopped) return;
    FleetRequest request = request_of(round);
    for (const SearchSwitch& searched : problem_.switches)
      request.switches.push_back(searched.at_switch);
    std::vector<size_t> buckets;
    for (size_t b = 0; b < grid_.buckets.size(); ++b) {
      std::vector<uint8_t> due(switches_, 0);
      bool any = false;
      for (size_t w = 0; w < switches_; ++w) {
        const size_t pair = b * switches_ + w;
        due[w] = chosen[pair] != 0 && rounds_done_[pair] == round ? 1 : 0;
        any = any || due[w] != 0;
      }
      if (!any) continue;
      buckets.push_back(b);
      request.policies.push_back(policies_[b]);
      request.wanted.insert(request.wanted.end(), due.begin(), due.end());
    }
    if (buckets.empty()) return;
    const FleetOutcome found = simulate_(request);
    if (found.stopped) {
      outcome_.stopped = true;
      return;
    }
    outcome_.work.device_steps +=
        static_cast<double>(buckets.size()) * slots_of(request.size, devices_of(request));
    for (size_t i = 0; i < request.wanted.size(); ++i) {
      if (request.wanted[i] == 0) continue;
      const size_t pair = buckets[i / switches_] * switches_ + i % switches_;
      add_in_order(found, i, request, reward_[pair]);
      ++rounds_done_[pair];
      outcome_.work.slots += slots_of(request.size, request.switches[i % switches_].devices);
    }
  }

  /// One sum over all sequences, whatever the rounds.
  static void add_in_order(const FleetOutcome& outcome, size_t pair, const FleetRequest& request,
                           double& sum) {
    const auto sequences = static_cast<size_t>(request.size.sequences);
    for (size_t s = 0; s < sequences; ++s) sum += outcome.sums[pair * sequences + s].reward;
  }

  std::vector<uint8_t> find_leaders() const {
    std::vector<uint8_t> leaders(wanted_.size(), 0);
    for (size_t w = 0; w < switches_; ++w) {
      size_t leader = wanted_.size();
      for (size_t pair = w; pair < wanted_.size(); pair += switches_)
        if (wanted_[pair] != 0 && (leader == wanted_.size() || reward_[pair] > reward_[leader]))
          leader = pair;
      if (leader < wanted_.size()) leaders[leader] = 1;
    }
    return leaders;
  }

  void take_incumbents(const std::vector<uint8_t>& leaders) {
    for (size_t pair = 0; pair < leaders.size(); ++pair)
      if (leaders[pair] != 0) incumbent_[pair % switches_] = reward_[pair];
  }

  /// More than the pair can earn in the rounds from `round` on.
  double most_to_come(size_t pair, int64_t round) const {
    const FleetSwitch& at_switch = problem_.switches[pair % switches_].at_switch;
    const double steps = static_cast<double>(problem_.size.images);
    const double offloads =
        std::min(most_offloads(at_switch.bucket, steps * at_switch.devices),
                 at_switch.devices * most_offloads(grid_.buckets[pair / switches_], steps));
    double most = 0;
    for (auto r = static_cast<size_t>(round); r < rewarding_.size(); ++r)
      most += std::min(
          static_cast<double>(sequences_of(static_cast<int64_t>(r))) * offloads * most_reward_,
          rewarding_[r][pair % switches_]);
    return most;
  }

  void give_up(int64_t round) {
    constexpr double kRounding = 1e-9;  // far more than sums of doubles lose
    for (size_t pair = 0; pair < wanted_.size(); ++pair) {
      if (wanted_[pair] == 0 || rounds_done_[pair] > round) continue;
      const double incumbent = incumbent_[pair % switches_];
      const double slack = kRounding * (1 + std::abs(incumbent));
      if (reward_[pair] + most_to_come(pair, round) + slack < incumbent) wanted_[pair] = 0;
    }
  }

  double count_plain() {
    double simulations = 0;
    std::vector<uint8_t> seen(wanted_.size(), 0);
    for (const GridPoint& point : grid_.points)
      for (size_t w = 0; w < switches_; ++w) {
        if (!is_point_of(point, w)) continue;
        ++outcome_.work.grid_points;
        outcome_.work.plain_device_steps +=
            slots_of(problem_.size, problem_.switches[w].at_switch.devices);
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
        if (wanted_[pair] == 0 || !is_point_of(point, w)) continue;
        const double images = slots_of(problem_.size, problem_.switches[w].at_switch.devices);
        outcome_.points[w].push_back({point.rate, point.depth, reward_[pair] / images});
      }
  }

  const SearchProblem& problem_;
  const FleetSimulator& simulate_;
  const std::function<bool()>& stop_requested_;
  const Grid grid_;
  const size_t switches_;
  std::vector<RankPolicy> policies_;  ///< by bucket
  // By bucket and switch, [bucket * switches + switch].
  std::vector<uint8_t> wanted_;  ///< may still win
  std::vector<double> reward_;   ///< so far
  std::vector<int64_t> rounds_done_;
  double most_reward_ = 0;                      ///< of an image
  std::vector<std::vector<double>> rewarding_;  ///< [round][switch]
  std::vector<double> incumbent_;               ///< by switch
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
                            const std::function<bool()>& stop_requested) {
  return Search(problem, simulate, stop_requested).run();
}

SearchOutcome search_fleets_plainly(const SearchProblem& problem, const FleetSimulator& simulate) {
  SearchOutcome outcome;
  for (const SearchSwitch& searched : problem.switches) {
    std::vector<SearchPoint> points;
    for (const double rate : problem.rates)
      for (const double depth : problem.depths) {
        if (!holds_share(rate, depth, searched.rate, searched.depth)) continue;
        FleetRequest request;
        request.source = &problem.source;
        request.size = problem.size;
        request.policies = {problem.policy(*make_token_bucket(rate, depth))};
        request.switches = {searched.at_switch};
        double reward = 0;
        for (const FleetSums& sums : simulate(request).sums) reward += sums.reward;
        points.push_back(
            {rate, depth, reward / slots_of(problem.size, searched.at_switch.devices)});
      }
    outcome.points.push_back(std::move(points));
  }
  return outcome;
}

}  // namespace edgesweep
