#include "host/engine/cpu/learned_fleet.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
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
      layers_(network, static_cast<size_t>(sequences * fleet.at_switch.cameras)) {
  const int32_t cameras = fleet.at_switch.cameras;
  const auto rows = static_cast<size_t>(sequences * cameras);
  stream_.reserve(rows);
  for (int64_t s = 0; s < sequences; ++s)
    for (int32_t d = 0; d < cameras; ++d)
      stream_.emplace_back(source, first + s, d, cameras, simd_kernels().stream_words);
  drawn_.resize(rows * kDrawnSteps);
  gap_.resize(kDrawnSteps);
  inputs_.assign(kFleetInputs * rows, 0.0f);
  hidden_.resize(rows);
  difference_.assign(rows, network.decisions.row(0));
  dot_.resize(rows);
  rank_.resize(rows);
  wants_offload_.resize(rows);
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
  for (size_t row = 0; row < wants_offload_.size(); ++row)
    wants_offload_[row] = bias + dot_[row] >= 0.0f ? 1 : 0;
}

void LearnedFleet::pass() {
  const auto cameras = static_cast<size_t>(fleet_.at_switch.cameras);
  for (size_t row = 0; row < wants_offload_.size(); ++row) {
    int32_t& units = switch_units_[row / cameras];
    units_[row] = units;
    passed_[row] = step_switch(fleet_.at_switch.bucket, wants_offload_[row] != 0, units) ? 1 : 0;
    own_units_[row] = next_own_units(fleet_.own, own_units_[row], wants_offload_[row] != 0);
  }
  remember();
}

void LearnedFleet::remember() {
  const size_t rows = wants_offload_.size();
  for (int span = 0; span < kMemorySpans; ++span) {
    float* const passed = inputs_.data() + static_cast<size_t>(kFirstCountInput + 2 * span) * rows;
    float* const lost = passed + rows;
    for (size_t row = 0; row < rows; ++row) {
      passed[row] = next_count(passed[row], span, passed_[row] != 0);
      lost[row] = next_count(lost[row], span, wants_offload_[row] > passed_[row]);
    }
  }
}

int64_t fleets_together(int32_t cameras) { return std::max<int64_t>(1, kRowsTogether / cameras); }

