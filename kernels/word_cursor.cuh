#pragma once
#include "kernels/random.cuh"

namespace edgesweep {

/// Words of one channel of a stream, asked for at neighbouring positions: random_word's values, but
/// a block of four words is made only once.
class WordCursor {
 public:
  EDGESWEEP_HD WordCursor(const StreamKey& key, Channel channel) : key_(key), channel_(channel) {}

  EDGESWEEP_HD uint32_t at(uint32_t position) {
    if (!made_ || position / 4 != number_) {
      number_ = position / 4;
      block_ = philox(key_.seed, number_, key_.stream, key_.iteration,
                      channel_of(key_.purpose, channel_));
      made_ = true;
    }
    // Selected, not indexed: the words stay in registers.
    const uint32_t low = position % 2 == 0 ? block_.word[0] : block_.word[1];
    const uint32_t high = position % 2 == 0 ? block_.word[2] : block_.word[3];
    return position % 4 < 2 ? low : high;
  }

 private:
  StreamKey key_;
  Channel channel_;
  bool made_ = false;
  uint32_t number_ = 0;
  PhiloxBlock block_ = {};
};

}  // namespace edgesweep
