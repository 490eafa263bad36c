#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/sequence_chunk.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/cpu/simulated_network.h"

namespace edgesweep {
namespace {

constexpr int kBatchRows = 128;              ///< windows evaluated together
constexpr int64_t kSequencesTogether = 128;  ///< sequences walked side by side
constexpr int64_t kGroupImages = 65536;      ///< images of all of them that lie ready

/// Where the network stands in one sequence. What every image needs lies together.
struct SequenceCursor {
  int32_t units = 0;
  int32_t staged = 0;     ///< windows in the batch
  int32_t first_row = 0;  ///< of them
  bool traced = false;
  int64_t next = 0;              ///< image of the current chunk
  int64_t length = 0;            ///< images of the current chunk
  const int32_t* gap = nullptr;  ///< by image of the current chunk
  SequenceOutcome sums;
  std::unique_ptr<SequenceChunk> chunk;
};

/// Walks along one group of sequences, chunk by chunk. An image without a token needs no network;
/// of the others, as many windows are evaluated together as fill a batch: the next few of every
/// sequence.
class GroupSimulator {
 public:
  GroupSimulator(const SimulationRequest& request, const SimulatedNetwork& network, int64_t first,
                 int64_t count, SimulationOutcome& outcome);
  void run();

 private:
  /// Walks past images that the bucket cannot pay for.
  void skip_unpaid(SequenceCursor& lane);
  /// Puts the windows of the lane's next images behind `rows` others.
  void stage(SequenceCursor& lane, int rows);
  /// Image `r` of every lane that staged more than r: all can be decided together.
  void decide(int r);
  void step(SequenceCursor& lane, bool offload);
  void trace(const SequenceCursor& lane, bool offload);
  /// False: stopped.
  bool walk_chunk();