LearnedFleetOutcome simulate_learned_fleet(const LearnedFleetRequest& request) {
  const TrainingProblem& training = *request.training;
  const FleetNetwork& fleet = *training.fleet;
  const SimulatedNetwork network(training.shape, training.bucket, Outputs::action_values,
                                 *request.weights);
  const auto cameras = static_cast<size_t>(fleet.at_switch.cameras);
  const TokenBucket& bucket = fleet.at_switch.bucket;
  const std::vector<double>& reward = request.source->images->reward;
  const auto stopped = [&] { return request.stop_requested && request.stop_requested(); };
  LearnedFleetOutcome outcome;
  outcome.fleet.sums.resize(static_cast<size_t>(request.size.sequences));
  std::vector<int64_t> total(static_cast<size_t>(bucket.capacity) + 1, 0);
  std::mutex mutex;
  const int64_t together = fleets_together(fleet.at_switch.cameras);
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
        if (fleets.wants_offload()[row] == 0) continue;
        FleetSums& sums = outcome.fleet.sums[static_cast<size_t>(first) + row / cameras];
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

namespace {

/// Steps between two questions whether to stop.
constexpr int64_t kStepsPerQuestion = 256;

/// All slots from the first image that is trained on, of fleets side by side.
class LessonFleets {
 public:
  /// All of them outlive this.
  LessonFleets(const TrainingProblem& problem, TrainingScratch& scratch, const StopRequest& stop,
               int64_t fleets)
      : problem_(problem),
        fleet_(*problem.fleet),
        scratch_(scratch),
        stop_(stop),
        fleets_(fleets),
        slots_((fleet_.training.steps + fleet_.training.horizon) * fleet_.at_switch.cameras) {}

  /// Fleets first .. first + count - 1 of the iteration. False: stopped.
  bool run(const SimulatedNetwork& network, int64_t iteration, int64_t first, int64_t count) {
    const int64_t cameras = fleet_.at_switch.cameras;
    LearnedFleet learned(fleet_, network, problem_.windows, iteration * fleets_ + first, count);
    wants_offload_.resize(static_cast<size_t>(count * slots_));
    reward_.resize(wants_offload_.size());
    units_.resize(wants_offload_.size());
    for (int64_t t = -fleet_.training.warm_up; t * cameras < slots_; ++t) {
      if (t % kStepsPerQuestion == 0 && is_requested(stop_)) return false;
      learned.decide();
      if (t >= 0 && t < fleet_.training.steps) store_inputs(learned, first, t);
      learned.pass();
      if (t >= 0) store_slots(learned, t);
    }
    for (int64_t fleet = 0; fleet < count; ++fleet)
      for (int64_t slot = 0; slot < fleet_.training.steps * cameras; ++slot)
        store_gain(first + fleet, slot, static_cast<size_t>(fleet * slots_ + slot));
    return true;
  }

 private:
  /// The row of an image, or -1: the last fleet may see more images than are wanted.
  int64_t row_of(int64_t fleet, int64_t slot) const {
    const int64_t per_fleet = fleet_.training.steps * fleet_.at_switch.cameras;
    const int64_t all = fleets_ * per_fleet;
    const int64_t row = training_row(fleet * per_fleet + slot, all);
    return row < scratch_.windows.count ? row : -1;
  }

  void store_inputs(const LearnedFleet& learned, int64_t first, int64_t t) {
    const int64_t cameras = fleet_.at_switch.cameras;
    for (int64_t i = 0; i < learned.rows(); ++i) {
      const int64_t row = row_of(first + i / cameras, t * cameras + i % cameras);
      if (row < 0) continue;
      for (int input = 0; input < kFleetInputs; ++input)
        *scratch_.windows.at(row, Windows::metric_quantity(1 + input)) =
            learned.inputs()[input * learned.rows() + i];
    }
  }

  void store_slots(const LearnedFleet& learned, int64_t t) {
    const int64_t cameras = fleet_.at_switch.cameras;
    const std::vector<double>& reward = problem_.windows.images->reward;
    for (int64_t i = 0; i < learned.rows(); ++i) {
      const auto at = static_cast<size_t>(i / cameras * slots_ + t * cameras + i % cameras);
      const auto from = static_cast<size_t>(i);
      wants_offload_[at] = learned.wants_offload()[from];
      units_[at] = learned.units()[from];
      reward_[at] = static_cast<float>(reward[learned.rank()[from]]);
    }
  }

  void store_gain(int64_t fleet, int64_t slot, size_t at) {
    const int64_t row = row_of(fleet, slot);
    if (row < 0) return;
    const int64_t considered = fleet_.training.horizon * fleet_.at_switch.cameras + 1;
    const auto gain = static_cast<float>(offload_gain(fleet_.at_switch, wants_offload_.data() + at,
                                                      reward_.data() + at, considered, units_[at],
                                                      problem_.dqn.discount));
    scratch_.windows.reward[static_cast<size_t>(row)] = gain;
    float* const after =
        scratch_.afterstate_values.data() + kPadding + row * padded_values(problem_.bucket);
    std::fill_n(after, kOneState.capacity + 1, -0.5f * gain);
  }

  const TrainingProblem& problem_;
  const FleetNetwork& fleet_;
  TrainingScratch& scratch_;
  const StopRequest& stop_;
  const int64_t fleets_;                ///< of the iteration
  const int64_t slots_;                 ///< of a fleet
  std::vector<uint8_t> wants_offload_;  ///< [fleet * slots_ + slot], as the next two
  std::vector<float> reward_;
  std::vector<int32_t> units_;
};

}  // namespace

bool draw_training_samples(const TrainingProblem& problem, const std::vector<float>& weights,
                           int64_t iteration, TrainingScratch& scratch, const StopRequest& stop) {
  const FleetNetwork& fleet = *problem.fleet;
  const SimulatedNetwork network(problem.shape, problem.bucket, Outputs::action_values, weights);
  const int64_t fleets =
      training_fleets(windows_per_iteration(problem.dqn), fleet.at_switch.cameras, fleet.training);
  const int64_t together = std::min(fleets, fleets_together(fleet.at_switch.cameras));
  const int64_t groups = (fleets + together - 1) / together;
  std::atomic<bool> stopped{false};
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(int64_t{0}, groups, [&](int64_t group) {
      if (stopped.load(std::memory_order_relaxed)) return;
      const int64_t first = group * together;
      LessonFleets fleets_of_group(problem, scratch, stop, fleets);
      if (!fleets_of_group.run(network, iteration, first, std::min(together, fleets - first)))
        stopped.store(true);
    });
  });
  return !stopped;
}

}  // namespace edgesweep
