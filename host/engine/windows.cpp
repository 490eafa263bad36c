#include "host/engine/windows.h"

#include <algorithm>

#include "host/engine/cpu/simd.h"
#include "kernels/windows.cuh"

namespace edgesweep {
namespace {

StreamKey window_key(const SequenceSource& source, int64_t iteration, int64_t row) {
  return {source.seed, static_cast<uint32_t>(row), static_cast<uint32_t>(iteration),
          Purpose::training_windows};
}

/// Replayed parts of a window.
void draw_replayed(const TrainingProblem& problem, int64_t iteration, int64_t row,
                   Windows& windows) {
  const SequenceSource& source = problem.windows;
  const ReplayTable* table =
      source.index_replay ? source.index_replay.get() : source.gap_replay.get();
  if (!table) return;
  const EndPoint end =
      draw_end_point(window_key(source, iteration, row), static_cast<uint32_t>(table->sequences),
                     static_cast<uint32_t>(table->images));
  if (source.index_replay)
    replay_metrics(*source.images, source.index_replay->row(end.sequence), end.current, row,
                   windows);
  if (source.gap_replay && windows.gaps > 0)
    replay_gaps(source.gap_replay->row(end.sequence), end.current, row, windows);
}

void store_reward(const ImageSet& images, uint32_t rank, int64_t row, Windows& windows) {
  windows.reward[static_cast<size_t>(row)] = static_cast<float>(images.reward[rank]);
}

void store_gap(int32_t gap, int64_t row, int position, Windows& windows) {
  *windows.at(row, windows.gap_quantity(position)) = static_cast<float>(gap);
  if (position == 0) windows.next_gap[static_cast<size_t>(row)] = gap;
}

/// Draws gaps of windows side by side: the words with vectors, the chain window by window, oldest
/// first as kernels/windows.cuh `draw_window_gaps` does.
void draw_gaps(const SequenceSource& source, const StreamKey& first, int64_t row, int count,
               std::vector<uint32_t>& words, Windows& windows) {
  const SimdKernels& simd = simd_kernels();
  const ArrivalLaw& law = source.arrivals.law;
  words.resize(static_cast<size_t>(windows.gaps + 1) * static_cast<size_t>(simd.lanes));
  uint32_t* start = words.data() + static_cast<ptrdiff_t>(windows.gaps) * simd.lanes;
  simd.words_of_streams(first, Channel::start, 1, start);
  simd.words_of_streams(first, Channel::gap, windows.gaps, words.data());
  for (int lane = 0; lane < count; ++lane) {
    int32_t state = draw_state(law.stationary_limit, start[lane]);
    for (int position = windows.gaps - 1; position >= 0; --position) {
      const uint32_t word = words[static_cast<size_t>(position) * static_cast<size_t>(simd.lanes) +
                                  static_cast<size_t>(lane)];
      store_gap(next_gap(law, word, state), row + lane, position, windows);
    }
  }
}

/// The drawn parts of `count` neighbouring windows of one mini-batch, one per lane.
void draw_lanes(const SequenceSource& source, int64_t iteration, int64_t row, int count,
                std::vector<uint32_t>& words, Windows& windows) {
  const StreamKey first = window_key(source, iteration, row);
  if (!source.index_replay) {
    uint32_t rewarded_rank[kPadding];
    simd_kernels().draw_windows(source.metric_law, first, source.images->metric_single.data(),
                                windows.metrics, windows.at(row, 0), windows.stride,
                                windows.rewarded_position, rewarded_rank);
    for (int lane = 0; lane < count; ++lane)
      store_reward(*source.images, rewarded_rank[lane], row + lane, windows);
  }
  if (windows.gaps > 0 && !source.gap_replay) draw_gaps(source, first, row, count, words, windows);
}

}  // namespace

Windows make_windows(const TrainingProblem& problem) {
  Windows windows;
  windows.rows = windows_per_iteration(problem.dqn);
  windows.batch = problem.dqn.batch;
  windows.metrics = problem.dqn.history_metrics + 2;
  windows.gaps = problem.dqn.history_gaps >= 0 ? problem.dqn.history_gaps + 2 : 0;
  windows.rewarded_position = problem.dqn.outputs == Outputs::after_states ? 0 : 1;
  windows.stride = padded_stride(windows.batch);
  windows.value.resize(static_cast<size_t>(problem.dqn.mini_batches) *
                       static_cast<size_t>(windows.metrics + windows.gaps) *
                       static_cast<size_t>(windows.stride));
  windows.reward.resize(static_cast<size_t>(windows.rows));
  windows.next_gap.resize(windows.gaps > 0 ? static_cast<size_t>(windows.rows) : 0);
  return windows;
}

double windows_bytes(const DqnSettings& dqn) {
  const double quantities =
      dqn.history_metrics + 2 + (dqn.history_gaps >= 0 ? dqn.history_gaps + 2 : 0);
  const double row_words = dqn.history_gaps >= 0 ? 2 : 1;  // reward, next_gap
  return sizeof(float) * (quantities * padded_stride(dqn.batch) * dqn.mini_batches +
                          row_words * static_cast<double>(windows_per_iteration(dqn)));
}

void replay_metrics(const ImageSet& images, const int32_t* index_row, int64_t current, int64_t row,
                    Windows& windows) {
  for (int position = 0; position < windows.metrics; ++position) {
    int64_t image = 0;
    const bool exists = replay_position(current, position, image);
    *windows.at(row, Windows::metric_quantity(position)) =
        exists ? images.metric_single[static_cast<size_t>(index_row[image])] : 0.0f;
  }
  store_reward(images, static_cast<uint32_t>(index_row[current + 1 - windows.rewarded_position]),
               row, windows);
}

void replay_gaps(const int32_t* gap_row, int64_t current, int64_t row, Windows& windows) {
  for (int position = 0; position < windows.gaps; ++position) {
    int64_t image = 0;
    const bool has_gap_before = replay_position(current, position, image) && image >= 1;
    store_gap(has_gap_before ? gap_row[image - 1] : 0, row, position, windows);
  }
}

void draw_windows(const TrainingProblem& problem, int64_t iteration, int64_t first, int64_t count,
                  Windows& windows) {
  const SequenceSource& source = problem.windows;
  const bool draws = !source.index_replay || (windows.gaps > 0 && !source.gap_replay);
  const int lanes = simd_kernels().lanes;
  std::vector<uint32_t> words;
  for (int64_t row = first; row < first + count;) {
    const int64_t left = std::min(first + count - row, windows.batch - row % windows.batch);
    const int together = static_cast<int>(std::min<int64_t>(lanes, left));
    if (draws) draw_lanes(source, iteration, row, together, words, windows);
    for (int lane = 0; lane < together; ++lane)
      draw_replayed(problem, iteration, row + lane, windows);
    row += together;
  }
}

void draw_windows_plain(const TrainingProblem& problem, int64_t iteration, int64_t first,
                        int64_t count, Windows& windows) {
  const SequenceSource& source = problem.windows;
  std::vector<uint32_t> index(static_cast<size_t>(windows.metrics));
  std::vector<int32_t> gap(static_cast<size_t>(windows.gaps));
  for (int64_t row = first; row < first + count; ++row) {
    const StreamKey key = window_key(source, iteration, row);
    if (!source.index_replay) {
      draw_window_indices(source.metric_law, key, windows.metrics - 2, index.data());
      for (int position = 0; position < windows.metrics; ++position)
        *windows.at(row, Windows::metric_quantity(position)) =
            source.images->metric_single[index[static_cast<size_t>(position)]];
      store_reward(*source.images, index[static_cast<size_t>(windows.rewarded_position)], row,
                   windows);
    }
    if (windows.gaps > 0 && !source.gap_replay) {
      draw_window_gaps(source.arrivals.law, key, windows.gaps - 2, gap.data());
      for (int position = 0; position < windows.gaps; ++position)
        store_gap(gap[static_cast<size_t>(position)], row, position, windows);
    }
    draw_replayed(problem, iteration, row, windows);
  }
}

}  // namespace edgesweep