  const SimulationRequest& request_;
  const SimdKernels& simd_;
  const SimulatedNetwork& network_;
  const float* expected_reward_;  ///< by rank, or null
  SimulationOutcome& outcome_;
  int64_t first_;
  std::vector<SequenceCursor> lane_;
  int rows_per_lane_;
  std::vector<const float*> window_;  ///< by row
  AlignedVector<float> copied_;       ///< windows with gaps: metrics and gaps together
  HiddenLayers layers_;
  const float* hidden_ = nullptr;
  std::vector<const float*> paid_hidden_, paid_difference_;
  std::vector<SequenceCursor*> paid_lane_;
  std::vector<float> dot_;
};

GroupSimulator::GroupSimulator(const SimulationRequest& request, const SimulatedNetwork& network,
                               int64_t first, int64_t count, SimulationOutcome& outcome)
    : request_(request),
      simd_(simd_kernels()),
      network_(network),
      expected_reward_(request.expected_reward ? request.expected_reward->data() : nullptr),
      outcome_(outcome),
      first_(first),
      lane_(static_cast<size_t>(count)),
      rows_per_lane_(static_cast<int>(std::max<int64_t>(1, kBatchRows / count))),
      layers_(network, static_cast<size_t>(count) * static_cast<size_t>(rows_per_lane_)) {
  const int64_t images = std::max<int64_t>(kGroupImages / count, rows_per_lane_);
  for (int64_t number = 0; number < count; ++number) {
    SequenceCursor& lane = lane_[static_cast<size_t>(number)];
    lane.units = request.bucket.capacity;  // every sequence starts with a full bucket
    const int64_t row = first + number - outcome.traces.first_sequence;
    lane.traced = row >= 0 && row < outcome.traces.sequences;
    lane.chunk =
        std::make_unique<SequenceChunk>(*request.source, first + number, request.size.images,
                                        request.history_metrics, request.history_gaps, images);
  }
  const size_t rows = static_cast<size_t>(count) * static_cast<size_t>(rows_per_lane_);
  window_.resize(rows);
  if (request.history_gaps >= 0) copied_.resize(rows * static_cast<size_t>(network.shape.inputs()));
  paid_hidden_.resize(lane_.size());
  paid_difference_.resize(lane_.size());
  paid_lane_.resize(lane_.size());
  dot_.resize(lane_.size());
}

void GroupSimulator::run() {
  for (;;) {
    bool any = false;
    for (SequenceCursor& lane : lane_) {
      const bool more = lane.chunk->advance();
      any |= more;
      lane.next = 0;
      lane.length = more ? lane.chunk->length() : 0;
      lane.gap = lane.chunk->gap_data();
    }
    if (!any || !walk_chunk()) break;
  }
  for (size_t lane = 0; lane < lane_.size(); ++lane)
    outcome_.network[static_cast<size_t>(first_) + lane] = lane_[lane].sums;
}

bool GroupSimulator::walk_chunk() {
  for (;;) {
    int rows = 0;
    for (SequenceCursor& lane : lane_) {
      stage(lane, rows);
      rows += lane.staged;
    }
    if (rows == 0) return true;
    if (is_requested(request_.stop_requested)) return false;
    hidden_ = layers_.evaluate(window_.data(), rows);
    for (int r = 0; r < rows_per_lane_; ++r) decide(r);
  }
}

void GroupSimulator::trace(const SequenceCursor& lane, bool offload) {
  RunTraces& traces = outcome_.traces;
  const int64_t image = lane.chunk->first() + lane.next;
  if (image >= traces.images) return;
  const int64_t row = first_ + (&lane - lane_.data()) - traces.first_sequence;
  const auto at = static_cast<size_t>(row * traces.images + image);
  traces.index[at] = static_cast<int32_t>(lane.chunk->index(lane.next));
  traces.metric[at] = lane.chunk->metric(lane.next);
  traces.gap[at] = lane.gap[lane.next];
  PolicyTrace& policy = traces.policies[request_.thresholds.size()];  // behind these
  policy.units[at] = lane.units;
  policy.offload[at] = offload ? 1 : 0;
}

void GroupSimulator::step(SequenceCursor& lane, bool offload) {
  if (offload) {
    lane.sums.reward += request_.source->images->reward[lane.chunk->index(lane.next)];
    ++lane.sums.offloads;
  }
  if (lane.traced) trace(lane, offload);
  lane.units = next_units(request_.bucket, lane.units, offload, lane.gap[lane.next]);
  ++lane.next;
}

void GroupSimulator::skip_unpaid(SequenceCursor& lane) {
  while (lane.next < lane.length && !can_offload(request_.bucket, lane.units)) step(lane, false);
}

void GroupSimulator::stage(SequenceCursor& lane, int rows) {
  skip_unpaid(lane);
  lane.first_row = rows;
  lane.staged = static_cast<int32_t>(std::min<int64_t>(rows_per_lane_, lane.length - lane.next));
  for (int r = 0; r < lane.staged; ++r) {
    const float*& window = window_[static_cast<size_t>(rows + r)];
    window = lane.chunk->metrics(lane.next + r);
    if (request_.history_gaps < 0) continue;
    float* copy = copied_.data() + static_cast<ptrdiff_t>(rows + r) * network_.shape.inputs();
    float* end = std::copy_n(window, request_.history_metrics + 1, copy);
    std::copy_n(lane.chunk->gaps(lane.next + r), request_.history_gaps + 1, end);
    window = copy;
  }
}

void GroupSimulator::decide(int r) {
  const TokenBucket& bucket = request_.bucket;
  const DecisionTable& decisions = network_.decisions;
  size_t paid = 0;
  for (SequenceCursor& lane : lane_) {
    if (r >= lane.staged) continue;
    if (!can_offload(bucket, lane.units)) {
      step(lane, false);
      continue;
    }
    paid_lane_[paid] = &lane;
    paid_hidden_[paid] = hidden_ + static_cast<ptrdiff_t>(lane.first_row + r) * decisions.stride;
    paid_difference_[paid] = decisions.row(lane.units - bucket.cost);
    ++paid;
  }
  simd_.chain_dots(paid_hidden_.data(), paid_difference_.data(), static_cast<int>(paid),
                   decisions.stride, dot_.data());
  for (size_t i = 0; i < paid; ++i) {
    SequenceCursor& lane = *paid_lane_[i];
    const auto state = static_cast<size_t>(lane.units - bucket.cost);
    const float expected = expected_reward_ ? expected_reward_[lane.chunk->index(lane.next)] : 0.0f;
    step(lane, decisions.bias_difference[state] + dot_[i] + expected >= 0.0f);
  }
}

}  // namespace

void simulate_network(const SimulationRequest& request, SimulationOutcome& outcome) {
  const SimulatedNetwork network(*request.shape, request.bucket, request.outputs, *request.weights);
  const int64_t threads = tbb::this_task_arena::max_concurrency();
  const int64_t sequences = request.size.sequences;
  const int64_t group =
      std::clamp<int64_t>((sequences + threads - 1) / threads, 1, kSequencesTogether);
  const int64_t groups = (sequences + group - 1) / group;
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(int64_t{0}, groups, [&](int64_t g) {
      const int64_t first = g * group;
      GroupSimulator(request, network, first, std::min(group, sequences - first), outcome).run();
    });
  });
}

}  // namespace edgesweep
