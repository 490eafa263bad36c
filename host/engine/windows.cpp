#include "host/engine/windows.h"

#include <algorithm>

#include "host/engine/cpu/simd.h"
#include "kernels/windows.cuh"

namespace edgesweep {
namespace {

/// The position of a window's block that draws its end point in replayed sequences; no image has
/// it.
constexpr uint32_t kEndPointPosition = 0xFFFFFFFF;

/// Replayed parts of a window: same end point for metrics and gaps when both are replayed.
void draw_replayed(const TrainingProblem& problem, int64_t iteration, int64_t row,
                   Windows& windows) {
  const SequenceSource& source = problem.windows;
  const ReplayTable* table =
      source.index_replay ? source.index_replay.get() : source.gap_replay.get();
  if (!table) return;
  const PhiloxBlock block = philox(source.seed, kEndPointPosition, static_cast<uint32_t>(row),
                                   static_cast<uint32_t>(iteration), Purpose::training_windows);
  const int64_t sequence = uniform_below(block.word[0], static_cast<uint32_t>(table->sequences));
  const int64_t current = uniform_below(block.word[1], static_cast<uint32_t>(table->images - 1));
  if (source.index_replay)
    replay_metrics(*source.images, source.index_replay->row(sequence), current, row, windows);
  if (source.gap_replay && windows.gap_stride > 0)
    replay_gaps(source.gap_replay->row(sequence), current, row, windows);
}

void store_metrics(const ImageSet& images, const uint32_t* index, int64_t row, Windows& windows) {
  float* metric = windows.metric.data() + row * windows.metric_stride;
  const float* table = images.metric_single.data();
  for (int position = 0; position < windows.metric_stride; ++position)
    metric[position] = table[index[position]];
  windows.reward[row] = static_cast<float>(images.reward[index[1]]);
}

void store_gaps(const int32_t* gap, int64_t row, Windows& windows) {
  float* out = windows.gap.data() + row * windows.gap_stride;
  for (int position = 0; position < windows.gap_stride; ++position)
    out[position] = static_cast<float>(gap[position]);
  windows.next_gap[row] = gap[0];
}

/// Gaps from the blocks' third words, oldest first as kernels/windows.cuh `draw_window_gaps` does.
void gaps_from_words(const ArrivalLaw& law, uint32_t state_word, const uint32_t* gap_word,
                     int stride, int32_t* gap) {
  int32_t state = draw_state(law.stationary_limit, state_word);
  for (int position = stride - 1; position >= 0; --position)
    gap[position] = next_gap(law, gap_word[position], state);
}

}  // namespace

Windows make_windows(const TrainingProblem& problem) {
  Windows windows;
  windows.rows = windows_per_iteration(problem.dqn);
  windows.metric_stride = problem.dqn.history_metrics + 2;
  windows.gap_stride = problem.dqn.history_gaps >= 0 ? problem.dqn.history_gaps + 2 : 0;
  windows.metric.resize(static_cast<size_t>(windows.rows * windows.metric_stride));
  windows.gap.resize(static_cast<size_t>(windows.rows * windows.gap_stride));
  windows.reward.resize(static_cast<size_t>(windows.rows));
  windows.next_gap.resize(windows.gap_stride > 0 ? static_cast<size_t>(windows.rows) : 0);
  return windows;
}

void replay_metrics(const ImageSet& images, const int32_t* index_row, int64_t current, int64_t row,
                    Windows& windows) {
  float* metric = windows.metric.data() + row * windows.metric_stride;
  for (int position = 0; position < windows.metric_stride; ++position) {
    int64_t image = 0;
    const bool exists = replay_position(current, position, image);
    metric[position] = exists ? images.metric_single[static_cast<size_t>(index_row[image])] : 0.0f;
  }
  windows.reward[row] = static_cast<float>(images.reward[static_cast<size_t>(index_row[current])]);
}

void replay_gaps(const int32_t* gap_row, int64_t current, int64_t row, Windows& windows) {
  float* gap = windows.gap.data() + row * windows.gap_stride;
  for (int position = 0; position < windows.gap_stride; ++position) {
    int64_t image = 0;
    const bool has_gap_before = replay_position(current, position, image) && image >= 1;
    gap[position] = has_gap_before ? static_cast<float>(gap_row[image - 1]) : 0.0f;
  }
  windows.next_gap[row] = gap_row[current];
}

void draw_windows(const TrainingProblem& problem, int64_t iteration, int64_t first, int64_t count,
                  Windows& windows) {
  const SequenceSource& source = problem.windows;
  const int positions = std::max(windows.metric_stride, windows.gap_stride);
  const uint32_t iteration_word = static_cast<uint32_t>(iteration);
  const bool draws_gaps = windows.gap_stride > 0 && !source.gap_replay;
  std::vector<uint32_t> index(static_cast<size_t>(positions));
  std::vector<uint32_t> gap_word(static_cast<size_t>(positions));
  std::vector<int32_t> gap(static_cast<size_t>(windows.gap_stride));
  for (int64_t row = first; row < first + count; ++row) {
    const uint32_t stream = static_cast<uint32_t>(row);
    if (!source.index_replay || draws_gaps) {
      uint32_t location = 0;
      simd_kernels().draw_indices(source.metric_law, source.seed, stream, iteration_word,
                                  Purpose::training_windows, 0, positions, location, index.data(),
                                  draws_gaps ? gap_word.data() : nullptr);
    }
    if (!source.index_replay) store_metrics(*source.images, index.data(), row, windows);
    if (draws_gaps) {
      const PhiloxBlock newest =
          philox(source.seed, 0, stream, iteration_word, Purpose::training_windows);
      gaps_from_words(source.arrivals.law, newest.word[0], gap_word.data(), windows.gap_stride,
                      gap.data());
      store_gaps(gap.data(), row, windows);
    }
    draw_replayed(problem, iteration, row, windows);
  }
}

void draw_windows_plain(const TrainingProblem& problem, int64_t iteration, int64_t first,
                        int64_t count, Windows& windows) {
  const SequenceSource& source = problem.windows;
  std::vector<uint32_t> index(static_cast<size_t>(windows.metric_stride));
  std::vector<int32_t> gap(static_cast<size_t>(windows.gap_stride));
  for (int64_t row = first; row < first + count; ++row) {
    const uint32_t window = static_cast<uint32_t>(row);
    if (!source.index_replay) {
      draw_window_indices(source.metric_law, source.seed, window, static_cast<uint32_t>(iteration),
                          windows.metric_stride - 2, index.data());
      store_metrics(*source.images, index.data(), row, windows);
    }
    if (windows.gap_stride > 0 && !source.gap_replay) {
      draw_window_gaps(source.arrivals.law, source.seed, window, static_cast<uint32_t>(iteration),
                       windows.gap_stride - 2, gap.data());
      store_gaps(gap.data(), row, windows);
    }
    draw_replayed(problem, iteration, row, windows);
  }
}

}  // namespace edgesweep
