#include "host/engine/run/run_steps.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/engine/fleet/search.h"
#include "host/engine/problem/problem.h"
#include "host/engine/problem/resolve.h"
#include "host/engine/run/searches.h"
#include "host/policy/token_bucket.h"

namespace edgesweep {
namespace {

TokenBucket searched_bucket(const std::vector<SearchPoint>& search) {
  const SearchPoint& best = best_point(search);
  return *make_token_bucket(best.rate, best.depth);
}

/// Strategies and their policies. problem: dataset, bucket and test source are known.
FleetProblem resolve_fleet(const RunSettings& settings, const RunProblem& problem,
                           InputCache& inputs, const StopRequest& stop) {
  FleetProblem fleet;
  fleet.at_switch = switch_of(settings);
  const auto add = [&](Policy policy, FleetMode mode, const TokenBucket& bucket) {
    fleet.strategies.push_back(
        {policy, mode,
         make_rank_policy(problem.dataset->test, bucket,
                          mdp_of(settings, bucket, inputs, stop).threshold)});
  };
  if (settings.has(Policy::isolated)) add(Policy::isolated, FleetMode::cameras, problem.bucket);
  if (settings.has(Policy::hierarchical)) {
    fleet.search = inputs.search(switch_key(settings));
    add(Policy::hierarchical, FleetMode::cameras, searched_bucket(fleet.search));
  }
  if (settings.has(Policy::smart)) add(Policy::smart, FleetMode::pooled, fleet.at_switch.bucket);
  return fleet;
}

/// What the cameras of a run with `dqn` see.
FleetNetwork resolve_fleet_network(const RunSettings& settings, const RunProblem& problem,
                                   InputCache& inputs, const StopRequest& stop) {
  FleetNetwork network;
  network.at_switch = problem.fleet->at_switch;
  network.own = searched_bucket(inputs.search(switch_key(settings)));
  network.training = settings.fleet.training;
  const float above_all = problem.dataset->training.metric_single.back() + 1;
  network.threshold.assign(static_cast<size_t>(network.own.cost), above_all);
  for (const double threshold : mdp_of(settings, network.own, inputs, stop).threshold)
    network.threshold.push_back(static_cast<float>(threshold));
  return network;
}

}  // namespace

RunProblem resolve_run(const std::string& id, const RunSettings& settings, InputCache& inputs,
                       const StopRequest& stop) {
  RunProblem problem = resolve_policies(id, settings, inputs, stop);
  if (settings.fleet.count == 1) return problem;
  problem.fleet = resolve_fleet(settings, problem, inputs, stop);
  if (problem.training)
    problem.training->fleet = resolve_fleet_network(settings, problem, inputs, stop);
  return problem;
}

namespace {

bool evaluation_due(const TrainingProblem& training, const TrainingState& state,
                    int64_t iteration) {
  const int64_t every = training.dqn.evaluate_every;
  if (every == 0) return false;
  if (!state.curve.empty() && state.curve.back().iteration >= iteration) return false;
  return iteration % every == 0 || iteration == training.dqn.iterations();
}

}  // namespace

RunProblem resolve_job(const RunJob& job, InputCache& inputs, const StopRequest& stop) {
  RunSettings settings = job.settings;
  if (job.resume) settings.reward_factor = job.resume->reward_factor;
  return resolve_run(job.id, settings, inputs, stop);
}

RunStep next_step(const RunJob& job, const TrainingProblem& training, const TrainingState& state,
                  int64_t iteration, RunObserver& observer) {
  if (evaluation_due(training, state, iteration)) return RunStep::evaluate;
  if (iteration == training.dqn.iterations()) return RunStep::finish;
  if (observer.stop_requested()) return RunStep::stop;
  if (observer.wants_checkpoint(job.run)) return RunStep::checkpoint;
  return RunStep::iterate;
}

SimulationRequest evaluation_request(const TrainingProblem& training, const SequenceSource& source,
                                     const SimulationSize& size,
                                     const std::vector<float>& weights) {
  SimulationRequest request;
  request.source = &source;
  request.size = size;
  request.bucket = training.bucket;
  request.shape = &training.shape;
  request.weights = &weights;
  request.outputs = training.dqn.outputs;
  request.expected_reward = training.training_expected_reward;
  request.history_metrics = training.dqn.history_metrics;
  request.history_gaps = training.dqn.history_gaps;
  request.whole_sequence_sums = false;
  return request;
}

double evaluation_loss(const SimulationRequest& request, const SimulationOutcome& outcome) {
  return policy_result(Policy::dqn, outcome.network, request.size,
                       request.source->images->mean_weak_cost)
      .loss;
}

const CurvePoint& record_evaluation(const TrainingProblem& training, const EvaluationLosses& losses,
                                    TrainingState& state) {
  CurvePoint point;
  point.iteration = state.iteration;
  // No iteration follows the last evaluation: the rate of the one before it.
  point.learning_rate =
      learning_rate_at(training.dqn, std::min(state.iteration, training.dqn.iterations() - 1));
  // In the units of the rewards; twice, since the square of the factor may be out of range.
  const double factor = training.reward_factor;
  point.mean_squared_error = state.iteration > 0 ? state.mean_squared_error / factor / factor
                                                 : std::numeric_limits<double>::quiet_NaN();
  point.training_loss = losses.training;
  point.validation_loss = losses.validation;
  point.seconds = state.seconds;
  state.curve.push_back(point);
  if (state.best_iteration < 0 || point.validation_loss < state.best_validation_loss) {
    state.best_iteration = state.iteration;
    state.best_validation_loss = point.validation_loss;
    state.best_weights = state.weights;
  }
  return state.curve.back();
}

bool is_diverged(double mean_squared_error, const std::vector<float>& weights) {
  if (!std::isfinite(mean_squared_error)) return true;
  for (const float weight : weights)
    if (!std::isfinite(weight)) return true;
  return false;
}

std::string divergence_text(const TrainingState& state) {
  return "the network diverged (NaN or infinite weights or error) at Q iteration " +
         std::to_string(state.iteration) + "; a smaller learning rate may help";
}

double TrainingClock::seconds() const {
  return seconds_before_ +
         std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

}  // namespace edgesweep
