// Whole runs: training with its evaluations, then every policy on the test sequences.
#include <stdexcept>

#include "host/engine/backends.h"
#include "host/engine/run/backend.h"
#include "host/engine/run/observers.h"
#include "host/engine/run/run_outcome.h"
#include "host/engine/run/run_steps.h"
#include "tests/arm64/digest.h"
#include "tests/reference/reference_simulator.h"
#include "tests/reference/reference_trainer.h"
#include "tests/support/learned_fleets.h"
#include "tests/support/parity_cases.h"

namespace edgesweep::testing {
namespace {

class KeepResult : public SilentObserver {
 public:
  void on_finished(size_t, RunResult finished) override { result = std::move(finished); }

  RunResult result;
};

double plain_loss(const TrainingProblem& training, const SequenceSource& source,
                  const SimulationSize& size, const TrainingState& state) {
  const SimulationRequest request = evaluation_request(training, source, size, state.weights);
  return evaluation_loss(request, reference_simulation(request));
}

/// False when training diverged.
bool train_plainly(const RunJob& job, const TrainingProblem& training, TrainingState& state) {
  KeepResult observer;
  for (;;) {
    const RunStep next = next_step(job, training, state, state.iteration, observer);
    if (next == RunStep::finish) return true;
    if (next == RunStep::evaluate)
      record_evaluation(training,
                        {plain_loss(training, training.training_evaluation,
                                    training.dqn.training_sequences, state),
                         plain_loss(training, training.validation, training.dqn.validation, state)},
                        state);
    else
      reference_q_iteration(training, state);
    if (is_diverged(state.mean_squared_error, state.weights)) return false;
  }
}

RunResult run_plainly(const RunJob& job) {
  const RunProblem problem = prepared(job.settings);
  RunResult result = described_result(problem);
  TrainingState state = initial_state(*problem.training);
  const bool finished = train_plainly(job, *problem.training, state);
  if (!finished) result.status = RunStatus::failed;
  take_training(problem, state, result);
  const SimulationRequest request =
      test_request(problem, finished ? &tested_weights(job.settings.dqn, result) : nullptr);
  take_simulation(problem, request, reference_simulation(request), result);
  return result;
}

RunResult run_with_vectors(const RunJob& job) {
  InputCache inputs;
  KeepResult observer;
  make_cpu_backend(1)->execute({job}, inputs, observer);
  return observer.result;
}

/// All but the seconds and what describes the run.
Digest digest_of(const RunResult& result) {
  Digest digest;
  digest.add(result.status == RunStatus::done);
  digest.add(result.iterations);
  digest.add(result.bucket_refill);
  digest.add(result.bucket_cost);
  digest.add(result.bucket_capacity);
  digest.add(result.mean_gap);
  digest.add(result.mdp_sweeps);
  digest.add(result.baseline_threshold);
  digest.add(result.mdp_threshold);
  digest.add(result.sequence_weak_loss);
  for (const PolicyResult& policy : result.policies) {
    digest.add(policy.loss);
    digest.add(policy.loss_se);
    digest.add(policy.offload_rate);
  }
  for (const CurvePoint& point : result.curve) {
    digest.add(point.learning_rate);
    digest.add(point.mean_squared_error);
    digest.add(point.training_loss);
    digest.add(point.validation_loss);
  }
  digest.add(result.best_iteration);
  digest.add(result.best_validation_loss);
  digest.add(result.weights);
  digest.add(result.best_weights);
  return digest;
}

void compare_run(const std::string& name, const RunSettings& settings, Report& report) {
  RunJob job;
  job.id = name;
  job.settings = settings;
  report.compare(
      name, [&] { return digest_of(run_plainly(job)); },
      [&] { return digest_of(run_with_vectors(job)); });
}

/// Cameras that share a network have no plain version of a whole run
/// (tests/unit/learned_fleet_test.cpp follows their steps): the instruction sets and the processors
/// have to agree.
void compare_fleet(const std::string& name, const RunSettings& settings, Report& report) {
  RunJob job;
  job.id = name;
  job.settings = settings;
  const auto run = [&] {
    const RunResult result = run_with_vectors(job);
    if (result.policies.size() != settings.policies.size())
      throw std::logic_error(name + " has not been simulated");
    return digest_of(result);
  };
  report.compare(name, run, run);
}

}  // namespace

void digest_runs(Report& report) {
  RunSettings settings = small_settings();
  settings.dqn.schedule = {{50, 1e-2}, {10, 1e-3}};
  settings.dqn.evaluate_every = 20;
  compare_run("periodic", settings, report);

  RunSettings other = settings;
  other.metric_sequence = {};
  other.dqn.keep = DqnSettings::Keep::best;
  compare_run("iid_keep_best", other, report);
  other.arrivals = {ArrivalSettings::Type::markov_modulated, 1, 3, 0.1, 0.05, "", ""};
  compare_run("modulated", other, report);
  other.dqn.history_gaps = 2;
  compare_run("modulated_with_gaps", other, report);

  other = settings;
  other.dqn.schedule = {{60, 1e30}};
  compare_run("diverging", other, report);

  other = settings;
  other.dqn.history_metrics = 95;
  other.dqn.layers = 5;
  other.dqn.width = 64;
  other.dqn.batch = 64;
  other.dqn.mini_batches = 4;
  other.dqn.schedule = {{16, 1e-3}, {4, 1e-4}};
  other.dqn.evaluate_every = 10;
  compare_run("network_of_the_paper", other, report);

  other = learned_fleet_settings(3);
  other.dqn.schedule = {{16, 1e-3}, {4, 1e-4}};
  other.dqn.evaluate_every = 10;
  compare_fleet("learned_fleet", other, report);
}

}  // namespace edgesweep::testing
