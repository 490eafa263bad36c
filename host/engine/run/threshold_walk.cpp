#include "host/engine/run/threshold_walk.h"

#include <tbb/parallel_for.h>

#include <mutex>

namespace edgesweep {
namespace {

RunStatistics no_statistics(const SimulationRequest& request) {
  const auto images = static_cast<size_t>(request.source->images->size());
  const TokenBucket& bucket = request.bucket;
  RunStatistics statistics;
  statistics.units_per_token = bucket.cost;
  statistics.draws_by_rank.assign(images, 0);
  for (const ThresholdPolicy& policy : request.thresholds)
    statistics.policies.push_back(
        {policy.policy, std::vector<int64_t>(images, 0),
         std::vector<int64_t>(static_cast<size_t>(bucket.capacity - bucket.cost) + 1, 0),
         std::vector<int64_t>(static_cast<size_t>(bucket.capacity - bucket.refill) + 1, 0)});
  return statistics;
}

void add(const std::vector<int64_t>& from, std::vector<int64_t>& to) {
  for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

void add(const RunStatistics& from, RunStatistics& to) {
  add(from.draws_by_rank, to.draws_by_rank);
  for (size_t p = 0; p < to.policies.size(); ++p) {
    add(from.policies[p].offloads_by_rank, to.policies[p].offloads_by_rank);
    add(from.policies[p].offloads_by_units, to.policies[p].offloads_by_units);
    add(from.policies[p].occupancy, to.policies[p].occupancy);
  }
}

void count_sequence(const SimulationRequest& request, int64_t sequence, RunStatistics& counts) {
  const TokenBucket& bucket = request.bucket;
  ThresholdWalk(request, sequence)
      .walk(
          request.size.images,
          [&](int64_t, const ImagePiece& piece) {
            for (size_t t = 0; t < static_cast<size_t>(piece.count); ++t)
              ++counts.draws_by_rank[piece.index[t]];
          },
          [&](size_t policy, int64_t, uint32_t rank, int32_t units, bool offload) {
            PolicyStatistics& statistics = counts.policies[policy];
            ++statistics.occupancy[static_cast<size_t>(units - bucket.refill)];
            if (!offload) return;
            ++statistics.offloads_by_rank[rank];
            ++statistics.offloads_by_units[static_cast<size_t>(units - bucket.cost)];
          });
}

}  // namespace

RunStatistics policy_statistics(const SimulationRequest& request) {
  RunStatistics total = no_statistics(request);
  std::mutex mutex;
  tbb::parallel_for(int64_t{0}, request.size.sequences, [&](int64_t sequence) {
    RunStatistics counts = no_statistics(request);
    count_sequence(request, sequence, counts);
    const std::lock_guard lock(mutex);
    add(counts, total);
  });
  return total;
}

}  // namespace edgesweep
