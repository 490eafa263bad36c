#pragma once
#include <vector>

#include "host/engine/fleet_search.h"

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

/// Steps of a device and slots of a switch that are left at most: sequences_left[bucket * switches
/// + switch] of `images` steps each.
double work_left(const std::vector<int64_t>& sequences_left,
                 const std::vector<SearchSwitch>& switches, int64_t images);

/// What it takes at most that leaders go ahead: their devices decide once more for the other
/// switches.
double work_of_leaders(const std::vector<SearchSwitch>& switches, const SimulationSize& size);

}  // namespace edgesweep
