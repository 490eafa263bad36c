#pragma once
#include <memory>
#include <optional>

#include "host/engine/cpu/cpu_trainer.h"
#include "host/engine/run/backend.h"
#include "host/engine/run/run_steps.h"

namespace edgesweep {

/// One run in progress on the CPU. Not tied to a thread: whoever holds it takes its next step.
class CpuRun {
 public:
  enum class Step { iterated, finished, stopped };

  /// job, inputs and observer outlive the run. Cheap: the problem is solved at the first step.
  CpuRun(const RunJob& job, InputCache& inputs, RunObserver& observer);
  ~CpuRun();

  /// Evaluations and checkpoints that are due, then one Q iteration, or, when all are done, the
  /// test simulation. finished: result() has it. stopped: a checkpoint has been written.
  Step step(TrainingScratch& scratch);

  /// Q iterations done; 0 before the first step.
  int64_t iteration() const { return trainer_ ? trainer_->iteration() : 0; }

  /// The windows it trains on, known after the first step; null without `dqn`.

  const RunJob& job() const { return job_; }
  RunResult take_result() { return std::move(*result_); }

 private:
  void prepare();
  void store();
  /// Nothing when a stop was requested in the middle of it.
  std::optional<EvaluationLosses> evaluate();
  Step stop();
  /// What is due before the next iteration: nothing is returned when it may begin.
  std::optional<Step> before_iteration();
  Step end_training(bool diverged);
  /// weights: of the network to test; null without a usable one.
  Step simulate(const std::vector<float>* weights);
  /// Adds to the outcome what many cameras do by a network.
  void simulate_cameras(const std::vector<float>& weights, SimulationOutcome& outcome);

  const RunJob& job_;
  InputCache& inputs_;
  RunObserver& observer_;
  std::unique_ptr<const RunProblem> problem_;
  std::unique_ptr<CpuTrainer> trainer_;
  TrainingState state_;  ///< as it was stored last: when the iteration under way began, at least
  double seconds_ = 0;   ///< of its training, evaluations apart
  std::optional<RunResult> result_;
};

}  // namespace edgesweep
