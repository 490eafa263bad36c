#pragma once
#include <Random123/philox.h>

#include "kernels/portability.cuh"

namespace edgesweep {

/// What a random number is for. Part of the counter, so streams of two purposes never meet,
/// whatever the seeds.
enum class Purpose : uint32_t {
  initial_weights = 1,
  training_windows = 2,
  training_evaluation = 3,
  validation = 4,
  test = 5,
  bootstrap = 6,
  fleet_search = 7,
  fleet_training = 8,
};

struct PhiloxBlock {
  uint32_t word[4];
};

/// Philox4x32-10: four independent uniform 32-bit words for every (seed, position, stream,
/// iteration, purpose). A bijection of the counter for each seed: no two counters share a block.
/// Keys never hold a run's other parameters (docs/model-exactness.md#random-numbers).
EDGESWEEP_HD PhiloxBlock philox(uint64_t seed, uint32_t position, uint32_t stream,
                                uint32_t iteration, Purpose purpose) {
  const r123::Philox4x32 generator;
  r123::Philox4x32::ctr_type counter;
  counter.v[0] = position;
  counter.v[1] = stream;
  counter.v[2] = iteration;
  counter.v[3] = static_cast<uint32_t>(purpose);
  r123::Philox4x32::key_type key;
  key.v[0] = static_cast<uint32_t>(seed);
  key.v[1] = static_cast<uint32_t>(seed >> 32);
  const r123::Philox4x32::ctr_type out = generator(counter, key);
  return {{out.v[0], out.v[1], out.v[2], out.v[3]}};
}

/// What one word is for within a stream; a part of the counter beside the purpose.
enum class Channel : uint32_t {
  offset = 0,    ///< of an image from its location; also decides the reset
  location = 1,  ///< of an image that is reset
  gap = 2,       ///< from an image to the next
  start = 3,     ///< of a whole sequence or window: first state, end point
};

/// The counter's last word for a purpose and a channel.
EDGESWEEP_HD Purpose channel_of(Purpose purpose, Channel channel) {
  return static_cast<Purpose>(static_cast<uint32_t>(purpose) | static_cast<uint32_t>(channel) << 8);
}

/// The stream of one sequence (iteration 0) or of one training window.
struct StreamKey {
  uint64_t seed = 0;
  uint32_t stream = 0;  ///< number of the sequence or window
  uint32_t iteration = 0;
  Purpose purpose = Purpose::test;
};

/// Word `position` of a channel: each block holds the words of four successive positions.
EDGESWEEP_HD uint32_t random_word(const StreamKey& key, Channel channel, uint32_t position) {
  return philox(key.seed, position / 4, key.stream, key.iteration, channel_of(key.purpose, channel))
      .word[position % 4];
}

/// Uniform on 0..count-1 by the high half of a product: no value is more than 2^-32 more likely
/// than another.
EDGESWEEP_HD uint32_t uniform_below(uint32_t word, uint32_t count) {
  return static_cast<uint32_t>((static_cast<uint64_t>(word) * count) >> 32);
}

/// Uniform on [-1, 1) in steps of 2^-23, exact in single precision.
EDGESWEEP_HD float uniform_symmetric(uint32_t word) {
  return static_cast<float>(static_cast<int32_t>(word >> 8) - (1 << 23)) * (1.0f / (1 << 23));
}

}  // namespace edgesweep
