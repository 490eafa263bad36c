#pragma once
#include "kernels/simulate.h"
#include "kernels/word_cursor.cuh"

namespace edgesweep {

/// Walks along one sequence: kernels/sequences.cuh and arrivals.cuh, or the replayed tables.
class SequenceWalk {
 public:
  EDGESWEEP_DEVICE SequenceWalk(const DeviceSource& source, int32_t sequence)
      : source_(source),
        key_{source.seed, static_cast<uint32_t>(sequence), 0, source.purpose},
        offsets_(key_, Channel::offset),
        gaps_(key_, Channel::gap),
        replay_row_(sequence * source.replay_images),
        state_(draw_state(source.arrivals.first_limit, random_word(key_, Channel::start, 0))) {}

  /// What the images from t on depend on; a walk of the same sequence may go on from it.
  struct Position {
    uint32_t location;
    int32_t state;
  };
  EDGESWEEP_DEVICE Position position() const { return {location_, state_}; }
  EDGESWEEP_DEVICE void seek(const Position& position) {
    location_ = position.location;
    state_ = position.state;
  }

  /// Rank of image t, and the gap to the next: of all images, in their order.
  EDGESWEEP_DEVICE uint32_t index(int64_t t) {
    if (source_.index_replay != nullptr)
      return static_cast<uint32_t>(source_.index_replay[replay_row_ + t]);
    const uint32_t at = static_cast<uint32_t>(t);
    const uint32_t offset_word = offsets_.at(at);
    const bool first = t == 0;
    const uint32_t location_word = first || is_reset(source_.metric_law, offset_word)
                                       ? random_word(key_, Channel::location, at)
                                       : 0;
    return next_index(source_.metric_law, offset_word, location_word, first, location_);
  }

  EDGESWEEP_DEVICE int32_t gap(int64_t t) {
    if (source_.gap_replay != nullptr) return source_.gap_replay[replay_row_ + t];
    if (source_.arrivals.is_periodic()) return 1;
    return next_gap(source_.arrivals, gaps_.at(static_cast<uint32_t>(t)), state_);
  }

 private:
  const DeviceSource& source_;
  StreamKey key_;
  WordCursor offsets_, gaps_;
  int64_t replay_row_;
  uint32_t location_ = 0;
  int32_t state_;
};

/// One image of a policy's trace, if it is among those recorded.
EDGESWEEP_DEVICE void record(const TraceView& trace, int32_t sequence, int64_t t, uint32_t index,
                             float metric, int32_t gap, int32_t units, bool offload) {
  const int64_t row = sequence - trace.first_sequence;
  if (row < 0 || row >= trace.sequences || t >= trace.images) return;
  const int64_t at = row * trace.images + t;
  if (trace.index != nullptr) {
    trace.index[at] = static_cast<int32_t>(index);
    trace.metric[at] = metric;
    trace.gap[at] = gap;
  }
  if (trace.units == nullptr) return;
  trace.units[at] = units;
  trace.offload[at] = offload ? 1 : 0;
}

}  // namespace edgesweep
