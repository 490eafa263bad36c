#include "host/engine/cpu/cpu_run.h"

#include <chrono>
#include <cmath>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/run_outcome.h"

namespace edgesweep {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double loss_on(const TrainingProblem& training, const SequenceSource& source,
               const SimulationSize& size, const std::vector<float>& weights) {
  const SimulationRequest request = evaluation_request(training, source, size, weights);
  return evaluation_loss(request, simulate_on_cpu(request));
}

}  // namespace

CpuRun::CpuRun(const RunJob& job, InputCache& inputs, RunObserver& observer)
    : job_(job), inputs_(inputs), observer_(observer) {}

CpuRun::~CpuRun() = default;

void CpuRun::prepare() {
  problem_ = std::make_unique<const RunProblem>(prepare_run(job_.id, job_.settings, inputs_));
  result_ = described_result(*problem_);
  if (!problem_->training) {
    observer_.on_start(job_.run, 0, 0);
    return;
  }
  state_ = job_.resume ? *job_.resume : initial_state(*problem_->training);
  seconds_ = state_.seconds;
  observer_.on_start(job_.run, job_.settings.dqn.iterations(), state_.iteration);
  trainer_ = std::make_unique<CpuTrainer>(*problem_->training, state_);
}

void CpuRun::store() {
  trainer_->store(state_);
  state_.seconds = seconds_;
}

EvaluationLosses CpuRun::evaluate() const {
  const TrainingProblem& training = *problem_->training;
  return {loss_on(training, training.training_evaluation, training.dqn.training_sequences,
                  state_.weights),
          loss_on(training, training.validation, training.dqn.validation, state_.weights)};
}

std::optional<CpuRun::Step> CpuRun::before_iteration() {
  for (;;) {
    switch (next_step(job_, *problem_->training, state_, trainer_->iteration(), observer_)) {
      case RunStep::evaluate:
        store();
        if (trainer_->diverged()) return end_training(true);
        observer_.on_evaluation(job_.run,
                                record_evaluation(*problem_->training, evaluate(), state_));
        break;
      case RunStep::finish:
        store();
        return end_training(trainer_->diverged());
      case RunStep::stop:
        store();
        observer_.on_checkpoint(job_.run, state_);
        return Step::stopped;
      case RunStep::checkpoint:
        store();
        observer_.on_checkpoint(job_.run, state_);
        return std::nullopt;
      case RunStep::iterate:
        return std::nullopt;
    }
  }
}

CpuRun::Step CpuRun::step(TrainingScratch& scratch) {
  const Clock::time_point start = Clock::now();
  if (!problem_) prepare();
  if (!trainer_) {
    if (observer_.stop_requested()) return Step::stopped;
    return simulate(nullptr);
  }
  if (const std::optional<Step> ended = before_iteration()) return *ended;
  trainer_->q_iteration(scratch);
  seconds_ += seconds_since(start);
  observer_.on_iteration(job_.run, trainer_->iteration());
  if (std::isfinite(trainer_->mean_squared_error())) return Step::iterated;
  store();
  return end_training(true);
}

CpuRun::Step CpuRun::end_training(bool diverged) {
  if (diverged) {
    result_->status = RunStatus::failed;
    result_->failure = divergence_text(state_);
  }
  take_training(*problem_, state_, *result_);
  return simulate(diverged ? nullptr : &tested_weights(job_.settings.dqn, *result_));
}

CpuRun::Step CpuRun::simulate(const std::vector<float>* weights) {
  const Clock::time_point start = Clock::now();
  const SimulationRequest request = test_request(*problem_, weights);
  take_simulation(*problem_, request, simulate_on_cpu(request), *result_);
  result_->simulation_seconds = seconds_since(start);
  drop_unwanted_weights(job_.settings, *result_);
  return Step::finished;
}

}  // namespace edgesweep
