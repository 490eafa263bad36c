#pragma once
#include "kernels/random.cuh"

namespace edgesweep {

/// A sequence type of SPEC.md section 3 as integers. `iid` is one location and offsets over all
/// images; `local_reset` is a location that a reset redraws and offsets over floor(spread * N) + 1
/// images.
struct MetricLaw {
  uint32_t images = 1;           ///< N
  uint32_t locations = 1;        ///< 1 (iid) or N
  uint32_t offsets = 1;          ///< number of values of delta
  uint64_t reset_threshold = 0;  ///< reset when a uniform 32-bit word is below: floor(p * 2^32)
};

/// Every image takes one Philox block: word 0 decides the reset (for the first image: the first
/// arrival's state), word 1 is the offset, word 2 the new location, word 3 the gap to the next
/// image.
EDGESWEEP_HD bool is_reset(const MetricLaw& law, const PhiloxBlock& block, bool first) {
  return first || block.word[0] < law.reset_threshold;
}

/// Index of an image in ascending metric; `location` is kept from image to image and redrawn here
/// at a reset.
EDGESWEEP_HD uint32_t next_index(const MetricLaw& law, const PhiloxBlock& block, bool first,
                                 uint32_t& location) {
  if (is_reset(law, block, first)) location = uniform_below(block.word[2], law.locations);
  const uint32_t index = location + uniform_below(block.word[1], law.offsets);
  return index >= law.images ? index - law.images : index;
}

}  // namespace edgesweep
