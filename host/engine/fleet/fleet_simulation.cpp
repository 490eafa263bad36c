#include "host/engine/fleet/fleet_simulation.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <mutex>

#include "host/engine/fleet/fleet_walk.h"

namespace edgesweep {

int32_t cameras_of(const FleetRequest& request) {
  int32_t most = 0;
  for (const FleetSwitch& fleet_switch : request.switches)
    most = std::max(most, fleet_switch.cameras);
  return most;
}

double work_of(const FleetRequest& request, size_t first_policy, size_t policies,
               int64_t sequences) {
  double a_step = 0;
  for (size_t p = first_policy; p < first_policy + policies; ++p) {
    if (request.mode == FleetMode::cameras) a_step += cameras_of(request);
    for (size_t w = 0; w < request.switches.size(); ++w)
      if (is_wanted(request, p, w)) a_step += request.switches[w].cameras;
  }
  return a_step * static_cast<double>(request.size.images) * static_cast<double>(sequences);
}

std::vector<int64_t> switch_occupancy(const FleetRequest& request, size_t policy,
                                      const FleetSwitch& fleet_switch) {
  const RankPolicy& chosen = request.policies[policy];
  const TokenBucket& bucket =
      request.mode == FleetMode::pooled ? chosen.bucket : fleet_switch.bucket;
  std::vector<int64_t> total(static_cast<size_t>(bucket.capacity) + 1, 0);
  std::mutex mutex;
  tbb::parallel_for(int64_t{0}, request.size.sequences, [&](int64_t sequence) {
    if (is_requested(request.stop_requested)) return;
    std::vector<int64_t> counts(total.size(), 0);
    walk_fleet(request, chosen, fleet_switch, sequence,
               [&](const FleetSlot& slot) { ++counts[static_cast<size_t>(slot.units)]; });
    const std::lock_guard lock(mutex);
    for (size_t n = 0; n < total.size(); ++n) total[n] += counts[n];
  });
  return {total.begin() + bucket.refill, total.end()};
}

}  // namespace edgesweep
