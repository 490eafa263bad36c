#include "host/engine/search_grid.h"

#include <algorithm>
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

int32_t most_devices(const std::vector<SearchSwitch>& switches) {
  int32_t most = 0;
  for (const SearchSwitch& searched : switches) most = std::max(most, searched.at_switch.devices);
  return most;
}

}  // namespace

double work_of_leaders(const std::vector<SearchSwitch>& switches, const SimulationSize& size) {
  return static_cast<double>(switches.size()) * most_devices(switches) *
         static_cast<double>(size.sequences) * static_cast<double>(size.images);
}

double work_left(const std::vector<int64_t>& sequences_left,
                 const std::vector<SearchSwitch>& switches, int64_t images) {
  double steps = 0;
  for (size_t first = 0; first < sequences_left.size(); first += switches.size()) {
    int64_t sequences = 0;  // the devices decide once for all switches
    for (size_t w = 0; w < switches.size(); ++w) {
      sequences = std::max(sequences, sequences_left[first + w]);
      steps += static_cast<double>(sequences_left[first + w]) * switches[w].at_switch.devices;
    }
    steps += static_cast<double>(sequences) * most_devices(switches);
  }
  return steps * static_cast<double>(images);
}

}  // namespace edgesweep
