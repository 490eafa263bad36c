#include "host/engine/sequence_source.h"

#include <algorithm>
#include <cmath>

#include "host/engine/cpu/simd.h"

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

SequenceStream::SequenceStream(const SequenceSource& source, int64_t sequence)
    : source_(source), sequence_(sequence) {
  const PhiloxBlock first =
      philox(source.seed, 0, static_cast<uint32_t>(sequence), 0, source.purpose);
  state_ = draw_state(source.arrivals.law.first_limit, first.word[0]);
}

void SequenceStream::next(int64_t count, uint32_t* index, int32_t* gap) {
  const bool draws_index = !source_.index_replay;
  const bool draws_gap = !source_.gap_replay;
  if (!draws_index) std::copy_n(source_.index_replay->row(sequence_) + position_, count, index);
  if (!draws_gap) std::copy_n(source_.gap_replay->row(sequence_) + position_, count, gap);
  if (draws_index || draws_gap) {
    scratch_.resize(static_cast<size_t>(count));
    gap_word_.resize(static_cast<size_t>(count));
    simd_kernels().draw_indices(
        source_.metric_law, source_.seed, static_cast<uint32_t>(sequence_), 0, source_.purpose,
        static_cast<uint32_t>(position_), static_cast<int>(count), location_,
        draws_index ? index : scratch_.data(), draws_gap ? gap_word_.data() : nullptr);
  }
  if (draws_gap)
    for (int64_t t = 0; t < count; ++t)
      gap[t] = next_gap(source_.arrivals.law, gap_word_[static_cast<size_t>(t)], state_);
  position_ += count;
}

}  // namespace edgesweep
