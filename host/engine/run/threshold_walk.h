#pragma once
#include <algorithm>
#include <vector>

#include "host/engine/run/simulation.h"

namespace edgesweep {
/// Neighbouring images of a sequence.
struct ImagePiece {
  std::vector<uint32_t> index;
  std::vector<int32_t> gap;
  int64_t count = 0;
};

/// Walks through the threshold policies of a request along one sequence, image by image: for
/// replayed sequences, traces and statistics.
class ThresholdWalk {
 public:
  ThresholdWalk(const SimulationRequest& request, int64_t sequence)
      : request_(request),
        sequence_(sequence),
        units_(request.thresholds.size(), request.bucket.capacity) {}

  /// The first `images` images. visit_piece(first, piece) before the policies' turn; then
  /// visit(policy, image, index, units, offload) for each of them, units before the image.
  template <typename VisitPiece, typename Visit>
  void walk(int64_t images, const VisitPiece& visit_piece, const Visit& visit) {
    constexpr int64_t kPieceImages = 4096;
    SequenceStream stream(*request_.source, sequence_);
    ImagePiece piece;
    piece.index.resize(static_cast<size_t>(std::min(kPieceImages, images)));
    piece.gap.resize(piece.index.size());
    for (int64_t first = 0; first < images; first += kPieceImages) {
      piece.count = std::min(kPieceImages, images - first);
      stream.next(piece.count, piece.index.data(), piece.gap.data());
      visit_piece(first, piece);
      for (size_t policy = 0; policy < units_.size(); ++policy)
        walk_piece(policy, first, piece, visit);
    }
  }

 private:
  template <typename Visit>
  void walk_piece(size_t policy, int64_t first, const ImagePiece& piece, const Visit& visit) {
    const TokenBucket& bucket = request_.bucket;
    const float* metric = request_.source->images->metric_single.data();
    const float* threshold = request_.thresholds[policy].threshold.data();
    int32_t& units = units_[policy];
    for (int64_t t = 0; t < piece.count; ++t) {
      const uint32_t rank = piece.index[static_cast<size_t>(t)];
      const int32_t wait = piece.gap[static_cast<size_t>(t)];
      const bool offload =
          can_offload(bucket, units) && metric[rank] >= threshold[units - bucket.cost];
      visit(policy, first + t, rank, units, offload);
      units = next_units(bucket, units, offload, wait);
    }
  }

  const SimulationRequest& request_;
  int64_t sequence_;
  std::vector<int32_t> units_;
};

/// What the threshold policies of a request did, counted over all its sequences,
/// docs/model-exactness.md#counts-and-traces.
RunStatistics policy_statistics(const SimulationRequest& request);

}  // namespace edgesweep
