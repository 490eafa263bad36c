#pragma once
#include "kernels/network_task.cuh"
#include "kernels/windows.cuh"
#include "kernels/word_cursor.cuh"

namespace edgesweep {

// One thread draws one training window into its column of the mini-batch's matrix; neighbouring
// threads write neighbouring columns. Same windows as kernels/windows.cuh.

/// One column of a mini-batch's windows.
struct WindowColumn {
  float* value;  ///< row 0 of the column, rows `stride` apart
  int32_t stride;
  float* reward;
  int32_t* next_gap;  ///< null without gaps
};

EDGESWEEP_DEVICE void draw_metrics(const TrainTask& task, const StreamKey& key,
                                   const WindowColumn& column) {
  const DeviceSource& source = task.source;
  WordCursor offsets(key, Channel::offset);
  uint32_t location = 0;
  for (int32_t position = 0; position < task.metrics; ++position) {
    const uint32_t at = static_cast<uint32_t>(position);
    const uint32_t offset_word = offsets.at(at);
    const bool first = position == 0;
    const uint32_t location_word = first || is_reset(source.metric_law, offset_word)
                                       ? random_word(key, Channel::location, at)
                                       : 0;
    const uint32_t index =
        next_index(source.metric_law, offset_word, location_word, first, location);
    column.value[position * column.stride] = source.metric[index];
    if (position == task.rewarded_position) *column.reward = source.reward_single[index];
  }
}

/// Row of a window's matrix that holds the gap at a position, 0..H2 + 1.
EDGESWEEP_DEVICE int32_t gap_row(const TrainTask& task, int32_t position) {
  return task.metrics + (position == 0 ? task.gaps : position) - 1;
}

EDGESWEEP_DEVICE void store_gap(const TrainTask& task, const WindowColumn& column, int32_t position,
                                int32_t gap) {
  column.value[gap_row(task, position) * column.stride] = static_cast<float>(gap);
  if (position == 0) *column.next_gap = gap;
}

EDGESWEEP_DEVICE void draw_gaps(const TrainTask& task, const StreamKey& key,
                                const WindowColumn& column) {
  const ArrivalLaw& law = task.source.arrivals;
  WordCursor words(key, Channel::gap);
  int32_t state = draw_state(law.stationary_limit, random_word(key, Channel::start, 0));
  for (int32_t position = task.gaps - 1; position >= 0; --position)
    store_gap(task, column, position,
              next_gap(law, words.at(static_cast<uint32_t>(position)), state));
}

EDGESWEEP_DEVICE void replay_window(const TrainTask& task, const StreamKey& key,
                                    const WindowColumn& column) {
  const DeviceSource& source = task.source;
  const EndPoint end = draw_end_point(key, static_cast<uint32_t>(source.replay_sequences),
                                      static_cast<uint32_t>(source.replay_images));
  const int64_t row = static_cast<int64_t>(end.sequence) * source.replay_images;
  if (source.index_replay != nullptr) {
    const int32_t* index = source.index_replay + row;
    for (int32_t position = 0; position < task.metrics; ++position) {
      int64_t image = 0;
      const bool exists = replay_position(end.current, position, image);
      column.value[position * column.stride] = exists ? source.metric[index[image]] : 0.0f;
    }
    *column.reward = source.reward_single[index[end.current + 1 - task.rewarded_position]];
  }
  if (source.gap_replay != nullptr)
    for (int32_t position = 0; position < task.gaps; ++position) {
      int64_t image = 0;
      const bool has_gap_before = replay_position(end.current, position, image) && image >= 1;
      store_gap(task, column, position, has_gap_before ? source.gap_replay[row + image - 1] : 0);
    }
}

/// Window number mini_batch * batch + b of the task's iteration.
EDGESWEEP_DEVICE void draw_window(const TrainTask& task, int32_t mini_batch, int32_t b) {
  const DeviceSource& source = task.source;
  const StreamKey key{source.seed, static_cast<uint32_t>(mini_batch * task.batch + b),
                      task.iteration, source.purpose};
  const int64_t at = static_cast<int64_t>(mini_batch) * task.stride + b;
  const WindowColumn column{task.window_matrix(mini_batch) + b, task.stride, task.reward + at,
                            task.gaps > 0 ? task.next_gap + at : nullptr};
  if (source.index_replay == nullptr) draw_metrics(task, key, column);
  if (task.gaps > 0 && source.gap_replay == nullptr) draw_gaps(task, key, column);
  if (source.index_replay != nullptr || source.gap_replay != nullptr)
    replay_window(task, key, column);
}

}  // namespace edgesweep
