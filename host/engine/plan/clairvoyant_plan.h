#pragma once
#include "kernels/clairvoyant.cuh"

namespace edgesweep {

/// Bytes that a segment's images and decisions may take on the CPU before a sequence is cut; longer
/// segments are taken only where the slopes kept at their ends would otherwise take more.
constexpr double kSegmentBytes = 8 << 20;

/// The bucket in its smallest units, and the length of segments. segment_bytes: as kSegmentBytes.
ClairvoyantLayout clairvoyant_layout(const TokenBucket& bucket, int64_t images,
                                     double segment_bytes = kSegmentBytes);

/// Bytes of one sequence at work: images and decisions of a segment, slopes at the ends of all
/// segments, and two rows of slopes.
double clairvoyant_bytes(const ClairvoyantLayout& layout);

/// Elements of a row of slopes on the CPU: vectors read zeros behind its M.
inline int64_t slope_room(const TokenBucket& bucket) { return 2 * int64_t{bucket.capacity} + 64; }

}  // namespace edgesweep
