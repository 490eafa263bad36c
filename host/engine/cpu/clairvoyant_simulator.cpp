#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <optional>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/simd.h"

namespace edgesweep {
namespace {

/// Slopes computed between two questions whether to stop.
constexpr int64_t kSlopesAtOnce = int64_t{1} << 26;
constexpr int64_t kImagesDrawnAtOnce = 4096;

/// The images of one segment of one sequence, and where each segment begins.
class SegmentImages {
 public:
  SegmentImages(const SequenceSource& source, const ClairvoyantLayout& layout)
      : source_(source),
        layout_(layout),
        begin_(static_cast<size_t>(layout.segments())),
        index_(static_cast<size_t>(layout.segment)),
        gap_(static_cast<size_t>(layout.segment)) {}

  /// Draws a segment unless it is there. Segments of a sequence are first drawn in their order.
  void draw(int64_t sequence, int64_t number) {
    if (sequence == sequence_ && number == number_) return;
    SequenceStream stream(source_, sequence, simd_kernels().stream_words);
    if (number > 0) stream.seek(begin_[static_cast<size_t>(number)]);
    const int64_t count = layout_.images_of(number);
    for (int64_t first = 0; first < count; first += kImagesDrawnAtOnce)
      stream.next(std::min(kImagesDrawnAtOnce, count - first), index_.data() + first,
                  gap_.data() + first);
    if (number + 1 < layout_.segments())
      begin_[static_cast<size_t>(number) + 1] = stream.position();
    sequence_ = sequence;
    number_ = number;
  }

  const uint32_t* index() const { return index_.data(); }
  const int32_t* gap() const { return gap_.data(); }

 private:
  const SequenceSource& source_;
  const ClairvoyantLayout& layout_;
  int64_t sequence_ = -1, number_ = -1;
  std::vector<SequenceStream::Position> begin_;
  std::vector<uint32_t> index_;
  std::vector<int32_t> gap_;
};

/// One thread's room, and what it does with a sequence.
class ClairvoyantWalk {
 public:
  ClairvoyantWalk(const SimulationRequest& request, const ClairvoyantLayout& layout)
      : request_(request),
        layout_(layout),
        segment_(*request.source, layout),
        slope_(static_cast<size_t>(slope_room(layout.bucket))),
        spare_(slope_.size()),
        worth_(static_cast<size_t>((layout.segment + 1) * decision_words(layout.bucket))),
        ends_(static_cast<size_t>(layout.segments() - 1) * static_cast<size_t>(slopes())) {}

  /// Adds up what policy `number` of the request earns. False when a stop was requested.
  bool run(int64_t sequence, size_t number, SimulationOutcome& outcome) {
    value_ = request_.clairvoyants[number].value.data();
    PolicyTrace* trace = nullptr;
    const int64_t row = sequence - outcome.traces.first_sequence;
    if (row >= 0 && row < outcome.traces.sequences)
      trace = &*(outcome.traces.policies.end() -
                 static_cast<ptrdiff_t>(request_.clairvoyants.size() - number));
    const int64_t last = layout_.segments() - 1;
    for (int64_t s = 0; s < last; ++s) {
      if (stop_requested()) return false;
      segment_.draw(sequence, s);
    }
    for (int64_t s = last; s > 0; --s) {
      segment_.draw(sequence, s);
      if (!look_back(s, nullptr)) return false;
      std::copy_n(slope_.begin(), slopes(), end_of(s - 1));
    }
    units_ = layout_.bucket.capacity;
    for (int64_t s = 0; s <= last; ++s) {
      segment_.draw(sequence, s);
      if (!look_back(s, worth_.data())) return false;
      decide(s, outcome.clairvoyants[number][static_cast<size_t>(sequence)], trace,
             row * outcome.traces.images, outcome.traces.images);
    }
    return true;
  }

 private:
  bool stop_requested() const { return request_.stop_requested && request_.stop_requested(); }
  int64_t slopes() const { return layout_.bucket.capacity; }
  std::vector<int32_t>::iterator end_of(int64_t s) { return ends_.begin() + s * slopes(); }

