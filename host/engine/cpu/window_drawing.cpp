#include <algorithm>

#include "host/engine/cpu/simd.h"
#include "host/engine/cpu/training_scratch.h"
#include "kernels/windows.cuh"

namespace edgesweep {
namespace {

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

}  // namespace edgesweep
