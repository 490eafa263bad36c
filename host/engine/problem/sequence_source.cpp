#include "host/engine/problem/sequence_source.h"

#include <algorithm>
#include <cmath>

#include "kernels/fleet.cuh"

namespace edgesweep {
namespace {

constexpr double kTwoTo32 = 4294967296.0;

uint64_t limit_of(double probability) {
  return static_cast<uint64_t>(std::llround(std::min(std::max(probability, 0.0), 1.0) * kTwoTo32));
}

}  // namespace

MetricLaw make_metric_law(const MetricSequenceSettings& settings, int64_t images) {
  MetricLaw law;
  law.images = static_cast<uint32_t>(images);
  if (settings.type == MetricSequenceSettings::Type::local_reset) {
    law.locations = law.images;
    law.offsets =
        static_cast<uint32_t>(std::floor(settings.spread * static_cast<double>(images))) + 1;
    law.reset_threshold = limit_of(settings.reset_probability);
  } else {
    law.locations = 1;
    law.offsets = law.images;
    law.reset_threshold = 0;
  }
  return law;
}

OwnedArrivalLaw make_arrival_law(const ArrivalChain& chain) {
  auto steps = std::make_shared<std::vector<ArrivalStep>>();
  OwnedArrivalLaw owned;
  for (int state = 0; state < 2; ++state) {
    owned.law.begin[state] = static_cast<int32_t>(steps->size());
    double cumulative = 0;
    for (const ArrivalChain::Step& step : chain.steps[state]) {
      cumulative += step.probability;
      steps->push_back({limit_of(cumulative), step.gap, step.next_state});
    }
    if (!chain.steps[state].empty()) steps->back().limit = 1ULL << 32;
  }
  owned.law.begin[2] = static_cast<int32_t>(steps->size());
  owned.law.stationary_limit = limit_of(chain.stationary[0]);
  owned.law.first_limit = limit_of(chain.first[0]);
  owned.steps = steps;
  owned.law.steps = steps->data();
  return owned;
}

void plain_stream_words(const StreamKey& key, Channel channel, uint32_t first_block, int blocks,
                        uint32_t* out) {
  for (int block = 0; block < blocks; ++block, out += 4) {
    const PhiloxBlock drawn = philox(key.seed, first_block + static_cast<uint32_t>(block),
                                     key.stream, key.iteration, channel_of(key.purpose, channel));
    std::copy_n(drawn.word, 4, out);
  }
}

SequenceStream::SequenceStream(const SequenceSource& source, int64_t sequence, StreamWords draw)
    : SequenceStream(source, sequence, 0, 1, draw) {}

SequenceStream::SequenceStream(const SequenceSource& source, int64_t sequence, int32_t camera,
                               int32_t cameras, StreamWords draw)
    : source_(source),
      draw_(draw),
      key_(
          camera_stream({source.seed, static_cast<uint32_t>(sequence), 0, source.purpose}, camera)),
      row_(sequence * cameras + camera),
      position_{0, 0,
                draw_state(source.arrivals.law.first_limit, random_word(key_, Channel::start, 0))} {
}

const uint32_t* SequenceStream::words(Channel channel, int64_t count,
                                      std::vector<uint32_t>& room) const {
  const int64_t first_block = position_.image / 4;
  const int64_t blocks = (position_.image + count + 3) / 4 - first_block;
  room.resize(static_cast<size_t>(4 * blocks));
  draw_(key_, channel, static_cast<uint32_t>(first_block), static_cast<int>(blocks), room.data());
  return room.data() + position_.image % 4;
}

void SequenceStream::draw_ranks(int64_t count, uint32_t* index) {
  const MetricLaw& law = source_.metric_law;
  const uint32_t* offset = words(Channel::offset, count, offset_word_);
  const uint32_t* location =
      law.locations > 1 ? words(Channel::location, count, location_word_) : nullptr;
  for (int64_t t = 0; t < count; ++t)
    index[t] = next_index(law, offset[t], location ? location[t] : 0, position_.image + t == 0,
                          position_.location);
}

void SequenceStream::next(int64_t count, uint32_t* index, int32_t* gap) {
  if (source_.index_replay)
    std::copy_n(source_.index_replay->row(row_) + position_.image, count, index);
  else
    draw_ranks(count, index);
  if (source_.gap_replay) {
    std::copy_n(source_.gap_replay->row(row_) + position_.image, count, gap);
  } else if (source_.arrivals.law.is_periodic()) {
    std::fill_n(gap, count, 1);
  } else {
    const uint32_t* word = words(Channel::gap, count, gap_word_);
    for (int64_t t = 0; t < count; ++t)
      gap[t] = next_gap(source_.arrivals.law, word[t], position_.state);
  }
  position_.image += count;
}

}  // namespace edgesweep
