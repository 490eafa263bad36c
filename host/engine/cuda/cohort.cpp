#include "host/engine/cuda/cohort.h"

#include <tbb/parallel_for.h>

#include <cmath>

#include "host/engine/cuda/cuda_simulator.h"
#include "host/engine/cuda/device_trainer.h"
#include "host/engine/cuda/learned_fleets.h"
#include "host/engine/problem/resolve.h"
#include "host/engine/run/run_outcome.h"
#include "host/engine/run/run_steps.h"

namespace edgesweep {
namespace {

using Clock = std::chrono::steady_clock;

/// resolve_job of all jobs, on all threads: each may solve an MDP. Throws Stopped.
std::vector<RunProblem> prepare_runs(const std::vector<const RunJob*>& jobs, InputCache& inputs,
                                     RunObserver& observer) {
  std::vector<RunProblem> problems(jobs.size());
  tbb::parallel_for(size_t{0}, jobs.size(), [&](size_t i) {
    problems[i] = resolve_job(*jobs[i], inputs, [&] { return observer.stop_requested(); });
  });
  return problems;
}

/// One finished run on its way from its simulation to the observer.
struct Finished {
  const RunJob* job;
  const RunProblem* problem;
  RunResult* result;
  const std::vector<float>* weights;  ///< null without a usable network
  TrainingState* state;               ///< null without training
};

/// The strategies of a finished run of many cameras, its network's among them. False: stopped.
bool simulate_strategies_of(const Finished& finished, DeviceContext& context, RunObserver& observer,
                            SimulationOutcome& outcome) {
  const RunProblem& problem = *finished.problem;
  const auto stop_requested = [&] { return observer.stop_requested(); };
  simulate_strategies(
      problem,
      [&](const FleetRequest& request) { return simulate_fleet_on_cuda(request, context); },
      stop_requested, outcome);
  if (outcome.stopped || !finished.weights) return !outcome.stopped;
  LearnedFleetOutcome learned =
      std::move(simulate_learned_fleets_on_cuda(
                    {{&*problem.training, finished.weights, &problem.test, problem.settings.test,
                      stop_requested, problem.settings.store.statistics}},
                    context)
                    .front());
  if (learned.fleet.stopped) return false;
  add_strategy(
      problem, Policy::dqn, learned.fleet, [&] { return std::move(learned.occupancy); }, outcome);
  return true;
}

/// False when a stop was requested meanwhile: then nothing has been told.
bool simulate_finished(const std::vector<Finished>& finished, DeviceContext& context,
                       RunObserver& observer) {
  if (finished.empty()) return true;
  const Clock::time_point start = Clock::now();
  std::vector<SimulationRequest> requests;
  for (const Finished& run : finished)
    requests.push_back(test_request(*run.problem, run.problem->fleet ? nullptr : run.weights));
  std::vector<SimulationOutcome> outcomes = simulate_on_cuda(requests, context);
  context.arena().release();  // it was larger than evaluations are, and strategies need memory too
  if (outcomes.front().stopped) return false;
  for (size_t i = 0; i < finished.size(); ++i) {
    if (finished[i].problem->fleet &&
        !simulate_strategies_of(finished[i], context, observer, outcomes[i]))
      return false;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  for (size_t i = 0; i < finished.size(); ++i) {
    RunResult& result = *finished[i].result;
    take_simulation(*finished[i].problem, requests[i], std::move(outcomes[i]), result);
    result.simulation_seconds = seconds / static_cast<double>(finished.size());
    if (finished[i].state) take_training(*finished[i].problem, *finished[i].state, result);
    drop_unwanted_weights(finished[i].job->settings, result);
    observer.on_finished(finished[i].job->run, std::move(result));
  }
  return true;
}

}  // namespace

struct Cohort::Run {
  Run(const RunJob& j, RunProblem p)
      : job(j),
        problem(std::move(p)),
        state(j.resume ? *j.resume : initial_state(*problem.training)),
        result(described_result(problem)),
        clock(state) {}
  const TrainingProblem& training() const { return *problem.training; }

