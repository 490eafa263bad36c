#include "host/engine/cpu/cpu_simulator.h"

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

constexpr int64_t kChunkImages = 4096;
constexpr int kBatchRows = 128;  ///< windows evaluated together
constexpr int64_t kLargestGroup = 128;

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

/// Where a policy stands in one sequence.
struct Walker {
  int32_t units = 0;
  int64_t next = 0;  ///< image of the current chunk
};

/// Simulates one group of sequences, chunk by chunk.
class GroupSimulator {
 public:
  GroupSimulator(const SimulationRequest& request, const Network* network,
                 SimulationOutcome& outcome, int64_t first, int64_t count);
  void run();

 private:
  void whole_chunk_policies(int64_t lane, const SequenceChunk& chunk);
  void threshold_chunk(size_t policy, int64_t lane, const SequenceChunk& chunk);
  void network_chunk();
  /// Walks past images that the bucket cannot pay for; they need no network.
  void skip_unpaid(int64_t lane);
  int stage_rows(int64_t lane, int row);
  const float* hidden_rows(int rows);
  void decide_rows(int64_t lane, const float* hidden, int rows);
  void trace(size_t policy, int64_t lane, const SequenceChunk& chunk, int64_t t, int32_t units,
             bool offload);

  const SimulationRequest& request_;
  const SimdKernels& simd_;
  const Network* network_;
  SimulationOutcome& outcome_;
  int64_t first_;
  std::vector<std::unique_ptr<SequenceChunk>> chunk_;  ///< by lane
  std::vector<std::vector<Walker>> threshold_walker_;  ///< [policy][lane]
  std::vector<Walker> network_walker_;
  int rows_per_lane_;
  AlignedVector<float> batch_, ping_, pong_;
};

GroupSimulator::GroupSimulator(const SimulationRequest& request, const Network* network,
                               SimulationOutcome& outcome, int64_t first, int64_t count)
    : request_(request),
      simd_(simd_kernels()),
      network_(network),
      outcome_(outcome),
      first_(first),
      rows_per_lane_(static_cast<int>(std::max<int64_t>(1, kBatchRows / count))) {
  const int history_metrics = network ? request.history_metrics : 0;
  const int history_gaps = network ? request.history_gaps : -1;
  for (int64_t lane = 0; lane < count; ++lane)
    chunk_.push_back(std::make_unique<SequenceChunk>(*request.source, first + lane,
                                                     request.size.images, history_metrics,
                                                     history_gaps, kChunkImages));
  // Every sequence starts with a full bucket.
  const std::vector<Walker> start(static_cast<size_t>(count), Walker{request.bucket.capacity, 0});
  threshold_walker_.assign(request.thresholds.size(), start);
  network_walker_ = start;
  if (!network) return;
  const size_t rows = static_cast<size_t>(count) * static_cast<size_t>(rows_per_lane_);
  int widest = 0;
  for (int l = 1; l < network->shape.layers(); ++l)
    widest = std::max(widest, padded(network->shape.sizes[l]));
  batch_.resize(rows * static_cast<size_t>(network->shape.inputs()));
  ping_.resize(rows * static_cast<size_t>(widest));
  pong_.resize(rows * static_cast<size_t>(widest));
}

void GroupSimulator::run() {
  for (;;) {
    bool any = false;
    for (size_t lane = 0; lane < chunk_.size(); ++lane) {
      if (!chunk_[lane]->advance()) continue;
      any = true;
      whole_chunk_policies(static_cast<int64_t>(lane), *chunk_[lane]);
      for (size_t policy = 0; policy < request_.thresholds.size(); ++policy)
        threshold_chunk(policy, static_cast<int64_t>(lane), *chunk_[lane]);
      network_walker_[lane].next = 0;
    }
    if (!any) return;
    if (network_) network_chunk();
  }
}

