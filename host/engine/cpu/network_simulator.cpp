#include "host/engine/cpu/network_simulator.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>

#include "host/engine/cpu/padded_network.h"
#include "host/engine/cpu/sequence_chunk.h"
#include "host/engine/cpu/simd.h"
#include "host/engine/policy_network.h"

namespace edgesweep {
namespace {

constexpr int kBatchRows = 128;          ///< windows evaluated together
constexpr int64_t kLargestGroup = 128;   ///< sequences walked side by side
constexpr int64_t kGroupImages = 65536;  ///< images of all of them that lie ready

/// The network of a request in the layout of the vector kernels.
struct Network {
  explicit Network(const SimulationRequest& request)
      : shape(*request.shape),
        parameters(shape),
        decisions(make_decision_table(shape, request.bucket, *request.weights)) {
    parameters.load(*request.weights);
  }
  const NetworkShape& shape;
  PaddedParameters parameters;
  DecisionTable decisions;
};

/// Where the network stands in one sequence.
struct Walker {
  int32_t units = 0;
  int64_t next = 0;  ///< image of the current chunk
};

/// Walks along one group of sequences, chunk by chunk. An image without a token needs no network;
/// of the others, as many windows are evaluated together as fill a batch: the next few of every
/// sequence.
class GroupSimulator {
 public:
  GroupSimulator(const SimulationRequest& request, const Network& network, int64_t first,
                 int64_t count, SimulationOutcome& outcome);
  void run();

 private:
  /// Walks past images that the bucket cannot pay for.
  void skip_unpaid(size_t lane);
  /// Puts the windows of the lane's next images behind `rows` others; returns how many.
  int stage(size_t lane, int rows);
  void evaluate(int rows);
  /// Image `r` of every lane that staged more than r: all can be decided together.
  void decide(int r);
  void step(size_t lane, bool offload);
  void walk_chunk();