  const RunJob& job;
  RunProblem problem;
  TrainingState state;
  RunResult result;
  TrainingClock clock;
  std::unique_ptr<DeviceTrainer> trainer;  ///< gone once the training has ended
  bool finished = false;                   ///< the observer has its result
};

Cohort::Cohort(const std::vector<const RunJob*>& jobs, InputCache& inputs, DeviceContext& context,
               double seconds_between_questions, RunObserver& observer)
    : context_(context), seconds_between_questions_(seconds_between_questions) {
  std::vector<RunProblem> problems = prepare_runs(jobs, inputs, observer);
  std::vector<NetworkDemand> demands;
  for (size_t i = 0; i < jobs.size(); ++i) {
    demands.push_back(demand_of(jobs[i]->settings));
    runs_.push_back(std::make_unique<Run>(*jobs[i], std::move(problems[i])));
  }
  // What is simulated in the end, too: who comes later finds no memory rather than this run.
  for (const std::unique_ptr<Run>& run : runs_) context.upload(run->problem.test);
  std::vector<const NetworkDemand*> members;
  for (const NetworkDemand& demand : demands) members.push_back(&demand);
  const TrainingPlan plan = plan_training(members, context.limits());
  for (const std::unique_ptr<Run>& run : runs_)
    run->trainer = std::make_unique<DeviceTrainer>(run->training(), run->state, plan, context);
  const RunSettings& settings = jobs.front()->settings;
  iteration_ = std::make_unique<CohortIteration>(plan, runs_.size(), settings.dqn.mini_batches,
                                                 settings.math, context);
}

Cohort::~Cohort() = default;

void Cohort::execute(RunObserver& observer) {
  try {
    train(observer);
  } catch (const DeviceError& error) {
    if (error.out_of_memory()) keep_states(observer);
    throw;
  }
}

/// A run that has diverged keeps an earlier checkpoint: who goes on from there sees it diverge at
/// the same iteration.
void Cohort::keep_states(RunObserver& observer) {
  for (const std::unique_ptr<Run>& run : runs_) {
    if (run->finished) continue;
    if (run->trainer && !in_iteration_) store(*run);
    if (!is_diverged(run->state.mean_squared_error, run->state.weights))
      observer.on_checkpoint(run->job.run, run->state);
  }
}

void Cohort::train(RunObserver& observer) {
  Runs active;
  evaluation_seconds_ = 0;
  for (const std::unique_ptr<Run>& run : runs_) {
    observer.on_start(run->job.run, run->job.settings.dqn.iterations(), run->state.iteration);
    run->clock = TrainingClock(run->state);
    active.push_back(run.get());
  }
  for (;;) {
    active = between_iterations(std::move(active), observer);
    finish_ended(observer);
    if (active.empty()) return;
    if (!iterate(active, observer)) return;
    Runs sound;
    for (Run* run : active) {
      if (std::isfinite(run->trainer->mean_squared_error()))
        sound.push_back(run);
      else
        end_training(*run);
    }
    active = std::move(sound);
  }
}

void Cohort::store(Run& run) {
  run.trainer->store(run.state);
  run.state.seconds = run.clock.seconds() - evaluation_seconds_;
}

Cohort::Runs Cohort::between_iterations(Runs runs, RunObserver& observer) {
  Runs training_on;
  while (!runs.empty()) {
    Runs evaluating;
    for (Run* run : runs) {
      switch (
          next_step(run->job, run->training(), run->state, run->trainer->iteration(), observer)) {
        case RunStep::evaluate:
          store(*run);
          if (is_diverged(run->state.mean_squared_error, run->state.weights))
            end_training(*run);
          else
            evaluating.push_back(run);
          break;
        case RunStep::finish:
          end_training(*run);
          break;
        case RunStep::stop:
          store(*run);
          observer.on_checkpoint(run->job.run, run->state);
          break;
        case RunStep::checkpoint:
          store(*run);
          observer.on_checkpoint(run->job.run, run->state);
          training_on.push_back(run);
          break;
        case RunStep::iterate:
          training_on.push_back(run);
          break;
      }
    }
    runs.clear();
    if (evaluate(evaluating, observer)) runs = std::move(evaluating);
  }
  return training_on;
}

std::optional<std::vector<EvaluationLosses>> Cohort::losses_of(const Runs& runs,
                                                               RunObserver& observer) {
  std::vector<SimulationRequest> requests;
  for (const Run* run : runs) {
    const TrainingProblem& training = run->training();
    requests.push_back(evaluation_request(training, training.training_evaluation,
                                          training.dqn.training_sequences, run->state.weights));
    requests.push_back(evaluation_request(training, training.validation, training.dqn.validation,
                                          run->state.weights));
  }
  for (SimulationRequest& request : requests)
    request.stop_requested = [&] { return observer.stop_requested(); };
  const std::vector<SimulationOutcome> outcomes = simulate_on_cuda(requests, context_);
  if (outcomes.front().stopped) return std::nullopt;
  std::vector<EvaluationLosses> losses;
  for (size_t i = 0; i < runs.size(); ++i)
    losses.push_back({evaluation_loss(requests[2 * i], outcomes[2 * i]),
                      evaluation_loss(requests[2 * i + 1], outcomes[2 * i + 1])});
  return losses;
}

std::optional<std::vector<EvaluationLosses>> Cohort::fleet_losses_of(const Runs& runs,
                                                                     RunObserver& observer) {
  std::vector<LearnedFleetRequest> requests;
  for (const Run* run : runs) {
    const TrainingProblem& training = run->training();
    const auto add = [&](const SequenceSource& source, const SimulationSize& size) {
      requests.push_back({&training, &run->state.weights, &source, size,
                          [&] { return observer.stop_requested(); }, false});
    };
    add(training.training_evaluation, training.dqn.training_sequences);
    add(training.validation, training.dqn.validation);
  }
  const std::vector<LearnedFleetOutcome> outcomes =
      simulate_learned_fleets_on_cuda(requests, context_);
  if (outcomes.front().fleet.stopped) return std::nullopt;
  const auto loss = [&](size_t run, size_t i) {
    return fleet_result(Policy::dqn, runs[run]->problem, *requests[i].source, requests[i].size,
                        outcomes[i].fleet)
        .loss;
  };
  std::vector<EvaluationLosses> losses;
  for (size_t i = 0; i < runs.size(); ++i) losses.push_back({loss(i, 2 * i), loss(i, 2 * i + 1)});
  return losses;
}

bool Cohort::evaluate(const Runs& runs, RunObserver& observer) {
  if (runs.empty()) return true;
  const Clock::time_point start = Clock::now();
  const std::optional<std::vector<EvaluationLosses>> losses =
      runs.front()->problem.fleet ? fleet_losses_of(runs, observer) : losses_of(runs, observer);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  evaluation_seconds_ += seconds;
  for (Run* run : runs) run->state.evaluation_seconds += seconds / static_cast<double>(runs.size());
  for (size_t i = 0; i < runs.size(); ++i) {
    if (losses)
      observer.on_evaluation(runs[i]->job.run,
                             record_evaluation(runs[i]->training(), (*losses)[i], runs[i]->state));
    else
      observer.on_checkpoint(runs[i]->job.run, runs[i]->state);
  }
  return losses.has_value();
}

/// Short iterations are not interrupted: their end is soon, and questions cost time.
StopQuestions Cohort::questions(RunObserver& observer) const {
  if (iteration_seconds_ < seconds_between_questions_) return {};
  const int all = runs_.front()->job.settings.dqn.mini_batches;
  const double share = iteration_seconds_ > 0 ? seconds_between_questions_ / iteration_seconds_ : 0;
  return {[&observer] { return observer.stop_requested(); },
          std::max(1, static_cast<int>(share * all))};
}

bool Cohort::iterate(const Runs& runs, RunObserver& observer) {
  const StopQuestions asked = questions(observer);
  if (asked.stop)  // what a stop goes back to
    for (Run* run : runs) store(*run);
  std::vector<DeviceTrainer*> trainers;
  for (const Run* run : runs) trainers.push_back(run->trainer.get());
  const Clock::time_point start = Clock::now();
  in_iteration_ = true;
  const bool whole = iteration_->run(trainers, asked);
  in_iteration_ = false;
  if (!whole) {
    for (const Run* run : runs) observer.on_checkpoint(run->job.run, run->state);
    return false;
  }
  iteration_seconds_ = std::chrono::duration<double>(Clock::now() - start).count();
  for (const Run* run : runs) observer.on_iteration(run->job.run, run->trainer->iteration());
  return true;
}

void Cohort::end_training(Run& run) {
  store(run);
  run.trainer.reset();
  ended_.push_back(&run);
}

void Cohort::finish_ended(RunObserver& observer) {
  std::vector<Finished> finished;
  for (Run* run : ended_) {
    const bool diverged = is_diverged(run->state.mean_squared_error, run->state.weights);
    if (diverged) {
      run->result.status = RunStatus::failed;
      run->result.failure = divergence_text(run->state);
    } else if (run->state.seconds >= kSecondsWorthKeeping) {
      observer.on_checkpoint(run->job.run, run->state);
    }
    const std::vector<float>* weights =
        diverged ? nullptr : &tested_weights(run->job.settings.dqn, run->state);
    finished.push_back({&run->job, &run->problem, &run->result, weights, &run->state});
  }
  const bool told = simulate_finished(finished, context_, observer);
  for (Run* run : ended_) {
    run->finished = told;
    if (!told) observer.on_checkpoint(run->job.run, run->state);
  }
  ended_.clear();
}

void execute_without_networks(const std::vector<const RunJob*>& jobs, InputCache& inputs,
                              DeviceContext& context, RunObserver& observer) {
  constexpr size_t kTogether = 256;
  for (size_t first = 0; first < jobs.size(); first += kTogether) {
    const std::vector<const RunJob*> some(
        jobs.begin() + static_cast<ptrdiff_t>(first),
        jobs.begin() + static_cast<ptrdiff_t>(std::min(jobs.size(), first + kTogether)));
    for (const RunJob* job : some) observer.on_start(job->run, 0, 0);
    if (observer.stop_requested()) return;
    const std::vector<RunProblem> problems = prepare_runs(some, inputs, observer);
    std::vector<RunResult> results;
    for (const RunProblem& problem : problems) results.push_back(described_result(problem));
    std::vector<Finished> finished;
    for (size_t i = 0; i < some.size(); ++i)
      finished.push_back({some[i], &problems[i], &results[i], nullptr, nullptr});
    if (!simulate_finished(finished, context, observer)) return;
  }
}

}  // namespace edgesweep
