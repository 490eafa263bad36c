// Philox4x32-10 on vectors (kernels/random.cuh `philox`). Included inside Highway's target loop.
#if defined(EDGESWEEP_PHILOX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_PHILOX_INL_H_
#undef EDGESWEEP_PHILOX_INL_H_
#else
#define EDGESWEEP_PHILOX_INL_H_
#endif

#include "host/engine/cpu/vector-inl.h"
#include "kernels/random.cuh"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

using Tag32 = hn::CappedTag<uint32_t, kPadding>;
using Words = hn::Vec<Tag32>;
HWY_INLINE Words all_lanes(uint32_t word) { return hn::Set(Tag32(), word); }

/// The keys of the ten rounds, computed once per stream of calls.
struct RoundKeys {
  explicit RoundKeys(uint64_t seed) {
    for (uint32_t round = 0; round < 10; ++round) {
      low[round] = static_cast<uint32_t>(seed) + round * PHILOX_W32_0;
      high[round] = static_cast<uint32_t>(seed >> 32) + round * PHILOX_W32_1;
    }
  }
  uint32_t low[10], high[10];
};

#if HWY_TARGET == HWY_SCALAR

/// One word of kLanes streams.
struct StreamWords {
  uint32_t word;
};

HWY_INLINE void blocks_of_streams(const RoundKeys& keys, const StreamKey& first, Channel channel,
                                  uint32_t position, StreamWords (&word)[4]) {
  const uint64_t seed = uint64_t{keys.high[0]} << 32 | keys.low[0];
  const PhiloxBlock block =
      philox(seed, position, first.stream, first.iteration, channel_of(first.purpose, channel));
  for (int w = 0; w < 4; ++w) word[w].word = block.word[w];
}

HWY_INLINE Words all_words(StreamWords word) { return all_lanes(word.word); }
HWY_INLINE Words times(StreamWords word, uint32_t factor) { return all_lanes(word.word * factor); }
HWY_INLINE Words uniform_below_vector(StreamWords word, uint32_t count) {
  return all_lanes(uniform_below(word.word, count));
}

void stream_words(const StreamKey& key, Channel channel, uint32_t first_block, int blocks,
                  uint32_t* out) {
  for (int block = 0; block < blocks; ++block) {
    const PhiloxBlock drawn = philox(key.seed, first_block + static_cast<uint32_t>(block),
                                     key.stream, key.iteration, channel_of(key.purpose, channel));
    for (int w = 0; w < 4; ++w) out[4 * block + w] = drawn.word[w];
  }
}

#else

// The rounds work on the even lanes alone: one widening multiply gives both halves of a product,
// and what is left in the odd lanes never matters.

HWY_INLINE Words widening_product(Words x, Words y) {
  return hn::BitCast(Tag32(), hn::MulEven(x, y));
}
HWY_INLINE Words high_half(Words product) { return hn::Shuffle2301(product); }

constexpr uint32_t high_product(uint32_t x, uint32_t y) {
  return static_cast<uint32_t>((uint64_t{x} * y) >> 32);
}

/// Rounds first .. 9 with all four words in vectors.
template <int kFirst>
HWY_INLINE void philox_rounds(const RoundKeys& keys, Words (&word)[4]) {
  const Words multiplier_0 = all_lanes(PHILOX_M4x32_0);
  const Words multiplier_1 = all_lanes(PHILOX_M4x32_1);
#pragma GCC unroll 10
  for (int round = kFirst; round < 10; ++round) {
    const Words product_0 = widening_product(word[0], multiplier_0);
    const Words product_1 = widening_product(word[2], multiplier_1);
    word[0] = hn::Xor3(high_half(product_1), word[1], all_lanes(keys.low[round]));
    word[2] = hn::Xor3(high_half(product_0), word[3], all_lanes(keys.high[round]));
    word[1] = product_1;
    word[3] = product_0;
  }
}

