#include "host/engine/cpu/sequence_chunk.h"

#include <algorithm>

#include "host/engine/cpu/simd.h"

namespace edgesweep {

SequenceChunk::SequenceChunk(const SequenceSource& source, int64_t sequence, int64_t images,
                             int history_metrics, int history_gaps, int64_t capacity)
    : stream_(source, sequence, simd_kernels().stream_words),
      images_(*source.images),
      remaining_(images),
      capacity_(capacity),
      history_metrics_(history_metrics),
      history_gaps_(history_gaps),
      index_(static_cast<size_t>(capacity)),
      gap_(static_cast<size_t>(capacity)),
      metric_(static_cast<size_t>(capacity + history_metrics), 0.0f) {
  if (history_gaps >= 0) gap_before_.assign(static_cast<size_t>(capacity + history_gaps), 0.0f);
}

bool SequenceChunk::advance() {
  if (remaining_ == 0) return false;
  const int64_t done = length_;
  const float last_gap = done > 0 ? static_cast<float>(gap_[static_cast<size_t>(done - 1)]) : 0.0f;
  // What was newest becomes history: element capacity + i must hold the image i + 1 before the new
  // first one.
  if (done > 0) {
    const ptrdiff_t newest = capacity_ - done;
    std::copy_backward(metric_.begin() + newest, metric_.begin() + newest + history_metrics_,
                       metric_.begin() + capacity_ + history_metrics_);
    if (history_gaps_ >= 0)
      std::copy_backward(gap_before_.begin() + newest, gap_before_.begin() + newest + history_gaps_,
                         gap_before_.begin() + capacity_ + history_gaps_);
  }
  first_ += done;
  length_ = std::min(capacity_, remaining_);
  remaining_ -= length_;
  stream_.next(length_, index_.data(), gap_.data());
  for (int64_t t = 0; t < length_; ++t)
    metric_[static_cast<size_t>(capacity_ - 1 - t)] =
        images_.metric_single[index_[static_cast<size_t>(t)]];
  if (history_gaps_ >= 0)
    for (int64_t t = 0; t < length_; ++t)
      gap_before_[static_cast<size_t>(capacity_ - 1 - t)] =
          t == 0 ? last_gap : static_cast<float>(gap_[static_cast<size_t>(t - 1)]);
  return true;
}

}  // namespace edgesweep
