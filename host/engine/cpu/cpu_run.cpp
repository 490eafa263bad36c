#include "host/engine/cpu/cpu_run.h"

#include <chrono>
#include <cmath>
#include <limits>

#include "host/engine/cpu/cpu_simulator.h"
#include "host/engine/cpu/cpu_trainer.h"
#include "host/policy/bounds.h"

namespace edgesweep {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Loss of the network on sequences of training images.
double evaluation_loss(const TrainingProblem& training, const SequenceSource& source,
                       const SimulationSize& size, const std::vector<float>& weights) {
  SimulationRequest request;
  request.source = &source;
  request.size = size;
  request.bucket = training.bucket;
  request.shape = &training.shape;
  request.weights = &weights;
  request.history_metrics = training.dqn.history_metrics;
  request.history_gaps = training.dqn.history_gaps;
  const SimulationOutcome outcome = simulate_on_cpu(request);
  return policy_result(Policy::dqn, outcome.network, size, source.images->mean_weak_cost).loss;
}

/// Adds a point to the curve and keeps the best weights. `state` holds the weights after
/// `iteration` iterations.
const CurvePoint& evaluate(const TrainingProblem& training, TrainingState& state) {
  CurvePoint point;
  point.iteration = state.iteration;
  point.learning_rate = learning_rate_at(training.dqn, state.iteration);
  point.mean_squared_error =
      state.iteration > 0 ? state.mean_squared_error : std::numeric_limits<double>::quiet_NaN();
  point.training_loss = evaluation_loss(training, training.training_evaluation,
                                        training.dqn.training_sequences, state.weights);
  point.validation_loss =
      evaluation_loss(training, training.validation, training.dqn.validation, state.weights);
  state.curve.push_back(point);
  if (state.best_iteration < 0 || point.validation_loss < state.best_validation_loss) {
    state.best_iteration = state.iteration;
    state.best_validation_loss = point.validation_loss;
    state.best_weights = state.weights;
  }
  return state.curve.back();
}

bool evaluation_due(const TrainingProblem& training, const TrainingState& state,
                    int64_t iteration) {
  const int64_t every = training.dqn.evaluate_every;
  if (every == 0) return false;
  if (!state.curve.empty() && state.curve.back().iteration >= iteration) return false;
  return iteration % every == 0 || iteration == training.dqn.iterations();
}

enum class TrainingEnd { finished, diverged, stopped };

TrainingEnd train(const RunJob& job, const TrainingProblem& training, TrainingState& state,
                  RunObserver& observer) {
  CpuTrainer trainer(training, state);
  const double seconds_before = state.seconds;
  const Clock::time_point start = Clock::now();
  const auto store = [&] {
    trainer.store(state);
    state.seconds = seconds_before + seconds_since(start);
  };
  const int64_t iterations = training.dqn.iterations();
  for (;;) {
    if (evaluation_due(training, state, trainer.iteration())) {
      store();
      if (trainer.diverged()) return TrainingEnd::diverged;
      observer.on_evaluation(job.run, evaluate(training, state));
    }
    if (trainer.iteration() == iterations) break;
    if (observer.stop_requested()) {
      store();
      observer.on_checkpoint(job.run, state);
      return TrainingEnd::stopped;
    }
    if (observer.wants_checkpoint(job.run)) {
      store();
      observer.on_checkpoint(job.run, state);
    }
    trainer.q_iteration();
    observer.on_iteration(job.run, trainer.iteration());
    if (!std::isfinite(trainer.mean_squared_error())) break;
  }
  store();
  return trainer.diverged() ? TrainingEnd::diverged : TrainingEnd::finished;
}

std::string divergence_text(const TrainingState& state) {
  return "the network diverged (NaN or infinite weights or error) at Q iteration " +
         std::to_string(state.iteration) + "; a smaller learning rate may help";
}

/// Everything that is simulated on the test sequences; `weights` null without a usable network.
SimulationRequest test_request(const RunProblem& problem, const std::vector<float>* weights) {
  SimulationRequest request;
  const RunSettings& settings = problem.settings;
  request.source = &problem.test;
  request.size = settings.test;
  request.bucket = problem.bucket;
  request.traces = settings.store.traces;
  const size_t states = static_cast<size_t>(problem.bucket.capacity - problem.bucket.cost) + 1;
  if (settings.has(Policy::baseline))
    request.thresholds.push_back(
        {Policy::baseline,
         std::vector<float>(states, static_cast<float>(problem.baseline_threshold))});
  if (settings.has(Policy::mdp))
    request.thresholds.push_back({Policy::mdp, std::vector<float>(problem.mdp_threshold.begin(),
                                                                  problem.mdp_threshold.end())});
  if (weights) {
    request.shape = &problem.training->shape;
    request.weights = weights;
    request.history_metrics = settings.dqn.history_metrics;
    request.history_gaps = settings.dqn.history_gaps;
  }
  return request;
}

void simulate_policies(const RunProblem& problem, const std::vector<float>* weights,
                       RunResult& result) {
  const RunSettings& settings = problem.settings;
  const ImageSet& images = problem.dataset->test;
  const SimulationRequest request = test_request(problem, weights);
  SimulationOutcome outcome = simulate_on_cpu(request);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Policy policy : settings.policies) {
    PolicyResult row;
    row.policy = policy;
    if (policy == Policy::weak) {
      row.loss = images.mean_weak_cost;
    } else if (policy == Policy::strong) {
      row = policy_result(policy, outcome.strong, settings.test, images.mean_weak_cost);
    } else if (policy == Policy::lower_bound) {
      const LowerBound bound = lower_bound(images, problem.baseline_threshold);
      row.loss = images.mean_weak_cost - bound.mean_reward;
      row.offload_rate = bound.offload_rate;
    } else if (policy == Policy::dqn) {
      if (weights)
        row = policy_result(policy, outcome.network, settings.test, images.mean_weak_cost);
      else
        row.loss = row.loss_se = row.offload_rate = nan;
    }
    for (size_t i = 0; i < request.thresholds.size(); ++i)
      if (request.thresholds[i].policy == policy)
        row = policy_result(policy, outcome.thresholds[i], settings.test, images.mean_weak_cost);
    result.policies.push_back(row);
  }
  double weak = 0;
  for (const double sum : outcome.weak_cost) weak += sum;
  result.sequence_weak_loss = weak / (static_cast<double>(settings.test.sequences) *
                                      static_cast<double>(settings.test.images));
  result.traces = std::move(outcome.traces);
}

