#include "host/engine/fleet/search_bound.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "host/policy/token_bucket.h"

namespace edgesweep {
SearchGrid::SearchGrid(const std::vector<double>& rates, const std::vector<double>& depths) {
  std::map<std::tuple<int32_t, int32_t, int32_t>, size_t> known;
  for (const double rate : rates)
    for (const double depth : depths) {
      const std::optional<TokenBucket> bucket = make_token_bucket(rate, depth);
      if (!bucket) continue;  // refused when the config is read
      const auto [found, is_new] =
          known.try_emplace({bucket->refill, bucket->cost, bucket->capacity}, buckets.size());
      if (is_new) buckets.push_back(*bucket);
      points.push_back({rate, depth, found->second});
    }
}

std::vector<uint8_t> pairs_to_try(const SearchGrid& grid,
                                  const std::vector<SearchSwitch>& switches) {
  std::vector<uint8_t> tried(grid.buckets.size() * switches.size(), 0);
  for (const GridPoint& point : grid.points)
    for (size_t w = 0; w < switches.size(); ++w)
      if (holds_share(point.rate, point.depth, switches[w].rate, switches[w].depth))
        tried[point.bucket * switches.size() + w] = 1;
  return tried;
}

namespace {

int32_t most_cameras(const std::vector<SearchSwitch>& switches) {
  int32_t most = 0;
  for (const SearchSwitch& searched : switches) most = std::max(most, searched.at_switch.cameras);
  return most;
}

}  // namespace

double work_of_leaders(const std::vector<SearchSwitch>& switches, const SimulationSize& size) {
  return static_cast<double>(switches.size()) * most_cameras(switches) *
         static_cast<double>(size.sequences) * static_cast<double>(size.images);
}

double work_left(const std::vector<int64_t>& sequences_left,
                 const std::vector<SearchSwitch>& switches, int64_t images) {
  double steps = 0;
  for (size_t first = 0; first < sequences_left.size(); first += switches.size()) {
    int64_t sequences = 0;  // the cameras decide once for all switches
    for (size_t w = 0; w < switches.size(); ++w) {
      sequences = std::max(sequences, sequences_left[first + w]);
      steps += static_cast<double>(sequences_left[first + w]) * switches[w].at_switch.cameras;
    }
    steps += static_cast<double>(sequences) * most_cameras(switches);
  }
  return steps * static_cast<double>(images);
}

namespace {

/// Most offloads that a bucket pays for in so many time units.
double most_offloads(const TokenBucket& bucket, double time) {
  return (bucket.capacity + bucket.refill * time) / bucket.cost;
}

double sum_of(const FleetOutcome& outcome, size_t pair, int64_t sequences) {
  const size_t first = pair * static_cast<size_t>(sequences);
  double sum = 0;
  for (size_t s = 0; s < static_cast<size_t>(sequences); ++s) sum += outcome.sums[first + s].reward;
  return sum;
}

/// The same images with rewards of at least zero.
SequenceSource with_clipped_rewards(const SequenceSource& source) {
  auto clipped = std::make_shared<Dataset>();
  clipped->training = *source.images;
  for (double& reward : clipped->training.reward) reward = std::max(reward, 0.0);
  SequenceSource changed = source;
  changed.images = &clipped->training;
  changed.dataset = std::move(clipped);
  return changed;
}

}  // namespace

int64_t rounds_of(const SearchProblem& problem) {
  return (problem.size.sequences + kRoundSequences - 1) / kRoundSequences;
}

int64_t sequences_of(const SearchProblem& problem, int64_t round) {
  return std::min(kRoundSequences, problem.size.sequences - round * kRoundSequences);
}

FleetRequest round_request(const SearchProblem& problem, int64_t round, const StopRequest& stop) {
  FleetRequest request;
  request.source = &problem.source;
  request.size = {sequences_of(problem, round), problem.size.images};
  request.first_sequence = round * kRoundSequences;
  request.counts = false;
  request.stop_requested = stop;
  return request;
}

RewardBound::RewardBound(const SearchProblem& problem, const FleetSimulator& simulate,
                         const StopRequest& stop)
    : problem_(problem) {
  const std::vector<double>& rewards = problem.source.images->reward;
  most_reward_ = std::max(*std::max_element(rewards.begin(), rewards.end()), 0.0);
  const SequenceSource source = with_clipped_rewards(problem.source);
  constexpr TokenBucket kAlways{1, 1, 1};
  for (int64_t round = 0; round < rounds_of(problem); ++round) {
    FleetRequest request = round_request(problem, round, stop);
    request.source = &source;
    request.policies = {{kAlways, {std::numeric_limits<int32_t>::max(), -1}}};
    for (const SearchSwitch& searched : problem.switches)
      request.switches.push_back({searched.at_switch.cameras, kAlways});
    const FleetOutcome found = simulate(request);
    if (found.stopped) throw Stopped();
    std::vector<double> sums;
    for (size_t w = 0; w < problem.switches.size(); ++w)
      sums.push_back(sum_of(found, w, request.size.sequences));
    rewarding_.push_back(std::move(sums));
  }
}

double RewardBound::most_to_come(const TokenBucket& bucket, size_t at_switch, int64_t round) const {
  const FleetSwitch& shared = problem_.switches[at_switch].at_switch;
  const double steps = static_cast<double>(problem_.size.images);
  const double offloads = std::min(most_offloads(shared.bucket, steps * shared.cameras),
                                   shared.cameras * most_offloads(bucket, steps));
  double most = 0;
  for (; round < rounds_of(problem_); ++round)
    most += std::min(static_cast<double>(sequences_of(problem_, round)) * offloads * most_reward_,
                     rewarding_[static_cast<size_t>(round)][at_switch]);
  return most;
}

}  // namespace edgesweep
