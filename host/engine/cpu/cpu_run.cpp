#include "host/engine/cpu/cpu_run.h"

#include <chrono>
#include <cmath>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/cpu_trainer.h"
#include "host/engine/run_outcome.h"
#include "host/engine/run_steps.h"

namespace edgesweep {
namespace {

using Clock = std::chrono::steady_clock;

double loss_on(const TrainingProblem& training, const SequenceSource& source,
               const SimulationSize& size, const std::vector<float>& weights) {
  const SimulationRequest request = evaluation_request(training, source, size, weights);
  return evaluation_loss(request, simulate_on_cpu(request));
}

EvaluationLosses evaluate(const TrainingProblem& training, const TrainingState& state) {
  return {loss_on(training, training.training_evaluation, training.dqn.training_sequences,
                  state.weights),
          loss_on(training, training.validation, training.dqn.validation, state.weights)};
}

enum class TrainingEnd { finished, diverged, stopped };

TrainingEnd train(const RunJob& job, const TrainingProblem& training, TrainingState& state,
                  RunObserver& observer) {
  CpuTrainer trainer(training, state);
  const TrainingClock clock(state);
  const auto store = [&] {
    trainer.store(state);
    state.seconds = clock.seconds();
  };
  const auto ended = [&] {
    store();
    return trainer.diverged() ? TrainingEnd::diverged : TrainingEnd::finished;
  };
  for (;;) {
    switch (next_step(job, training, state, trainer.iteration(), observer)) {
      case RunStep::evaluate:
        store();
        if (trainer.diverged()) return TrainingEnd::diverged;
        observer.on_evaluation(job.run,
                               record_evaluation(training, evaluate(training, state), state));
        continue;
      case RunStep::finish:
        return ended();
      case RunStep::stop:
        store();
        observer.on_checkpoint(job.run, state);
        return TrainingEnd::stopped;
      case RunStep::checkpoint:
        store();
        observer.on_checkpoint(job.run, state);
        break;
      case RunStep::iterate:
        break;
    }
    trainer.q_iteration();
    observer.on_iteration(job.run, trainer.iteration());
    if (!std::isfinite(trainer.mean_squared_error())) return ended();
  }
}

}  // namespace

std::optional<RunResult> execute_run_on_cpu(const RunJob& job, InputCache& inputs,
                                            RunObserver& observer) {
  const RunProblem problem = prepare_run(job.id, job.settings, inputs);
  RunResult result = described_result(problem);
  const std::vector<float>* weights = nullptr;
  if (problem.training) {
    TrainingState state = job.resume ? *job.resume : initial_state(*problem.training);
    observer.on_start(job.run, job.settings.dqn.iterations(), state.iteration);
    const TrainingEnd end = train(job, *problem.training, state, observer);
    if (end == TrainingEnd::stopped) return std::nullopt;
    if (end == TrainingEnd::diverged) {
      result.status = RunStatus::failed;
      result.failure = divergence_text(state);
    }
    take_training(problem, state, result);
    if (end == TrainingEnd::finished) weights = &tested_weights(job.settings.dqn, result);
  } else {
    observer.on_start(job.run, 0, 0);
    if (observer.stop_requested()) return std::nullopt;
  }
  const Clock::time_point start = Clock::now();
  const SimulationRequest request = test_request(problem, weights);
  take_simulation(problem, request, simulate_on_cpu(request), result);
  result.simulation_seconds = std::chrono::duration<double>(Clock::now() - start).count();
  drop_unwanted_weights(job.settings, result);
  return result;
}

}  // namespace edgesweep
