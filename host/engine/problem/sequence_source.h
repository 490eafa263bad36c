#pragma once
#include <memory>
#include <vector>

#include "host/config/settings.h"
#include "host/data/dataset.h"
#include "host/data/replay.h"
#include "host/policy/gap_law.h"
#include "kernels/arrivals.cuh"
#include "kernels/sequences.cuh"

namespace edgesweep {

/// A sequence type as integers for a set of `images` images. Not for replay.
MetricLaw make_metric_law(const MetricSequenceSettings& settings, int64_t images);

/// An arrival law with the table it points into. Copies share the table.
struct OwnedArrivalLaw {
  std::shared_ptr<const std::vector<ArrivalStep>> steps;
  ArrivalLaw law;
};
OwnedArrivalLaw make_arrival_law(const ArrivalChain& chain);

/// Where the sequences of one split come from: drawn from counters, or replayed. Sequence s, image
/// t are always the same ranks and gaps, whoever asks.
struct SequenceSource {
  std::shared_ptr<const Dataset> dataset;  ///< keeps `images` alive
  const ImageSet* images = nullptr;
  MetricLaw metric_law;
  OwnedArrivalLaw arrivals;
  std::shared_ptr<const ReplayTable> index_replay;  ///< null: drawn
  std::shared_ptr<const ReplayTable> gap_replay;    ///< null: drawn
  uint64_t seed = 0;
  Purpose purpose = Purpose::test;
};

/// Writes a stream's words of a channel at positions 4 first_block .. 4 (first_block + blocks) - 1
/// (kernels/random.cuh `random_word`).
using StreamWords = void (*)(const StreamKey& key, Channel channel, uint32_t first_block,
                             int blocks, uint32_t* out);
/// Block by block. A backend may have a faster one, with the same words.
void plain_stream_words(const StreamKey& key, Channel channel, uint32_t first_block, int blocks,
                        uint32_t* out);

/// Walks along one sequence of a source, from its first image on.
class SequenceStream {
 public:
  /// Where a stream is: all that the images from there on depend on.
  struct Position {
    int64_t image = 0;
    uint32_t location = 0;
    int32_t state = 0;
  };

  /// source outlives the stream. Replay tables hold the sequence and all images asked for (checked
  /// when a run is prepared).
  SequenceStream(const SequenceSource& source, int64_t sequence,
                 StreamWords draw = plain_stream_words);
  /// The same for a camera of a fleet (kernels/fleet.cuh); replayed rows are sequence * cameras +
  /// camera.
  SequenceStream(const SequenceSource& source, int64_t sequence, int32_t camera, int32_t cameras,
                 StreamWords draw = plain_stream_words);

  /// Ranks (ascending metric) of the next `count` images and the gap from each to the image after
  /// it.
  void next(int64_t count, uint32_t* index, int32_t* gap);

  const Position& position() const { return position_; }
  /// Goes on from a position that a stream of this sequence has had.
  void seek(const Position& position) { position_ = position; }

 private:
  /// Words of a channel for the next `count` images; returns the first image's.
  const uint32_t* words(Channel channel, int64_t count, std::vector<uint32_t>& room) const;
  void draw_ranks(int64_t count, uint32_t* index);

  const SequenceSource& source_;
  StreamWords draw_;
  StreamKey key_;
  int64_t row_;  ///< of the replayed tables
  Position position_;
  std::vector<uint32_t> offset_word_, location_word_, gap_word_;
};

}  // namespace edgesweep
