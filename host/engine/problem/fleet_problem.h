#pragma once
#include <cstdint>
#include <vector>

#include "host/config/settings.h"
#include "host/data/dataset.h"
#include "host/engine/problem/run_result.h"
#include "kernels/fleet.cuh"

namespace edgesweep {

/// A threshold policy by rank in ascending metric, exact whatever the metrics' precision.
struct RankPolicy {
  TokenBucket bucket;
  std::vector<int32_t> last_local_rank;  ///< [n], n = 0..M: higher ranks are offloaded
};

/// Offload if n >= P and metric >= threshold[n - P], in double.
RankPolicy make_rank_policy(const ImageSet& images, const TokenBucket& bucket,
                            const std::vector<double>& threshold);

/// Who decides.
enum class FleetMode {
  cameras,  ///< each camera by its own bucket; the switch loses what finds no token
  pooled,   ///< the switch, by its bucket, image after image: policies have the switches' buckets
};

/// A strategy of many cameras, ready to simulate on test images.
struct FleetStrategy {
  Policy policy = Policy::isolated;
  FleetMode mode = FleetMode::cameras;
  RankPolicy rank_policy;
};
struct FleetProblem {
  FleetSwitch at_switch;
  std::vector<FleetStrategy> strategies;
  std::vector<SearchPoint> search;  ///< of `hierarchical`
};

/// A fleet whose cameras all decide by one network (kernels/fleet_network.cuh).
struct FleetNetwork {
  FleetSwitch at_switch;
  TokenBucket own;               ///< each camera's own: that of the hierarchical strategy
  std::vector<float> threshold;  ///< [units], 0..M: its threshold; above all without a token
  FleetSettings::Training training;
};

/// Images that a fleet's network decides for each training sample.
double decisions_per_sample(const FleetSettings::Training& training);

/// Fleets of so many cameras that a Q iteration simulates for `windows` training samples.
int64_t training_fleets(int64_t windows, int32_t cameras, const FleetSettings::Training& training);

}  // namespace edgesweep
