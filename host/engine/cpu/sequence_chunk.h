#pragma once
#include <cstdint>
#include <vector>

#include "host/engine/problem/sequence_source.h"

namespace edgesweep {

/// A sliding piece of one sequence: `length` images and the metrics and gaps before them that a
/// network's window needs. Metrics lie newest first, so the window of image t is contiguous.
class SequenceChunk {
 public:
  /// history_metrics = H1, history_gaps = H2 (< 0: no gaps kept). capacity: images per chunk.
  SequenceChunk(const SequenceSource& source, int64_t sequence, int64_t images, int history_metrics,
                int history_gaps, int64_t capacity);

  /// Moves on to the next piece; false when the sequence is over.
  bool advance();

  int64_t first() const { return first_; }    ///< image number of the piece's image 0
  int64_t length() const { return length_; }  ///< images in the piece
  uint32_t index(int64_t t) const { return index_[static_cast<size_t>(t)]; }
  int32_t gap(int64_t t) const { return gap_[static_cast<size_t>(t)]; }
  const int32_t* gap_data() const { return gap_.data(); }
  float metric(int64_t t) const { return *metrics(t); }
  /// H1 + 1 metrics, newest first, of the window that ends at image t of the piece.
  const float* metrics(int64_t t) const { return metric_.data() + (capacity_ - 1 - t); }
  /// H2 + 1 gaps, newest first: element 0 is the gap before image t.
  const float* gaps(int64_t t) const { return gap_before_.data() + (capacity_ - 1 - t); }

 private:
  SequenceStream stream_;
  const ImageSet& images_;
  int64_t remaining_;
  int64_t capacity_;
  int history_metrics_, history_gaps_;
  int64_t first_ = 0;
  int64_t length_ = 0;
  std::vector<uint32_t> index_;
  std::vector<int32_t> gap_;
  std::vector<float> metric_;      ///< [capacity - 1 - t]; history behind
  std::vector<float> gap_before_;  ///< the same for gaps
};

}  // namespace edgesweep
