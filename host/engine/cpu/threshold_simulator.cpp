#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/run/threshold_walk.h"

namespace edgesweep {
namespace {

/// Adds the images of one sequence to its outcomes: for replayed sequences.
void run_plainly(const SimulationRequest& request, int64_t sequence, SimulationOutcome& outcome) {
  const ImageSet& images = *request.source->images;
  const auto s = static_cast<size_t>(sequence);
  ThresholdWalk(request, sequence)
      .walk(
          request.size.images,
          [&](int64_t, const ImagePiece& piece) {
            if (!request.whole_sequence_sums) return;
            for (size_t t = 0; t < static_cast<size_t>(piece.count); ++t) {
              outcome.strong[s].reward += images.reward[piece.index[t]];
              outcome.weak_cost[s] += images.weak_cost[piece.index[t]];
            }
            outcome.strong[s].offloads += piece.count;
          },
          [&](size_t policy, int64_t, uint32_t index, int32_t, bool offload) {
            if (!offload) return;
            outcome.thresholds[policy][s].reward += images.reward[index];
            ++outcome.thresholds[policy][s].offloads;
          });
}

/// Images and gaps, whether or not any policy has a bucket, and the threshold policies.
void trace_plainly(const SimulationRequest& request, int64_t sequence, RunTraces& traces) {
  const int64_t row = (sequence - traces.first_sequence) * traces.images;
  ThresholdWalk(request, sequence)
      .walk(
          std::min(traces.images, request.size.images),
          [&](int64_t first, const ImagePiece& piece) {
            for (int64_t t = 0; t < piece.count; ++t) {
              const auto at = static_cast<size_t>(row + first + t);
              const uint32_t index = piece.index[static_cast<size_t>(t)];
              traces.index[at] = static_cast<int32_t>(index);
              traces.metric[at] = request.source->images->metric_single[index];
              traces.gap[at] = piece.gap[static_cast<size_t>(t)];
            }
          },
          [&](size_t policy, int64_t image, uint32_t, int32_t units, bool offload) {
            const auto at = static_cast<size_t>(row + image);
            traces.policies[policy].units[at] = units;
            traces.policies[policy].offload[at] = offload ? 1 : 0;
          });
}

/// What the vector scan needs besides the sequences.
struct ScanTables {
  explicit ScanTables(const SimulationRequest& request) {
    const ImageSet& images = *request.source->images;
    for (size_t i = 0; i < images.reward.size(); ++i) {
      reward_and_cost.push_back(images.reward[i]);
      reward_and_cost.push_back(images.weak_cost[i]);
    }
    for (const ThresholdPolicy& policy : request.thresholds)
      last_local_rank.push_back(ranks_of(images, request.bucket, policy.threshold));
    for (const std::vector<int32_t>& ranks : last_local_rank)
      last_kept_rows.push_back(ranks.data());
  }

  /// By units, the last rank that is kept: metrics ascend with the rank. Too few units: all.
  static std::vector<int32_t> ranks_of(const ImageSet& images, const TokenBucket& bucket,
                                       const std::vector<float>& threshold) {
    std::vector<int32_t> ranks(static_cast<size_t>(bucket.cost), INT32_MAX);
    const std::vector<float>& metric = images.metric_single;
    for (const float lowest : threshold)
      ranks.push_back(static_cast<int32_t>(std::lower_bound(metric.begin(), metric.end(), lowest) -
                                           metric.begin() - 1));
    return ranks;
  }

  std::vector<double> reward_and_cost;
  std::vector<std::vector<int32_t>> last_local_rank;  ///< [policy][units]
  std::vector<const int32_t*> last_kept_rows;
};

/// `count` neighbouring sequences, one per lane.
void scan_lanes(const SimulationRequest& request, const ScanTables& tables, int64_t first,
                int64_t count, SimulationOutcome& outcome) {
  const SimdKernels& simd = simd_kernels();
  const SequenceSource& source = *request.source;
  double reward[kMostScanned * kPadding];
  int64_t offloads[kMostScanned * kPadding];
  double strong[kPadding];
  double weak[kPadding];
  ThresholdScan scan{source.metric_law,
                     source.arrivals.law,
                     {source.seed, static_cast<uint32_t>(first), 0, source.purpose},
                     request.bucket,
                     request.size.images,
                     tables.reward_and_cost.data(),
                     0,
                     nullptr,
                     request.whole_sequence_sums,
                     reward,
                     offloads,
                     strong,
                     weak};
  const int policies = static_cast<int>(request.thresholds.size());
  int done = 0;
  do {
    scan.policies = std::min(policies - done, kMostScanned);
    scan.last_local_rank = tables.last_kept_rows.data() + done;
    simd.scan_thresholds(scan);
    for (int p = 0; p < scan.policies; ++p)
      for (int64_t lane = 0; lane < count; ++lane)
        outcome.thresholds[static_cast<size_t>(done + p)][static_cast<size_t>(first + lane)] = {
            reward[p * simd.lanes + lane], offloads[p * simd.lanes + lane]};
    if (scan.sums)
      for (int64_t lane = 0; lane < count; ++lane) {
        const auto sequence = static_cast<size_t>(first + lane);
        outcome.strong[sequence] = {strong[lane], request.size.images};
        outcome.weak_cost[sequence] = weak[lane];
      }
    scan.sums = false;
    done += scan.policies;
  } while (done < policies);
}

}  // namespace

void simulate_thresholds(const SimulationRequest& request, SimulationOutcome& outcome) {
  const SequenceSource& source = *request.source;
  const int64_t sequences = request.size.sequences;
  tbb::this_task_arena::isolate([&] {
    const int64_t first_traced = outcome.traces.first_sequence;
    tbb::parallel_for(first_traced, std::min(sequences, first_traced + outcome.traces.sequences),
                      [&](int64_t s) { trace_plainly(request, s, outcome.traces); });
    if (!request.whole_sequence_sums && request.thresholds.empty()) return;
    if (source.index_replay || source.gap_replay) {
      tbb::parallel_for(int64_t{0}, sequences,
                        [&](int64_t s) { run_plainly(request, s, outcome); });
      return;
    }
    const ScanTables tables(request);
    const int64_t lanes = simd_kernels().lanes;
    tbb::parallel_for(int64_t{0}, (sequences + lanes - 1) / lanes, [&](int64_t group) {
      if (request.stop_requested && request.stop_requested()) return;
      const int64_t first = group * lanes;
      scan_lanes(request, tables, first, std::min(lanes, sequences - first), outcome);
    });
  });
}

}  // namespace edgesweep
