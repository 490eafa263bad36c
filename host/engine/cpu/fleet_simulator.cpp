#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/fleet/fleet_walk.h"
#include "host/engine/network/aligned.h"

namespace edgesweep {
namespace {

/// Policies of one scan at most: more share a drawing, but their states leave the caches.
constexpr int64_t kMostPolicies = 32;

/// What scans need besides the sequences.
struct FleetTables {
  explicit FleetTables(const FleetRequest& request) {
    const ImageSet& images = *request.source->images;
    double largest = 0;
    bool whole = true;
    for (const double reward : images.reward) {
      reward_and_cost.insert(reward_and_cost.end(), {reward, 0.0});
      largest = std::max(largest, std::abs(reward));
      whole = whole && reward == std::trunc(reward);
    }
    const double slots = static_cast<double>(request.size.images) * cameras_of(request);
    if (whole && largest * slots < 2147483648.0)
      whole_reward.assign(images.reward.begin(), images.reward.end());
    for (const RankPolicy& policy : request.policies)
      policies.push_back({policy.bucket, policy.last_local_rank.data()});
  }
  std::vector<double> reward_and_cost;
  std::vector<int32_t> whole_reward;
  std::vector<FleetPolicy> policies;
};

/// Policies first_policy .. + policies - 1 on `lanes` neighbouring sequences.
void scan_lanes(const FleetRequest& request, const FleetTables& tables, size_t first_policy,
                size_t policies, int64_t first_sequence, FleetOutcome& outcome) {
  const SimdKernels& simd = simd_kernels();
  const SequenceSource& source = *request.source;
  const size_t switches = request.switches.size();
  const size_t lanes = static_cast<size_t>(simd.lanes);
  const size_t values = policies * switches * lanes;
  std::vector<double> reward(values);
  std::vector<int64_t> passed(values);
  std::vector<int64_t> offloads(values);
  const int32_t cameras = cameras_of(request);
  AlignedVector<unsigned char> room(
      fleet_scan_room(cameras, static_cast<int>(policies), static_cast<int>(switches)));
  simd.scan_fleets(
      {source.metric_law,
       {source.seed, static_cast<uint32_t>(request.first_sequence + first_sequence), 0,
        source.purpose},
       cameras,
       request.size.images,
       request.mode == FleetMode::pooled,
       tables.reward_and_cost.data(),
       tables.whole_reward.empty() ? nullptr : tables.whole_reward.data(),
       static_cast<int>(policies),
       tables.policies.data() + first_policy,
       static_cast<int>(switches),
       request.switches.data(),
       request.wanted.empty() ? nullptr : request.wanted.data() + first_policy * switches,
       request.counts,
       room.data(),
       reward.data(),
       passed.data(),
       offloads.data(),
       request.stop_requested ? &request.stop_requested : nullptr});
  const auto sequences = static_cast<size_t>(request.size.sequences);
  const auto first = static_cast<size_t>(first_sequence);
  for (size_t pair = 0; pair < policies * switches; ++pair)
    for (size_t lane = 0; lane < std::min(lanes, sequences - first); ++lane)
      outcome.sums[(first_policy * switches + pair) * sequences + first + lane] = {
          reward[pair * lanes + lane], passed[pair * lanes + lane], offloads[pair * lanes + lane]};
}

void walk_replayed(const FleetRequest& request, size_t policy, size_t at_switch, int64_t sequence,
                   FleetSums& sums) {
  walk_fleet(request, request.policies[policy], request.switches[at_switch], sequence,
             [&](const FleetSlot& slot) {
               sums.offloads += slot.offload ? 1 : 0;
               if (!slot.passed) return;
               ++sums.passed;
               sums.reward += request.source->images->reward[slot.rank];
             });
}

}  // namespace

FleetOutcome simulate_fleet_on_cpu(const FleetRequest& request) {
  const int64_t sequences = request.size.sequences;
  const auto policies = static_cast<int64_t>(request.policies.size());
  const size_t switches = request.switches.size();
  const auto stopped = [&] { return is_requested(request.stop_requested); };
  FleetOutcome outcome;
  outcome.sums.resize(static_cast<size_t>(policies * sequences) * switches);
  tbb::this_task_arena::isolate([&] {
    if (request.source->index_replay) {
      tbb::parallel_for(size_t{0}, outcome.sums.size(), [&](size_t i) {
        const size_t pair = i / static_cast<size_t>(sequences);
        if (!is_wanted(request, pair / switches, pair % switches) || stopped()) return;
        walk_replayed(request, pair / switches, pair % switches,
                      request.first_sequence + static_cast<int64_t>(i) % sequences,
                      outcome.sums[i]);
      });
      if (request.on_work) request.on_work(work_of(request, 0, request.policies.size(), sequences));
      return;
    }
    const FleetTables tables(request);
    const int64_t lanes = simd_kernels().lanes;
    const int64_t groups = (sequences + lanes - 1) / lanes;
    const int64_t batches = (policies + kMostPolicies - 1) / kMostPolicies;
    tbb::parallel_for(int64_t{0}, groups * batches, [&](int64_t task) {
      if (stopped()) return;
      const auto first = static_cast<size_t>(task / groups * kMostPolicies);
      const size_t count =
          std::min(static_cast<size_t>(kMostPolicies), request.policies.size() - first);
      const int64_t first_lane = task % groups * lanes;
      scan_lanes(request, tables, first, count, first_lane, outcome);
      if (request.on_work)
        request.on_work(work_of(request, first, count, std::min(lanes, sequences - first_lane)));
    });
  });
  outcome.stopped = stopped();
  return outcome;
}

}  // namespace edgesweep
