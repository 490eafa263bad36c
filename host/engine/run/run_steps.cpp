#include "host/engine/run/run_steps.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/engine/network/learning_rate.h"
#include "host/engine/run/resolve_run.h"

namespace edgesweep {
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
