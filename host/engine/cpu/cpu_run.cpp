#include "host/engine/cpu/cpu_run.h"

#include <chrono>
#include <cmath>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/learned_fleet.h"
#include "host/engine/run/run_outcome.h"

namespace edgesweep {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

CpuRun::CpuRun(const RunJob& job, InputCache& inputs, RunObserver& observer)
    : job_(job), inputs_(inputs), observer_(observer) {}

CpuRun::~CpuRun() = default;

void CpuRun::prepare() {
  problem_ = std::make_unique<const RunProblem>(
      resolve_job(job_, inputs_, [this] { return observer_.stop_requested(); }));
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

std::optional<EvaluationLosses> CpuRun::evaluate() {
  const Clock::time_point start = Clock::now();
  const TrainingProblem& training = *problem_->training;
  bool stopped = false;
  const auto loss_on = [&](const SequenceSource& source, const SimulationSize& size) {
    if (training.fleet) {
      const LearnedFleetOutcome outcome =
          simulate_learned_fleet({&training, &state_.weights, &source, size,
                                  [this] { return observer_.stop_requested(); }});
      stopped = stopped || outcome.fleet.stopped;
      return fleet_result(Policy::dqn, *problem_, source, size, outcome.fleet).loss;
    }
    SimulationRequest request = evaluation_request(training, source, size, state_.weights);
    request.stop_requested = [this] { return observer_.stop_requested(); };
    const SimulationOutcome outcome = simulate_on_cpu(request);
    stopped = stopped || outcome.stopped;
    return evaluation_loss(request, outcome);
  };
  const double training_loss =
      loss_on(training.training_evaluation, training.dqn.training_sequences);
  const double validation_loss = loss_on(training.validation, training.dqn.validation);
  state_.evaluation_seconds += seconds_since(start);
  if (stopped) return std::nullopt;
  return EvaluationLosses{training_loss, validation_loss};
}

CpuRun::Step CpuRun::stop() {
  store();
  observer_.on_checkpoint(job_.run, state_);
  return Step::stopped;
}

std::optional<CpuRun::Step> CpuRun::before_iteration() {
  for (;;) {
    switch (next_step(job_, *problem_->training, state_, trainer_->iteration(), observer_)) {
      case RunStep::evaluate:
        store();
        if (trainer_->diverged()) return end_training(true);
        if (const std::optional<EvaluationLosses> losses = evaluate())
          observer_.on_evaluation(job_.run,
                                  record_evaluation(*problem_->training, *losses, state_));
        else
          return stop();
        break;
      case RunStep::finish:
        store();
        return end_training(trainer_->diverged());
      case RunStep::stop:
        return stop();
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
  try {
    if (!problem_) prepare();
  } catch (const Stopped&) {
    return Step::stopped;  // a checkpoint that it would go on from is still there
  }
  if (!trainer_) {
    if (observer_.stop_requested()) return Step::stopped;
    return simulate(nullptr);
  }
  const double evaluated_before = state_.evaluation_seconds;
  if (const std::optional<Step> ended = before_iteration()) return *ended;
  store();  // what a stop in the middle of the iteration goes back to
  if (!trainer_->q_iteration(scratch, [this] { return observer_.stop_requested(); })) {
    observer_.on_checkpoint(job_.run, state_);
    return Step::stopped;
  }
  seconds_ += seconds_since(start) - (state_.evaluation_seconds - evaluated_before);
  observer_.on_iteration(job_.run, trainer_->iteration());
  if (std::isfinite(trainer_->mean_squared_error())) return Step::iterated;
  store();
  return end_training(true);
}

CpuRun::Step CpuRun::end_training(bool diverged) {
  if (diverged) {
    result_->status = RunStatus::failed;
    result_->failure = divergence_text(state_);
  } else if (seconds_ >= kSecondsWorthKeeping) {
    observer_.on_checkpoint(job_.run, state_);
  }
  return simulate(diverged ? nullptr : &tested_weights(job_.settings.dqn, state_));
}

void CpuRun::simulate_cameras(const std::vector<float>& weights, SimulationOutcome& outcome) {
  LearnedFleetOutcome simulated =
      simulate_learned_fleet({&*problem_->training, &weights, &problem_->test, job_.settings.test,
                              [this] { return observer_.stop_requested(); }});
  outcome.stopped = simulated.fleet.stopped;
  add_strategy(
      *problem_, Policy::dqn, simulated.fleet, [&] { return std::move(simulated.occupancy); },
      outcome);
}

CpuRun::Step CpuRun::simulate(const std::vector<float>* weights) {
  const Clock::time_point start = Clock::now();
  SimulationRequest request = test_request(*problem_, problem_->fleet ? nullptr : weights);
  request.stop_requested = [this] { return observer_.stop_requested(); };
  SimulationOutcome outcome = simulate_on_cpu(request);
  if (problem_->fleet && !outcome.stopped)
    simulate_strategies(*problem_, simulate_fleet_on_cpu, request.stop_requested, outcome);
  if (problem_->fleet && weights && !outcome.stopped) simulate_cameras(*weights, outcome);
  if (outcome.stopped) return trainer_ ? stop() : Step::stopped;
  take_simulation(*problem_, request, std::move(outcome), *result_);
  result_->simulation_seconds = seconds_since(start);
  if (trainer_) take_training(*problem_, state_, *result_);
  drop_unwanted_weights(job_.settings, *result_);
  return Step::finished;
}

}  // namespace edgesweep