  /// From the slopes at the end of segment `s` to those at its beginning; decisions if `worth`.
  bool look_back(int64_t s, uint32_t* worth) {
    std::fill(slope_.begin(), slope_.end(), 0);
    if (s + 1 < layout_.segments()) std::copy_n(end_of(s), slopes(), slope_.begin());
    ClairvoyantScan scan{layout_.bucket, value_,        nullptr, nullptr, 0,
                         slope_.data(),  spare_.data(), worth};
    const int64_t at_once = std::max(kSlopesAtOnce / slopes(), int64_t{1});
    rows_ = 0;
    for (int64_t left = layout_.images_of(s); left > 0; left -= scan.images) {
      if (stop_requested()) return false;
      scan.images = std::min(at_once, left);
      scan.index = segment_.index() + left - scan.images;
      scan.gap = segment_.gap() + left - scan.images;
      const int64_t rows = simd_kernels().scan_clairvoyant(scan);
      if (worth) scan.worth += rows * decision_words(layout_.bucket);
      rows_ += rows;
    }
    if (scan.slope != slope_.data()) std::swap(slope_, spare_);
    return true;
  }

  /// Walks along a segment after look_back: rows of decisions lie last image first. The sequence's
  /// traces begin at `traced`.
  void decide(int64_t s, SequenceOutcome& sums, PolicyTrace* trace, int64_t traced,
              int64_t traced_images) {
    const double* reward = request_.source->images->reward.data();
    const ptrdiff_t words = decision_words(layout_.bucket);
    // Before the first image of its own, it is a row that decides nothing.
    const uint32_t* row = worth_.data() + rows_ * words;
    double earned = sums.reward;
    int64_t offloads = 0;
    const int64_t first = layout_.first_of(s);
    for (int64_t t = 0; t < layout_.images_of(s); ++t) {
      const uint32_t rank = segment_.index()[t];
      // Without branches: nobody foresees which images are worth a token.
      const bool has_row = value_[rank] > 0;
      row -= has_row ? words : 0;
      const bool can = can_offload(layout_.bucket, units_);
      const bool worth = offloads_at(layout_.bucket, row, can ? units_ : layout_.bucket.cost);
      const bool offload = has_row & can & worth;
      if (trace && first + t < traced_images) {
        const auto at = static_cast<size_t>(traced + first + t);
        trace->units[at] = units_ * layout_.unit + layout_.rest;
        trace->offload[at] = offload ? 1 : 0;
      }
      earned += offload ? reward[rank] : 0.0;
      offloads += offload ? 1 : 0;
      units_ = next_units(layout_.bucket, units_, offload, segment_.gap()[t]);
    }
    sums.reward = earned;
    sums.offloads += offloads;
  }

  const SimulationRequest& request_;
  const ClairvoyantLayout& layout_;
  SegmentImages segment_;
  const int32_t* value_ = nullptr;
  std::vector<int32_t> slope_, spare_;
  std::vector<uint32_t> worth_;
  std::vector<int32_t> ends_;  ///< slopes at the ends of all segments but the last
  int64_t rows_ = 0;           ///< of decisions, in worth_
  int32_t units_ = 0;
};

}  // namespace

void simulate_clairvoyants(const SimulationRequest& request, SimulationOutcome& outcome,
                           double segment_bytes) {
  const ClairvoyantLayout layout =
      clairvoyant_layout(request.bucket, request.size.images, segment_bytes);
  const int64_t sequences = request.size.sequences;
  std::atomic<int64_t> next{0};
  tbb::this_task_arena::isolate([&] {
    // A room for each thread, not for each sequence.
    const int64_t threads = std::min<int64_t>(sequences, tbb::this_task_arena::max_concurrency());
    tbb::parallel_for(int64_t{0}, threads, [&](int64_t) {
      std::optional<ClairvoyantWalk> walk;
      for (int64_t s = next.fetch_add(1); s < sequences; s = next.fetch_add(1)) {
        if (!walk) walk.emplace(request, layout);
        for (size_t policy = 0; policy < request.clairvoyants.size(); ++policy)
          if (!walk->run(s, policy, outcome)) return;
      }
    });
  });
}

}  // namespace edgesweep
