// Ranks and windows of drawn sequences (kernels/sequences.cuh, windows.cuh) with one stream per
// lane. Included inside Highway's target loop.
#if defined(EDGESWEEP_SEQUENCES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_SEQUENCES_INL_H_
#undef EDGESWEEP_SEQUENCES_INL_H_
#else
#define EDGESWEEP_SEQUENCES_INL_H_
#endif

#include "host/engine/cpu/philox-inl.h"
#include "kernels/sequences.cuh"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

/// next_index of kLanes streams, image after image. Draws the blocks it needs: ask for images in
/// order from 0 on.
class IndexDrawer {
 public:
  HWY_INLINE IndexDrawer(const MetricLaw& law, const StreamKey& first)
      : law_(law),
        first_(first),
        keys_(first.seed),
        location_(hn::Zero(Tag32())),
        last_reset_(all_lanes(static_cast<uint32_t>(law.reset_threshold - 1))) {}

  /// Where the streams are, for a drawer that goes on at a later block.
  HWY_INLINE Words location() const { return location_; }
  HWY_INLINE void go_on_from(Words location) { location_ = location; }

  /// Draws the words of images 4 block .. 4 block + 3.
  HWY_INLINE void start_block(uint32_t block) {
    blocks_of_streams(keys_, first_, Channel::offset, block, offset_word_);
    if (law_.locations > 1)
      blocks_of_streams(keys_, first_, Channel::location, block, location_word_);
  }

  /// Ranks of the images of number `w` in the block begun last.
  HWY_INLINE Words next(int w, bool first) {
    if (law_.locations > 1) {
      const Words drawn = uniform_below_vector(location_word_[w], law_.locations);
      if (first) {
        location_ = drawn;
      } else if (law_.reset_threshold > 0) {
        const Words scrambled = times(offset_word_[w], kResetMultiplier);
        location_ = hn::IfThenElse(hn::Gt(scrambled, last_reset_), location_, drawn);
      }
    }
    const Words rank = hn::Add(location_, uniform_below_vector(offset_word_[w], law_.offsets));
    // Below zero wraps to a large number: the smaller of the two is the rank modulo N.
    return hn::Min(rank, hn::Sub(rank, all_lanes(law_.images)));
  }

 private:
  const MetricLaw law_;
  const StreamKey first_;
  const RoundKeys keys_;
  Words location_;
  Words last_reset_;
  StreamWords offset_word_[4];
  StreamWords location_word_[4];
};

void draw_windows(const MetricLaw& law, const StreamKey& first, const float* metric, int positions,
                  float* out, ptrdiff_t stride, int rank_position, uint32_t* rank_out) {
  const hn::RebindToSigned<Tag32> integers;
  IndexDrawer drawer(law, first);
  for (int block = 0; 4 * block < positions; ++block) {
    drawer.start_block(static_cast<uint32_t>(block));
#pragma GCC unroll 4
    for (int w = 0; w < 4; ++w) {
      const int position = 4 * block + w;
      if (position >= positions) break;
      const Words rank = drawer.next(w, position == 0);
      hn::Store(hn::GatherIndex(Tag(), metric, hn::BitCast(integers, rank)), Tag(),
                out + position * stride);
      if (position == rank_position) hn::StoreU(rank, Tag32(), rank_out);
    }
  }
}

void words_of_streams(const StreamKey& first, Channel channel, int positions, uint32_t* out) {
  const RoundKeys keys(first.seed);
  for (int block = 0; 4 * block < positions; ++block) {
    StreamWords word[4];
    blocks_of_streams(keys, first, channel, static_cast<uint32_t>(block), word);
    for (int w = 0; w < 4 && 4 * block + w < positions; ++w)
      hn::StoreU(all_words(word[w]), Tag32(), out + (4 * block + w) * kLanes);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
