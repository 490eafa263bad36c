#pragma once
#include <vector>

#include "host/engine/fleet/search.h"

namespace edgesweep {
/// A point of a search's grid.
struct GridPoint {
  double rate, depth;
  size_t bucket;  ///< number of its integer bucket
};

/// The grid in its order, and the different buckets in it.
struct SearchGrid {
  SearchGrid(const std::vector<double>& rates, const std::vector<double>& depths);
  std::vector<GridPoint> points;
  std::vector<TokenBucket> buckets;
};

/// [bucket * switches + switch]: 1 where a point with this bucket is tried behind the switch.
std::vector<uint8_t> pairs_to_try(const SearchGrid& grid,
                                  const std::vector<SearchSwitch>& switches);

/// Steps of a camera and slots of a switch that are left at most: sequences_left[bucket * switches
/// + switch] of `images` steps each.
double work_left(const std::vector<int64_t>& sequences_left,
                 const std::vector<SearchSwitch>& switches, int64_t images);

/// What it takes at most that leaders go ahead: their cameras decide once more for the other
/// switches.
double work_of_leaders(const std::vector<SearchSwitch>& switches, const SimulationSize& size);

/// A search goes through its sequences in rounds of so many.
constexpr int64_t kRoundSequences = 16;

int64_t rounds_of(const SearchProblem& problem);

/// Sequences of a round: the last one may be short.
int64_t sequences_of(const SearchProblem& problem, int64_t round);

/// A request for the sequences of a round, without policies and switches.
FleetRequest round_request(const SearchProblem& problem, int64_t round, const StopRequest& stop);

/// What a bucket can earn at most in the rounds that are still to come.
class RewardBound {
 public:
  /// Simulates what images offer. Throws Stopped.
  RewardBound(const SearchProblem& problem, const FleetSimulator& simulate,
              const StopRequest& stop);

  /// At a switch, in the rounds from `round` on.
  double most_to_come(const TokenBucket& bucket, size_t at_switch, int64_t round) const;

 private:
  const SearchProblem& problem_;
  double most_reward_ = 0;  ///< of an image
  /// [round][switch]: the sum of all rewards above zero that the cameras see. A policy that
  /// offloads everything to a switch that never lacks a token passes just these.
  std::vector<std::vector<double>> rewarding_;
};

}  // namespace edgesweep