void GroupSimulator::whole_chunk_policies(int64_t lane, const SequenceChunk& chunk) {
  const ImageSet& images = *request_.source->images;
  const size_t sequence = static_cast<size_t>(first_ + lane);
  double weak = outcome_.weak_cost[sequence];
  double reward = outcome_.strong[sequence].reward;
  for (int64_t t = 0; t < chunk.length(); ++t) {
    weak += images.weak_cost[chunk.index(t)];
    reward += images.reward[chunk.index(t)];
  }
  outcome_.weak_cost[sequence] = weak;
  outcome_.strong[sequence].reward = reward;
  outcome_.strong[sequence].offloads += chunk.length();
}

void GroupSimulator::threshold_chunk(size_t policy, int64_t lane, const SequenceChunk& chunk) {
  const TokenBucket& bucket = request_.bucket;
  const std::vector<double>& rewards = request_.source->images->reward;
  const float* threshold = request_.thresholds[policy].threshold.data();
  SequenceOutcome& outcome = outcome_.thresholds[policy][static_cast<size_t>(first_ + lane)];
  int32_t& units = threshold_walker_[policy][static_cast<size_t>(lane)].units;
  const bool traced = first_ + lane < request_.traces.sequences;
  for (int64_t t = 0; t < chunk.length(); ++t) {
    const bool offload =
        can_offload(bucket, units) && chunk.metric(t) >= threshold[units - bucket.cost];
    if (offload) {
      outcome.reward += rewards[chunk.index(t)];
      ++outcome.offloads;
    }
    if (traced) trace(policy, lane, chunk, t, units, offload);
    units = next_units(bucket, units, offload, chunk.gap(t));
  }
}

void GroupSimulator::trace(size_t policy, int64_t lane, const SequenceChunk& chunk, int64_t t,
                           int32_t units, bool offload) {
  const int64_t image = chunk.first() + t;
  if (image >= request_.traces.images) return;
  const size_t at = static_cast<size_t>((first_ + lane) * request_.traces.images + image);
  RunTraces& traces = outcome_.traces;
  traces.index[at] = static_cast<int32_t>(chunk.index(t));
  traces.metric[at] = chunk.metric(t);
  traces.gap[at] = chunk.gap(t);
  traces.policies[policy].units[at] = units;
  traces.policies[policy].offload[at] = offload ? 1 : 0;
}

void GroupSimulator::skip_unpaid(int64_t lane) {
  const SequenceChunk& chunk = *chunk_[static_cast<size_t>(lane)];
  Walker& walker = network_walker_[static_cast<size_t>(lane)];
  const bool traced = first_ + lane < request_.traces.sequences;
  while (walker.next < chunk.length() && !can_offload(request_.bucket, walker.units)) {
    if (traced) trace(request_.thresholds.size(), lane, chunk, walker.next, walker.units, false);
    walker.units = next_units(request_.bucket, walker.units, false, chunk.gap(walker.next));
    ++walker.next;
  }
}

int GroupSimulator::stage_rows(int64_t lane, int row) {
  skip_unpaid(lane);
  const SequenceChunk& chunk = *chunk_[static_cast<size_t>(lane)];
  const int64_t from = network_walker_[static_cast<size_t>(lane)].next;
  const int rows = static_cast<int>(std::min<int64_t>(rows_per_lane_, chunk.length() - from));
  const int metrics = request_.history_metrics + 1;
  const int gaps = request_.history_gaps + 1;
  float* out = batch_.data() + static_cast<ptrdiff_t>(row) * network_->shape.inputs();
  for (int r = 0; r < rows; ++r) {
    out = std::copy_n(chunk.metrics(from + r), metrics, out);
    if (gaps > 0) out = std::copy_n(chunk.gaps(from + r), gaps, out);
  }
  return rows;
}

const float* GroupSimulator::hidden_rows(int rows) {
  const NetworkShape& shape = network_->shape;
  const PaddedParameters& parameters = network_->parameters;
  InputView x = ConstMatrixView{batch_.data(), shape.inputs()};
  for (int l = 0; l + 1 < shape.layers(); ++l) {
    const int columns = parameters.columns(l);
    const MatrixView y{(l % 2 == 0 ? ping_ : pong_).data(), columns};
    simd_.forward(x, rows, shape.sizes[static_cast<size_t>(l)], {parameters.weights(l), columns},
                  parameters.biases(l), columns, true, y);
    x = y;
  }
  return x.data;
}

