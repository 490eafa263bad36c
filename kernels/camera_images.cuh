#pragma once
#include "kernels/fleet.cuh"
#include "kernels/network_task.cuh"
#include "kernels/word_cursor.cuh"

namespace edgesweep {

/// Images of one camera that are drawn together: as many as a block of random words serves.
constexpr int kStepsTogether = 4;

/// Calls take(i, rank) for a camera's images first .. first + count - 1. first: a multiple of
/// kStepsTogether; count <= kStepsTogether. replay_row: of the source's tables. location: of the
/// image before `first`; becomes that of the last one.
template <typename Take>
EDGESWEEP_DEVICE void draw_camera_images(const DeviceSource& source, uint32_t sequence,
                                         int32_t camera, int64_t replay_row, int64_t first,
                                         int count, uint32_t& location, const Take& take) {
  if (source.index_replay != nullptr) {
    const int32_t* ranks = source.index_replay + replay_row * source.replay_images + first;
    for (int i = 0; i < count; ++i) take(i, static_cast<uint32_t>(ranks[i]));
    return;
  }
  const StreamKey key = camera_stream({source.seed, sequence, 0, source.purpose}, camera);
  WordCursor offsets(key, Channel::offset);
  for (int i = 0; i < count; ++i) {
    const uint32_t at = static_cast<uint32_t>(first + i);
    const uint32_t word = offsets.at(at);
    const bool redrawn = at == 0 || is_reset(source.metric_law, word);
    const uint32_t location_word = redrawn ? random_word(key, Channel::location, at) : 0;
    take(i, next_index(source.metric_law, word, location_word, at == 0, location));
  }
}

}  // namespace edgesweep
