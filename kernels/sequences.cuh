#pragma once
#include "kernels/random.cuh"

namespace edgesweep {

/// A sequence type (docs/model.md#metric-sequences) as integers. `iid` is one location and offsets
/// over all images; `local_reset` is a location that a reset redraws and offsets over
/// floor(spread * N) + 1 images.
struct MetricLaw {
  uint32_t images = 1;           ///< N
  uint32_t locations = 1;        ///< 1 (iid) or N
  uint32_t offsets = 1;          ///< number of values of delta
  uint64_t reset_threshold = 0;  ///< a reset has probability reset_threshold / 2^32
};

/// Odd, near 2^32 divided by the golden ratio.
constexpr uint32_t kResetMultiplier = 0x9E3779B1;

/// One word decides both offset and reset. The offset is its high end (uniform_below); the reset
/// compares the word times an odd constant, which is a bijection of the words, so its probability
/// is exact. The words of one offset are an interval, and multiples of the golden ratio fill
/// [0, 2^32) evenly over any interval: offset and reset are independent to a few parts in
/// 2^32 / offsets.
EDGESWEEP_HD bool is_reset(const MetricLaw& law, uint32_t offset_word) {
  return offset_word * kResetMultiplier < law.reset_threshold;
}

/// Index of an image in ascending metric from its words; `location` is kept from image to image
/// and redrawn here at a reset (and for the first image).
EDGESWEEP_HD uint32_t next_index(const MetricLaw& law, uint32_t offset_word, uint32_t location_word,
                                 bool first, uint32_t& location) {
  if (first || is_reset(law, offset_word)) location = uniform_below(location_word, law.locations);
  const uint32_t index = location + uniform_below(offset_word, law.offsets);
  return index >= law.images ? index - law.images : index;
}

/// The same, drawing the words of image `position` of a stream.
EDGESWEEP_HD uint32_t draw_index(const MetricLaw& law, const StreamKey& key, uint32_t position,
                                 uint32_t& location) {
  return next_index(law, random_word(key, Channel::offset, position),
                    random_word(key, Channel::location, position), position == 0, location);
}

}  // namespace edgesweep
