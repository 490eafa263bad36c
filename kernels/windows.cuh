#pragma once
#include "kernels/arrivals.cuh"
#include "kernels/sequences.cuh"

namespace edgesweep {

/// One training window (docs/model.md#windows), newest first. Position 0 is the next image, 1 the
/// current one. The sequence law is symmetric in time, so it is drawn backwards from the newest
/// image: a longer history only adds older images. index: history + 2 ranks (history = H1).
EDGESWEEP_HD void draw_window_indices(const MetricLaw& law, const StreamKey& window,
                                      int32_t history, uint32_t* index) {
  uint32_t location = 0;
  for (int32_t position = 0; position < history + 2; ++position)
    index[position] = draw_index(law, window, static_cast<uint32_t>(position), location);
}

/// The gaps of the same window, newest first: gap[0] lies between the current and the next image,
/// gap[i] before that. history = H2 >= 0: history + 2 gaps, drawn forwards from the stationary law
/// at the oldest arrival.
EDGESWEEP_HD void draw_window_gaps(const ArrivalLaw& law, const StreamKey& window, int32_t history,
                                   int32_t* gap) {
  int32_t state = draw_state(law.stationary_limit, random_word(window, Channel::start, 0));
  for (int32_t position = history + 1; position >= 0; --position)
    gap[position] =
        next_gap(law, random_word(window, Channel::gap, static_cast<uint32_t>(position)), state);
}

/// End point of a window of given sequences: any sequence, any image but the last. The same for
/// metrics and gaps when both are replayed.
struct EndPoint {
  uint32_t sequence;
  uint32_t current;
};
EDGESWEEP_HD EndPoint draw_end_point(const StreamKey& window, uint32_t sequences, uint32_t images) {
  return {uniform_below(random_word(window, Channel::start, 1), sequences),
          uniform_below(random_word(window, Channel::start, 2), images - 1)};
}

/// A window of a given sequence: end point `current` (rank row[current]); times before the start
/// are 0, which `found` tells: position p holds image current + 1 - p and exists when that is >= 0.
/// docs/model.md#network.
EDGESWEEP_HD bool replay_position(int64_t current, int32_t position, int64_t& image) {
  image = current + 1 - position;
  return image >= 0;
}

}  // namespace edgesweep
