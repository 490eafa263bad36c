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

#if HWY_TARGET == HWY_SCALAR

HWY_INLINE void blocks_of_streams(const StreamKey& first, Channel channel, uint32_t position,
                                  Words (&word)[4]) {
  const PhiloxBlock block = philox(first.seed, position, first.stream, first.iteration,
                                   channel_of(first.purpose, channel));
  for (int w = 0; w < 4; ++w) word[w] = all_lanes(block.word[w]);
}

HWY_INLINE Words uniform_below_vector(Words word, uint32_t count) {
  return all_lanes(uniform_below(hn::GetLane(word), count));
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

/// The key of every round.
struct RoundKeys {
  explicit RoundKeys(uint64_t seed)
      : low(static_cast<uint32_t>(seed)), high(static_cast<uint32_t>(seed >> 32)) {}
  void next() {
    low += PHILOX_W32_0;
    high += PHILOX_W32_1;
  }
  uint32_t low, high;
};

/// Rounds with all four words in vectors; `keys` is left at the round after them.
HWY_INLINE void philox_rounds(int rounds, RoundKeys& keys, Words (&word)[4]) {
  const Words multiplier_0 = all_lanes(PHILOX_M4x32_0);
  const Words multiplier_1 = all_lanes(PHILOX_M4x32_1);
#pragma GCC unroll 10
  for (int round = 0; round < rounds; ++round) {
    const Words product_0 = widening_product(word[0], multiplier_0);
    const Words product_1 = widening_product(word[2], multiplier_1);
    word[0] = hn::Xor3(high_half(product_1), word[1], all_lanes(keys.low));
    word[2] = hn::Xor3(high_half(product_0), word[3], all_lanes(keys.high));
    word[1] = product_1;
    word[3] = product_0;
    keys.next();
  }
}

/// Ten rounds on counters (position, stream, iteration, purpose) of which only the streams differ
/// from lane to lane: most of the first three rounds is then arithmetic on single words.
HWY_INLINE void philox_of_streams(uint64_t seed, uint32_t position, Words stream,
                                  uint32_t iteration, uint32_t purpose, Words (&word)[4]) {
  RoundKeys keys(seed);
  // Round 1: only word 0 becomes a vector.
  word[0] = hn::Xor(stream, all_lanes(high_product(iteration, PHILOX_M4x32_1) ^ keys.low));
  uint32_t word_1 = iteration * PHILOX_M4x32_1;
  const uint32_t word_2 = high_product(position, PHILOX_M4x32_0) ^ purpose ^ keys.high;
  uint32_t word_3 = position * PHILOX_M4x32_0;
  keys.next();
  // Round 2: words 2 and 3.
  Words product = widening_product(word[0], all_lanes(PHILOX_M4x32_0));
  word[2] = hn::Xor(high_half(product), all_lanes(word_3 ^ keys.high));
  word[3] = product;
  const uint32_t word_0 = high_product(word_2, PHILOX_M4x32_1) ^ word_1 ^ keys.low;
  word_1 = word_2 * PHILOX_M4x32_1;
  keys.next();
  // Round 3: all but word 3.
  product = widening_product(word[2], all_lanes(PHILOX_M4x32_1));
  word[0] = hn::Xor(high_half(product), all_lanes(word_1 ^ keys.low));
  word[1] = product;
  word[2] = hn::Xor(word[3], all_lanes(high_product(word_0, PHILOX_M4x32_0) ^ keys.high));
  word_3 = word_0 * PHILOX_M4x32_0;
  word[3] = all_lanes(word_3);
  keys.next();
  philox_rounds(7, keys, word);
}

/// Even lanes of both, interleaved: lane 2i from `even`, lane 2i + 1 from `odd`.
HWY_INLINE Words interleaved(Words even, Words odd) {
  return hn::OddEven(hn::Shuffle2301(odd), even);
}

/// The block of each of kLanes successive streams: word[w] holds word w of stream first + lane.
HWY_INLINE void blocks_of_streams(const StreamKey& first, Channel channel, uint32_t position,
                                  Words (&word)[4]) {
  const Words stream = hn::Iota(Tag32(), first.stream);
  const uint32_t purpose = static_cast<uint32_t>(channel_of(first.purpose, channel));
  Words even[4];
  Words odd[4];
  philox_of_streams(first.seed, position, stream, first.iteration, purpose, even);
  philox_of_streams(first.seed, position, hn::Add(stream, all_lanes(1)), first.iteration, purpose,
                    odd);
  for (int w = 0; w < 4; ++w) word[w] = interleaved(even[w], odd[w]);
}

/// kernels/random.cuh `uniform_below` on every lane.
HWY_INLINE Words uniform_below_vector(Words word, uint32_t count) {
  const Words counts = all_lanes(count);
  const Words even = widening_product(word, counts);
  const Words odd = widening_product(hn::Shuffle2301(word), counts);
  return hn::OddEven(odd, hn::Shuffle2301(even));
}

/// Words 0..4 blocks - 1 of one stream's channel, block after block from position `first_block`.
void stream_words(const StreamKey& key, Channel channel, uint32_t first_block, int blocks,
                  uint32_t* out) {
  const Tag32 tag;
  constexpr int kBlocks = kLanes / 2;  // in the even lanes
  const Words lane = hn::ShiftRight<1>(hn::Iota(tag, 0));
  HWY_ALIGN uint32_t stored[4][kLanes];
  for (int done = 0; done < blocks; done += kBlocks) {
    Words word[4] = {hn::Add(lane, all_lanes(first_block + static_cast<uint32_t>(done))),
                     all_lanes(key.stream), all_lanes(key.iteration),
                     all_lanes(static_cast<uint32_t>(channel_of(key.purpose, channel)))};
    RoundKeys keys(key.seed);
    philox_rounds(10, keys, word);
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
