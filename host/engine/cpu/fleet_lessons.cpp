#include "host/engine/cpu/fleet_lessons.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>

#include "host/engine/cpu/learned_fleet.h"
#include "kernels/fleet_network.cuh"

namespace edgesweep {
namespace {

/// A prime near 2^32 divided by the golden ratio: neighbouring images go to rows far apart.
constexpr int64_t kStride = 2654435761;

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
        slots_((fleet_.training.steps + fleet_.training.horizon) * fleet_.at_switch.devices) {}

  /// Fleets first .. first + count - 1 of the iteration. False: stopped.
  bool run(const SimulatedNetwork& network, int64_t iteration, int64_t first, int64_t count) {
    const int64_t devices = fleet_.at_switch.devices;
    LearnedFleet learned(fleet_, network, problem_.windows, iteration * fleets_ + first, count);
    wish_.resize(static_cast<size_t>(count * slots_));
    reward_.resize(wish_.size());
    units_.resize(wish_.size());
    for (int64_t t = -fleet_.training.warm_up; t * devices < slots_; ++t) {
      if (t % kStepsPerQuestion == 0 && is_requested(stop_)) return false;
      learned.decide();
      if (t >= 0 && t < fleet_.training.steps) store_inputs(learned, first, t);
      learned.pass();
      if (t >= 0) store_slots(learned, t);
    }
    for (int64_t fleet = 0; fleet < count; ++fleet)
      for (int64_t slot = 0; slot < fleet_.training.steps * devices; ++slot)
        store_gain(first + fleet, slot, static_cast<size_t>(fleet * slots_ + slot));
    return true;
  }

 private:
  /// The row of an image, or -1: the last fleet may see more images than are wanted.
  int64_t row_of(int64_t fleet, int64_t slot) const {
    const int64_t per_fleet = fleet_.training.steps * fleet_.at_switch.devices;
    const int64_t all = fleets_ * per_fleet;
    const int64_t row = (fleet * per_fleet + slot) % all * (kStride % all) % all;
    return row < scratch_.windows.rows ? row : -1;
  }

  void store_inputs(const LearnedFleet& learned, int64_t first, int64_t t) {
    const int64_t devices = fleet_.at_switch.devices;
    for (int64_t i = 0; i < learned.rows(); ++i) {
      const int64_t row = row_of(first + i / devices, t * devices + i % devices);
      if (row < 0) continue;
      for (int input = 0; input < kFleetInputs; ++input)
        *scratch_.windows.at(row, Windows::metric_quantity(1 + input)) =
            learned.inputs()[input * learned.rows() + i];
    }
  }

  void store_slots(const LearnedFleet& learned, int64_t t) {
    const int64_t devices = fleet_.at_switch.devices;
    const std::vector<double>& reward = problem_.windows.images->reward;
    for (int64_t i = 0; i < learned.rows(); ++i) {
      const auto at = static_cast<size_t>(i / devices * slots_ + t * devices + i % devices);
      const auto from = static_cast<size_t>(i);
      wish_[at] = learned.wish()[from];
      units_[at] = learned.units()[from];
      reward_[at] = static_cast<float>(reward[learned.rank()[from]]);
    }
  }

  void store_gain(int64_t fleet, int64_t slot, size_t at) {
    const int64_t row = row_of(fleet, slot);
    if (row < 0) return;
    const int64_t considered = fleet_.training.horizon * fleet_.at_switch.devices + 1;
    const auto gain =
        static_cast<float>(offload_gain(fleet_.at_switch, wish_.data() + at, reward_.data() + at,
                                        considered, units_[at], problem_.dqn.discount));
    scratch_.windows.reward[static_cast<size_t>(row)] = gain;
    float* const after = scratch_.after.data() + kPadding + row * padded_values(problem_.bucket);
    std::fill_n(after, kOneState.capacity + 1, -0.5f * gain);
  }

  const TrainingProblem& problem_;
  const FleetNetwork& fleet_;
  TrainingScratch& scratch_;
  const StopRequest& stop_;
  const int64_t fleets_;       ///< of the iteration
  const int64_t slots_;        ///< of a fleet
  std::vector<uint8_t> wish_;  ///< [fleet * slots_ + slot], as the next two
  std::vector<float> reward_;
  std::vector<int32_t> units_;
};

}  // namespace

bool draw_lessons(const TrainingProblem& problem, const std::vector<float>& weights,
                  int64_t iteration, TrainingScratch& scratch, const StopRequest& stop) {
  const FleetNetwork& fleet = *problem.fleet;
  const SimulatedNetwork network(problem.shape, problem.bucket, Outputs::action_values, weights);
  const int64_t per_fleet = fleet.training.steps * fleet.at_switch.devices;
  const int64_t fleets = (windows_per_iteration(problem.dqn) + per_fleet - 1) / per_fleet;
  const int64_t together = std::min(fleets, fleets_together(fleet.at_switch.devices));
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
