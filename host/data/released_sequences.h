#pragma once
#include <cstdint>

namespace edgesweep {

// The rule by which the released code draws test sequences (lib/genseq.py of
// https://github.com/qiujiaming315/edgeml-dqn, MIT), number by number: draws come in the same order
// from the same streams. tests/reference/released_generator.py is the same in NumPy, slow and
// plain. docs/model-exactness.md#sequences-of-the-released-code.
//
// values: of all sequences, one after another, size.sequences * size.images.

struct ReleasedSize {
  int64_t sequences = 0;
  int64_t images = 0;
  uint32_t seed = 0;
};

/// Independent images, each of `image_count` equally likely.
void released_iid_indices(const ReleasedSize& size, int32_t image_count, int32_t* values);

/// Images near a location. spread, reset_probability: 0..1. The released code adds a new uniform
/// location to the old one at a reset (modulo `image_count`), which is again uniform and
/// independent of the old one.
void released_local_reset_indices(const ReleasedSize& size, int32_t image_count, double spread,
                                  double reset_probability, int32_t* values);

/// A chain of two states, with an image every `interval` time units in each.
struct ReleasedChain {
  int64_t interval_1 = 1;
  int64_t interval_2 = 1;
  double p_12 = 1;  ///< of leaving state 1, a time unit
  double p_21 = 1;
};

/// Mean number of images in two visits, one of each state. Drawing takes as long as there are
/// visits: of a chain without images it does not end.
double images_of_two_visits(const ReleasedChain& chain);

/// Gaps of the chain, without that before the first image. A sequence is put together from segments
/// of a few visits; every segment has a seed of its own, counted up from size.seed, which is at
/// most 2^31 - 1, in the order in which they are drawn: one for each sequence that is still too
/// short, then again from the first of these. Probabilities: 1e-12..1.
void released_gaps(const ReleasedSize& size, const ReleasedChain& chain, int32_t* values);

}  // namespace edgesweep
