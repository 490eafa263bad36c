#pragma once
#include <chrono>
#include <string>

#include "host/engine/problem/input_cache.h"
#include "host/engine/run/backend.h"
#include "host/engine/run/simulation.h"
#include "host/stop_request.h"

namespace edgesweep {
/// Resolves the settings of a run to everything that a backend needs of it: the policies of one
/// camera (host/engine/problem/resolve.h) and those of a fleet, for which the searches must have
/// been made (run_searches). Throws InputError, and Stopped when asked to stop meanwhile.
RunProblem resolve_run(const std::string& id, const RunSettings& settings, InputCache& inputs,
                       const StopRequest& stop = {});

// What happens between the Q iterations of one run, the same for every backend: a backend only
// trains and simulates.

/// resolve_run of a job. A training that goes on keeps the reward factor that it began with.
RunProblem resolve_job(const RunJob& job, InputCache& inputs, const StopRequest& stop);

/// What a run does next.
enum class RunStep {
  evaluate,    ///< store the state, simulate both evaluation requests, record_evaluation
  finish,      ///< all iterations are done
  stop,        ///< store the state, on_checkpoint, end without a result
  checkpoint,  ///< store the state, on_checkpoint, then iterate (without asking again)
  iterate,
};

/// iteration: Q iterations done; state: the curve so far. Asks the observer for stops and
/// checkpoints.
RunStep next_step(const RunJob& job, const TrainingProblem& training, const TrainingState& state,
                  int64_t iteration, RunObserver& observer);

/// The network with `weights` (outlives the request) on evaluation sequences of training images.
SimulationRequest evaluation_request(const TrainingProblem& training, const SequenceSource& source,
                                     const SimulationSize& size, const std::vector<float>& weights);

/// What the two evaluations of a state found: loss of its policy.
struct EvaluationLosses {
  double training = 0;
  double validation = 0;
};

/// Loss of the network in the outcome of an evaluation_request.
double evaluation_loss(const SimulationRequest& request, const SimulationOutcome& outcome);

/// Adds a point to the curve and keeps the best weights. `state` holds the weights after
/// `state.iteration` iterations.
const CurvePoint& record_evaluation(const TrainingProblem& training, const EvaluationLosses& losses,
                                    TrainingState& state);

/// True when the error or any weight is NaN or infinite.
bool is_diverged(double mean_squared_error, const std::vector<float>& weights);

/// Cause and iteration, for RunResult::failure.
std::string divergence_text(const TrainingState& state);

/// Training shorter than this is not worth a checkpoint of its own before the simulation.
constexpr double kSecondsWorthKeeping = 5;

/// Adds wall-clock time to TrainingState::seconds.
class TrainingClock {
 public:
  explicit TrainingClock(const TrainingState& state) : seconds_before_(state.seconds) {}
  double seconds() const;

 private:
  double seconds_before_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace edgesweep