  const SimulationRequest& request_;
  const SimdKernels& simd_;
  const Network& network_;
  SimulationOutcome& outcome_;
  int64_t first_;
  std::vector<std::unique_ptr<SequenceChunk>> chunk_;  ///< by lane
  std::vector<Walker> walker_;
  std::vector<int> staged_, first_row_;  ///< by lane
  int rows_per_lane_;
  std::vector<const float*> window_;  ///< by row
  AlignedVector<float> copied_;       ///< windows with gaps: metrics and gaps together
  AlignedVector<float> ping_, pong_;
  const float* hidden_ = nullptr;
  std::vector<const float*> paid_hidden_, paid_difference_;
  std::vector<size_t> paid_lane_;
  std::vector<float> dot_;
};

GroupSimulator::GroupSimulator(const SimulationRequest& request, const Network& network,
                               int64_t first, int64_t count, SimulationOutcome& outcome)
    : request_(request),
      simd_(simd_kernels()),
      network_(network),
      outcome_(outcome),
      first_(first),
      // Every sequence starts with a full bucket.
      walker_(static_cast<size_t>(count), Walker{request.bucket.capacity, 0}),
      staged_(static_cast<size_t>(count)),
      first_row_(static_cast<size_t>(count)),
      rows_per_lane_(static_cast<int>(std::max<int64_t>(1, kBatchRows / count))) {
  const int64_t images = std::max<int64_t>(kGroupImages / count, rows_per_lane_);
  for (int64_t lane = 0; lane < count; ++lane)
    chunk_.push_back(std::make_unique<SequenceChunk>(*request.source, first + lane,
                                                     request.size.images, request.history_metrics,
                                                     request.history_gaps, images));
  const size_t rows = static_cast<size_t>(count) * static_cast<size_t>(rows_per_lane_);
  int widest = 0;
  for (int l = 1; l < network.shape.layers(); ++l)
    widest = std::max(widest, padded(network.shape.sizes[l]));
  window_.resize(rows);
  if (request.history_gaps >= 0) copied_.resize(rows * static_cast<size_t>(network.shape.inputs()));
  ping_.resize(rows * static_cast<size_t>(widest));
  pong_.resize(rows * static_cast<size_t>(widest));
  paid_hidden_.resize(walker_.size());
  paid_difference_.resize(walker_.size());
  paid_lane_.resize(walker_.size());
  dot_.resize(walker_.size());
}

void GroupSimulator::run() {
  for (;;) {
    bool any = false;
    for (size_t lane = 0; lane < chunk_.size(); ++lane) {
      any |= chunk_[lane]->advance();
      walker_[lane].next = 0;
    }
    if (!any || (request_.stop_requested && request_.stop_requested())) return;
    walk_chunk();
  }
}

void GroupSimulator::walk_chunk() {
  for (;;) {
    int rows = 0;
    for (size_t lane = 0; lane < chunk_.size(); ++lane) {
      first_row_[lane] = rows;
      staged_[lane] = stage(lane, rows);
      rows += staged_[lane];
    }
    if (rows == 0) return;
    evaluate(rows);
    for (int r = 0; r < rows_per_lane_; ++r) decide(r);
  }
}

void GroupSimulator::step(size_t lane, bool offload) {
  const SequenceChunk& chunk = *chunk_[lane];
  Walker& walker = walker_[lane];
  const int64_t t = walker.next;
  const int64_t sequence = first_ + static_cast<int64_t>(lane);
  if (offload) {
    SequenceOutcome& sums = outcome_.network[static_cast<size_t>(sequence)];
    sums.reward += request_.source->images->reward[chunk.index(t)];
    ++sums.offloads;
  }
  RunTraces& traces = outcome_.traces;
  const int64_t image = chunk.first() + t;
  if (sequence < traces.sequences && image < traces.images) {
    const auto at = static_cast<size_t>(sequence * traces.images + image);
    traces.index[at] = static_cast<int32_t>(chunk.index(t));
    traces.metric[at] = chunk.metric(t);
    traces.gap[at] = chunk.gap(t);
    traces.policies.back().units[at] = walker.units;
    traces.policies.back().offload[at] = offload ? 1 : 0;
  }
  walker.units = next_units(request_.bucket, walker.units, offload, chunk.gap(t));
  ++walker.next;
}

void GroupSimulator::skip_unpaid(size_t lane) {
  const Walker& walker = walker_[lane];
  while (walker.next < chunk_[lane]->length() && !can_offload(request_.bucket, walker.units))
    step(lane, false);
}

int GroupSimulator::stage(size_t lane, int rows) {
  skip_unpaid(lane);
  const SequenceChunk& chunk = *chunk_[lane];
  const int64_t from = walker_[lane].next;
  const int count = static_cast<int>(std::min<int64_t>(rows_per_lane_, chunk.length() - from));
  for (int r = 0; r < count; ++r) {
    const float*& window = window_[static_cast<size_t>(rows + r)];
    window = chunk.metrics(from + r);
    if (request_.history_gaps < 0) continue;
    float* copy = copied_.data() + static_cast<ptrdiff_t>(rows + r) * network_.shape.inputs();
    window = copy;
    copy = std::copy_n(chunk.metrics(from + r), request_.history_metrics + 1, copy);
    std::copy_n(chunk.gaps(from + r), request_.history_gaps + 1, copy);
  }
  return count;
}

void GroupSimulator::evaluate(int rows) {
  const NetworkShape& shape = network_.shape;
  const PaddedParameters& parameters = network_.parameters;
  MatrixView y{ping_.data(), parameters.columns(0)};
  simd_.forward_rows(window_.data(), rows, shape.inputs(),
                     {parameters.weights(0), parameters.columns(0)}, parameters.biases(0),
                     parameters.columns(0), y);
  for (int l = 1; l + 1 < shape.layers(); ++l) {
    const int columns = parameters.columns(l);
    const MatrixView x = y;
    y = {(l % 2 == 0 ? ping_ : pong_).data(), columns};
    simd_.forward(x, rows, shape.sizes[static_cast<size_t>(l)], {parameters.weights(l), columns},
                  parameters.biases(l), columns, true, y);
  }
  hidden_ = y.data;
}

void GroupSimulator::decide(int r) {
  const TokenBucket& bucket = request_.bucket;
  const DecisionTable& decisions = network_.decisions;
  int paid = 0;
  for (size_t lane = 0; lane < chunk_.size(); ++lane) {
    if (r >= staged_[lane]) continue;
    const int32_t units = walker_[lane].units;
    if (!can_offload(bucket, units)) {
      step(lane, false);
      continue;
    }
    const auto at = static_cast<size_t>(paid++);
    paid_lane_[at] = lane;
    paid_hidden_[at] = hidden_ + static_cast<ptrdiff_t>(first_row_[lane] + r) * decisions.stride;
    paid_difference_[at] = decisions.row(units - bucket.cost);
  }
  simd_.chain_dots(paid_hidden_.data(), paid_difference_.data(), paid, decisions.stride,
                   dot_.data());
  for (size_t at = 0; at < static_cast<size_t>(paid); ++at) {
    const size_t lane = paid_lane_[at];
    const int32_t state = walker_[lane].units - bucket.cost;
    step(lane, decisions.bias_difference[static_cast<size_t>(state)] + dot_[at] >= 0.0f);
  }
}

}  // namespace

void simulate_network(const SimulationRequest& request, SimulationOutcome& outcome) {
  const Network network(request);
  const int64_t threads = tbb::this_task_arena::max_concurrency();
  const int64_t sequences = request.size.sequences;
  const int64_t group = std::clamp<int64_t>((sequences + threads - 1) / threads, 1, kLargestGroup);
  const int64_t groups = (sequences + group - 1) / group;
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(int64_t{0}, groups, [&](int64_t g) {
      const int64_t first = g * group;
      GroupSimulator(request, network, first, std::min(group, sequences - first), outcome).run();
    });
  });
}

}  // namespace edgesweep