void describe(const RunProblem& problem, RunResult& result) {
  result.id = problem.id;
  result.bucket_refill = problem.bucket.refill;
  result.bucket_cost = problem.bucket.cost;
  result.bucket_capacity = problem.bucket.capacity;
  result.mean_gap = problem.mean_gap;
  result.mdp_sweeps = problem.mdp_sweeps;
  result.baseline_threshold = problem.baseline_threshold;
  result.mdp_threshold = problem.mdp_threshold;
}

void take_training(const RunProblem& problem, TrainingState& state, RunResult& result) {
  result.iterations = state.iteration;
  result.training_seconds = state.seconds;
  result.best_iteration = state.best_iteration;
  result.best_validation_loss = state.best_validation_loss;
  result.curve = std::move(state.curve);
  result.layer_sizes = problem.training->shape.sizes;
  result.weights = std::move(state.weights);
  result.best_weights = std::move(state.best_weights);
}

}  // namespace

std::optional<RunResult> execute_run_on_cpu(const RunJob& job, InputCache& inputs,
                                            RunObserver& observer) {
  const RunProblem problem = prepare_run(job.id, job.settings, inputs);
  RunResult result;
  describe(problem, result);
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
    const bool use_best =
        job.settings.dqn.keep == DqnSettings::Keep::best && !result.best_weights.empty();
    if (end == TrainingEnd::finished) weights = use_best ? &result.best_weights : &result.weights;
  } else {
    observer.on_start(job.run, 0, 0);
    if (observer.stop_requested()) return std::nullopt;
  }
  const Clock::time_point start = Clock::now();
  simulate_policies(problem, weights, result);
  result.simulation_seconds = seconds_since(start);
  if (!job.settings.store.weights) {
    result.weights.clear();
    result.best_weights.clear();
  }
  return result;
}

}  // namespace edgesweep
