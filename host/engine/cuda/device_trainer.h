#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "host/engine/cuda/device_context.h"
#include "host/engine/cuda/fast_iteration.h"
#include "host/engine/cuda/learned_fleets.h"
#include "host/engine/plan/device_plan.h"
#include "host/engine/problem/problem.h"
#include "host/engine/run/fallback_backend.h"
#include "host/stop_request.h"

namespace edgesweep {

/// What a network in training asks of a device.
NetworkDemand demand_of(const TrainingProblem& problem, Math math = Math::exact);

/// One network in training on a device: its weights, Adam's moments, windows and targets. The
/// device's counterpart of CpuTrainer; CohortIteration advances many of them at once.
class DeviceTrainer {
 public:
  /// problem outlives the trainer. Throws DeviceError when memory runs out.
  DeviceTrainer(const TrainingProblem& problem, const TrainingState& state,
                const TrainingPlan& plan, DeviceContext& context);

  int64_t iteration() const { return progress_.iteration; }
  double mean_squared_error() const { return progress_.mean_squared_error; }
  /// Writes weights, Adam's moments, step and iteration into `state`.
  void store(TrainingState& state) const;

  /// The kernels' view of the next iteration; adam_step and error are the caller's.
  TrainTask task() const;
  /// Of a fleet, whose windows and targets its cameras' images become: the fleets of the next
  /// iteration. training: task() in device memory.
  LearnedFleetTask fleet_task(const TrainTask* training) const;
  /// Adam's step scales of the next iteration, in order; advances Adam's powers.
  std::vector<float> next_adam_steps();
  void finish_iteration(double mean_squared_error);

  const TrainingProblem& problem() const { return problem_; }

 private:
  const TrainingProblem& problem_;
  DeviceContext& context_;
  TrainingState progress_;  ///< iteration, Adam's step and powers; no weights
  DeviceSource source_;
  DeviceBuffer<int32_t> sizes_;
  DeviceBuffer<float> weights_, adam_mean_, adam_square_;
  DeviceBuffer<float> gap_probability_, remaining_;
  DeviceBuffer<float> windows_, reward_, afterstates_, column_loss_, scratch_;
  DeviceBuffer<int32_t> next_gap_;
  DeviceBuffer<double> row_sum_, batch_error_;
  std::optional<DeviceFleets> fleets_;
};

/// Whether and how often a Q iteration asks if it is to be given up. Each question waits for the
/// device.
struct StopQuestions {
  StopRequest stop;      ///< null: no question
  int mini_batches = 1;  ///< between two questions
};

/// Q iterations of up to `networks` networks side by side, all of fleets or none: two launches and
/// one wait each (of fleets one more for each thousand steps), or in
/// `math: "fast"` one graph per mini-batch and group of networks of the same sizes; with questions
/// a launch and a wait more for each.
class CohortIteration {
 public:
  CohortIteration(const TrainingPlan& plan, size_t networks, int mini_batches, Math math,
                  DeviceContext& context);

  /// One Q iteration of each; all have the same batch and mini-batches. False: stopped in the
  /// middle; the trainers are of no use any more.
  bool run(const std::vector<DeviceTrainer*>& given, const StopQuestions& questions = {});

  /// What the last one took on the device: windows and targets, mini-batches.
  double targets_seconds() const { return DeviceEvent::seconds_between(begun_, drawn_); }
  double training_seconds() const { return DeviceEvent::seconds_between(drawn_, trained_); }

 private:
  void queue_targets(const std::vector<DeviceTrainer*>& trainers);
  // False: stopped.
  bool queue_fleets(const std::vector<DeviceTrainer*>& trainers, const StopQuestions& questions);
  bool train_exactly(const std::vector<DeviceTrainer*>& trainers, const StopQuestions& questions);
  bool train_fast(const std::vector<DeviceTrainer*>& trainers, const StopQuestions& questions);
  bool stop_after_waiting(const StopQuestions& questions);
  void make_groups(const std::vector<DeviceTrainer*>& trainers);

  const TrainingPlan plan_;
  const size_t mini_batches_;
  DeviceContext& context_;
  DeviceBuffer<TrainTask> tasks_;
  DeviceBuffer<float> adam_steps_;
  DeviceBuffer<double> errors_;
  DeviceBuffer<float> scratch_;
  std::optional<FleetLaunches> fleets_;  ///< of networks of fleets
  DeviceEvent begun_, drawn_, trained_;
  std::unique_ptr<CublasHandle> cublas_;  ///< in `math: "fast"`
  std::vector<std::unique_ptr<FastTraining>> groups_;
  std::vector<DeviceTrainer*> grouped_;  ///< the trainers that groups_ were made for
};

}  // namespace edgesweep