/// Ten rounds on counters (position, stream, iteration, purpose) of which only the streams differ
/// from lane to lane: most of the first three rounds is then arithmetic on single words.
HWY_INLINE void philox_of_streams(const RoundKeys& keys, uint32_t position, Words stream,
                                  uint32_t iteration, uint32_t purpose, Words (&word)[4]) {
  // Round 1: only word 0 becomes a vector.
  word[0] = hn::Xor(stream, all_lanes(high_product(iteration, PHILOX_M4x32_1) ^ keys.low[0]));
  uint32_t word_1 = iteration * PHILOX_M4x32_1;
  const uint32_t word_2 = high_product(position, PHILOX_M4x32_0) ^ purpose ^ keys.high[0];
  uint32_t word_3 = position * PHILOX_M4x32_0;
  // Round 2: words 2 and 3.
  Words product = widening_product(word[0], all_lanes(PHILOX_M4x32_0));
  word[2] = hn::Xor(high_half(product), all_lanes(word_3 ^ keys.high[1]));
  word[3] = product;
  const uint32_t word_0 = high_product(word_2, PHILOX_M4x32_1) ^ word_1 ^ keys.low[1];
  word_1 = word_2 * PHILOX_M4x32_1;
  // Round 3: all but word 3.
  product = widening_product(word[2], all_lanes(PHILOX_M4x32_1));
  word[0] = hn::Xor(high_half(product), all_lanes(word_1 ^ keys.low[2]));
  word[1] = product;
  word[2] = hn::Xor(word[3], all_lanes(high_product(word_0, PHILOX_M4x32_0) ^ keys.high[2]));
  word_3 = word_0 * PHILOX_M4x32_0;
  word[3] = all_lanes(word_3);
  philox_rounds<3>(keys, word);
}

/// One word of kLanes streams: those with even and with odd numbers, each in the even lanes.
struct StreamWords {
  Words even, odd;
};

/// The block of each of kLanes successive streams: word[w] holds word w of stream first + lane.
HWY_INLINE void blocks_of_streams(const RoundKeys& keys, const StreamKey& first, Channel channel,
                                  uint32_t position, StreamWords (&word)[4]) {
  const Words stream = hn::Iota(Tag32(), first.stream);
  const uint32_t purpose = static_cast<uint32_t>(channel_of(first.purpose, channel));
  Words even[4];
  Words odd[4];
  philox_of_streams(keys, position, stream, first.iteration, purpose, even);
  philox_of_streams(keys, position, hn::Add(stream, all_lanes(1)), first.iteration, purpose, odd);
  for (int w = 0; w < 4; ++w) word[w] = {even[w], odd[w]};
}

/// The low or high halves of two products, stream by stream.
HWY_INLINE Words low_halves(Words even, Words odd) {
  return hn::OddEven(hn::Shuffle2301(odd), even);
}
HWY_INLINE Words high_halves(Words even, Words odd) {
  return hn::OddEven(odd, hn::Shuffle2301(even));
}

HWY_INLINE Words all_words(StreamWords word) { return low_halves(word.even, word.odd); }

/// The words times a factor, modulo 2^32.
HWY_INLINE Words times(StreamWords word, uint32_t factor) {
  const Words factors = all_lanes(factor);
  return low_halves(widening_product(word.even, factors), widening_product(word.odd, factors));
}

/// kernels/random.cuh `uniform_below` of every stream.
HWY_INLINE Words uniform_below_vector(StreamWords word, uint32_t count) {
  const Words counts = all_lanes(count);
  return high_halves(widening_product(word.even, counts), widening_product(word.odd, counts));
}

/// Words 0..4 blocks - 1 of one stream's channel, block after block from position `first_block`.
void stream_words(const StreamKey& key, Channel channel, uint32_t first_block, int blocks,
                  uint32_t* out) {
  const Tag32 tag;
  constexpr int kBlocks = kLanes / 2;  // in the even lanes
  const Words lane = hn::ShiftRight<1>(hn::Iota(tag, 0));
  const RoundKeys keys(key.seed);
  HWY_ALIGN uint32_t stored[4][kLanes];
  for (int done = 0; done < blocks; done += kBlocks) {
    Words word[4] = {hn::Add(lane, all_lanes(first_block + static_cast<uint32_t>(done))),
                     all_lanes(key.stream), all_lanes(key.iteration),
                     all_lanes(static_cast<uint32_t>(channel_of(key.purpose, channel)))};
    philox_rounds<0>(keys, word);
    const int count = blocks - done < kBlocks ? blocks - done : kBlocks;
    for (int w = 0; w < 4; ++w) hn::Store(word[w], tag, stored[w]);
    for (int block = 0; block < count; ++block)
      for (int w = 0; w < 4; ++w) out[4 * (done + block) + w] = stored[w][2 * block];
  }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
