#include "host/engine/problem/windows.h"

#include <algorithm>

#include "host/engine/network/padding.h"
#include "kernels/windows.cuh"

namespace edgesweep {
StreamKey window_key(const SequenceSource& source, int64_t iteration, int64_t row) {
  return {source.seed, static_cast<uint32_t>(row), static_cast<uint32_t>(iteration),
          Purpose::training_windows};
}

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

Windows make_windows(const TrainingProblem& problem) {
  Windows windows;
  windows.count = windows_per_iteration(problem.dqn);
  windows.batch = problem.dqn.batch;
  windows.metrics = problem.dqn.history_metrics + 2;
  windows.gaps = problem.dqn.history_gaps >= 0 ? problem.dqn.history_gaps + 2 : 0;
  windows.rewarded_position = problem.dqn.outputs == Outputs::after_states ? 0 : 1;
  windows.stride = padded_stride(windows.batch);
  windows.value.resize(static_cast<size_t>(problem.dqn.mini_batches) *
                       static_cast<size_t>(windows.metrics + windows.gaps) *
                       static_cast<size_t>(windows.stride));
  windows.reward.resize(static_cast<size_t>(windows.count));
  windows.next_gap.resize(windows.gaps > 0 ? static_cast<size_t>(windows.count) : 0);
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

}  // namespace edgesweep