void GroupSimulator::decide_rows(int64_t lane, const float* hidden, int rows) {
  const TokenBucket& bucket = request_.bucket;
  const DecisionTable& decisions = network_->decisions;
  const SequenceChunk& chunk = *chunk_[static_cast<size_t>(lane)];
  Walker& walker = network_walker_[static_cast<size_t>(lane)];
  SequenceOutcome& outcome = outcome_.network[static_cast<size_t>(first_ + lane)];
  const bool traced = first_ + lane < request_.traces.sequences;
  for (int r = 0; r < rows; ++r) {
    const int64_t t = walker.next;
    bool offload = false;
    if (can_offload(bucket, walker.units)) {
      const int32_t state = walker.units - bucket.cost;
      const float d = decisions.bias_difference[static_cast<size_t>(state)] +
                      simd_.chain_dot(hidden + static_cast<ptrdiff_t>(r) * decisions.stride,
                                      decisions.row(state), decisions.stride);
      offload = d >= 0.0f;
    }
    if (offload) {
      outcome.reward += request_.source->images->reward[chunk.index(t)];
      ++outcome.offloads;
    }
    if (traced) trace(request_.thresholds.size(), lane, chunk, t, walker.units, offload);
    walker.units = next_units(bucket, walker.units, offload, chunk.gap(t));
    ++walker.next;
  }
}

void GroupSimulator::network_chunk() {
  std::vector<int> staged(chunk_.size());
  for (;;) {
    int rows = 0;
    for (size_t lane = 0; lane < chunk_.size(); ++lane) {
      staged[lane] = stage_rows(static_cast<int64_t>(lane), rows);
      rows += staged[lane];
    }
    if (rows == 0) return;
    const float* hidden = hidden_rows(rows);
    for (size_t lane = 0; lane < chunk_.size(); ++lane) {
      decide_rows(static_cast<int64_t>(lane), hidden, staged[lane]);
      hidden += static_cast<ptrdiff_t>(staged[lane]) * network_->decisions.stride;
    }
  }
}

SimulationOutcome empty_outcome(const SimulationRequest& request) {
  SimulationOutcome outcome;
  const size_t sequences = static_cast<size_t>(request.size.sequences);
  outcome.thresholds.assign(request.thresholds.size(), std::vector<SequenceOutcome>(sequences));
  if (request.weights) outcome.network.resize(sequences);
  outcome.strong.resize(sequences);
  outcome.weak_cost.assign(sequences, 0.0);

  const size_t traced = static_cast<size_t>(request.traces.sequences * request.traces.images);
  if (traced == 0) return outcome;
  RunTraces& traces = outcome.traces;
  traces.sequences = request.traces.sequences;
  traces.images = request.traces.images;
  traces.units_per_token = request.bucket.cost;
  traces.index.resize(traced);
  traces.metric.resize(traced);
  traces.gap.resize(traced);
  for (const ThresholdPolicy& policy : request.thresholds)
    traces.policies.push_back(
        {policy.policy, std::vector<int32_t>(traced), std::vector<uint8_t>(traced)});
  if (request.weights)
    traces.policies.push_back(
        {Policy::dqn, std::vector<int32_t>(traced), std::vector<uint8_t>(traced)});
  return outcome;
}

}  // namespace

SimulationOutcome simulate_on_cpu(const SimulationRequest& request) {
  SimulationOutcome outcome = empty_outcome(request);
  const std::unique_ptr<const Network> network =
      request.weights ? std::make_unique<Network>(request) : nullptr;
  const int64_t threads = tbb::this_task_arena::max_concurrency();
  const int64_t sequences = request.size.sequences;
  const int64_t group = std::clamp<int64_t>((sequences + threads - 1) / threads, 1, kLargestGroup);
  const int64_t groups = (sequences + group - 1) / group;
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(int64_t{0}, groups, [&](int64_t g) {
      const int64_t first = g * group;
      GroupSimulator(request, network.get(), outcome, first, std::min(group, sequences - first))
          .run();
    });
  });
  return outcome;
}

}  // namespace edgesweep
