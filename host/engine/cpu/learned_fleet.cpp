#include "host/engine/cpu/learned_fleet.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <mutex>

#include "kernels/fleet_network.cuh"

namespace edgesweep {
namespace {

/// Steps whose images lie ready, and between two questions whether to stop.
constexpr int64_t kDrawnSteps = 256;

constexpr int64_t kRowsTogether = 128;

}  // namespace

LearnedFleet::LearnedFleet(const FleetNetwork& fleet, const SimulatedNetwork& network,
                           const SequenceSource& source, int64_t first, int64_t sequences)
    : fleet_(fleet),
      network_(network),
      metric_(source.images->metric_single.data()),
      layers_(network, static_cast<size_t>(sequences * fleet.at_switch.devices)) {
  const int32_t devices = fleet.at_switch.devices;
  const auto rows = static_cast<size_t>(sequences * devices);
  stream_.reserve(rows);
  for (int64_t s = 0; s < sequences; ++s)
    for (int32_t d = 0; d < devices; ++d)
      stream_.emplace_back(source, first + s, d, devices, simd_kernels().stream_words);
  drawn_.resize(rows * kDrawnSteps);
  gap_.resize(kDrawnSteps);
  inputs_.assign(kFleetInputs * rows, 0.0f);
  hidden_.resize(rows);
  difference_.assign(rows, network.decisions.row(0));
  dot_.resize(rows);
  rank_.resize(rows);
  wish_.resize(rows);
  passed_.resize(rows);
  own_units_.assign(rows, fleet.own.capacity);
  units_.resize(rows);
  switch_units_.assign(static_cast<size_t>(sequences), fleet.at_switch.bucket.capacity);
}

void LearnedFleet::draw() {
  const int64_t at = step_ % kDrawnSteps;
  if (at == 0)
    for (size_t row = 0; row < stream_.size(); ++row)
      stream_[row].next(kDrawnSteps, drawn_.data() + row * kDrawnSteps, gap_.data());
  for (size_t row = 0; row < rank_.size(); ++row)
    rank_[row] = drawn_[row * kDrawnSteps + static_cast<size_t>(at)];
  ++step_;
}

void LearnedFleet::decide() {
  draw();
  const int count = rows();
  for (size_t row = 0; row < rank_.size(); ++row) {
    const float metric = metric_[rank_[row]];
    inputs_[row] = metric;
    inputs_[kMarginInput * rank_.size() + row] =
        metric - fleet_.threshold[static_cast<size_t>(own_units_[row])];
  }
  const float* hidden = layers_.evaluate(InputView(inputs_.data(), 1, count), count);
  const int stride = network_.decisions.stride;
  for (size_t row = 0; row < hidden_.size(); ++row)
    hidden_[row] = hidden + row * static_cast<size_t>(stride);
  simd_kernels().chain_dots(hidden_.data(), difference_.data(), count, stride, dot_.data());
  const float bias = network_.decisions.bias_difference[0];
  for (size_t row = 0; row < wish_.size(); ++row) wish_[row] = bias + dot_[row] >= 0.0f ? 1 : 0;
}

void LearnedFleet::pass() {
  const auto devices = static_cast<size_t>(fleet_.at_switch.devices);
  for (size_t row = 0; row < wish_.size(); ++row) {
    int32_t& units = switch_units_[row / devices];
    units_[row] = units;
    passed_[row] = step_switch(fleet_.at_switch.bucket, wish_[row] != 0, units) ? 1 : 0;
    own_units_[row] = next_own_units(fleet_.own, own_units_[row], wish_[row] != 0);
  }
  remember();
}

void LearnedFleet::remember() {
  const size_t rows = wish_.size();
  for (int span = 0; span < kMemorySpans; ++span) {
    float* const passed = inputs_.data() + static_cast<size_t>(kFirstCountInput + 2 * span) * rows;
    float* const lost = passed + rows;
    for (size_t row = 0; row < rows; ++row) {
      passed[row] = next_count(passed[row], span, passed_[row] != 0);
      lost[row] = next_count(lost[row], span, wish_[row] > passed_[row]);
    }
  }
}

int64_t fleets_together(int32_t devices) { return std::max<int64_t>(1, kRowsTogether / devices); }

LearnedFleetOutcome simulate_learned_fleet(const LearnedFleetRequest& request) {
  const TrainingProblem& training = *request.training;
  const FleetNetwork& fleet = *training.fleet;
  const SimulatedNetwork network(training.shape, training.bucket, Outputs::action_values,
                                 *request.weights);
  const auto devices = static_cast<size_t>(fleet.at_switch.devices);
  const TokenBucket& bucket = fleet.at_switch.bucket;
  const std::vector<double>& reward = request.source->images->reward;
  const auto stopped = [&] { return request.stop_requested && request.stop_requested(); };
  LearnedFleetOutcome outcome;
  outcome.fleet.sums.resize(static_cast<size_t>(request.size.sequences));
  std::vector<int64_t> total(static_cast<size_t>(bucket.capacity) + 1, 0);
  std::mutex mutex;
  const int64_t together = fleets_together(fleet.at_switch.devices);
  const int64_t groups = (request.size.sequences + together - 1) / together;
  const auto simulate_group = [&](int64_t group) {
    const int64_t first = group * together;
    LearnedFleet fleets(fleet, network, *request.source, first,
                        std::min(together, request.size.sequences - first));
    std::vector<int64_t> occupancy(total.size(), 0);
    for (int64_t t = 0; t < request.size.images; ++t) {
      if (t % kDrawnSteps == 0 && stopped()) return;
      fleets.decide();
      fleets.pass();
      for (size_t row = 0; row < static_cast<size_t>(fleets.rows()); ++row) {
        ++occupancy[static_cast<size_t>(fleets.units()[row])];
        if (fleets.wish()[row] == 0) continue;
        FleetSums& sums = outcome.fleet.sums[static_cast<size_t>(first) + row / devices];
        ++sums.offloads;
        if (fleets.passed()[row] == 0) continue;
        ++sums.passed;
        sums.reward += reward[fleets.rank()[row]];
      }
    }
    const std::lock_guard lock(mutex);
    for (size_t n = 0; n < total.size(); ++n) total[n] += occupancy[n];
  };
  tbb::this_task_arena::isolate([&] { tbb::parallel_for(int64_t{0}, groups, simulate_group); });
  outcome.fleet.stopped = stopped();
  outcome.occupancy.assign(total.begin() + bucket.refill, total.end());
  return outcome;
}

}  // namespace edgesweep
