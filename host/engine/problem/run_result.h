#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/config/settings.h"

namespace edgesweep {

/// What one policy did on the test sequences. docs/model.md#loss.
struct PolicyResult {
  Policy policy = Policy::weak;
  double loss = 0;     ///< mean(w) of all test images - sum of rewards offloaded / images simulated
  double loss_se = 0;  ///< standard error over the sequences (0 where nothing is simulated; NaN for
                       ///< one sequence)
  double offload_rate = 0;  ///< share of images offloaded
};

/// One evaluation during training.
struct CurvePoint {
  int64_t iteration = 0;     ///< Q iterations done before it
  double learning_rate = 0;  ///< of the iteration that follows; at the end, of the one before
  double mean_squared_error =
      0;  ///< mean over the mini-batches of the iteration before it; NaN at iteration 0
  double training_loss = 0;    ///< of the policy, on the training sequences
  double validation_loss = 0;  ///< of the policy, on the validation sequences
  double seconds = 0;          ///< wall clock of the training before it, evaluations apart
};

/// Everything a training carries from one Q iteration to the next: a run continued from it ends
/// with the same bits. The generator is counter-based, so its position is the iteration.
struct TrainingState {
  int64_t iteration = 0;    ///< Q iterations done
  int64_t adam_steps = 0;   ///< t of Adam
  double beta_1_power = 1;  ///< beta_1^t, by repeated multiplication
  double beta_2_power = 1;
  double mean_squared_error = 0;  ///< of the last iteration, of targets times reward_factor
  double reward_factor = 1;       ///< what rewards are multiplied by (host/policy/reward_scale.h)
  double seconds = 0;             ///< of training so far, evaluations apart
  double evaluation_seconds = 0;  ///< of evaluations so far
  std::vector<float>
      weights;  ///< layers in order, each (inputs, outputs) row-major then its biases, no padding
  std::vector<float> adam_mean;  ///< same layout
  std::vector<float> adam_square;
  int64_t best_iteration = -1;  ///< -1: none evaluated yet
  double best_validation_loss = 0;
  std::vector<float> best_weights;
  std::vector<CurvePoint> curve;
};

/// Per image of some test sequences: what happened and what each policy did.
struct PolicyTrace {
  Policy policy = Policy::mdp;
  std::vector<int32_t> units;    ///< (sequences x images) bucket units before the image; tokens =
                                 ///< units / cost; empty for a policy without a bucket
  std::vector<uint8_t> offload;  ///< 1: offloaded
};
struct RunTraces {
  int64_t first_sequence = 0;  ///< which test sequence row 0 is
  int64_t sequences = 0;
  int64_t images = 0;
  int32_t units_per_token = 1;  ///< P
  std::vector<int32_t> index;   ///< (sequences x images) rank of the image in ascending test metric
  std::vector<float> metric;    ///< normalised
  std::vector<int32_t> gap;     ///< to the next image
  std::vector<PolicyTrace> policies;  ///< all of the run but a dqn without a usable network
};

/// How often things happened over all test sequences, docs/model-exactness.md#counts-and-traces.
struct PolicyStatistics {
  Policy policy = Policy::mdp;
  /// [rank] in ascending test metric: offloads of the image; empty for a strategy of many cameras
  std::vector<int64_t> offloads_by_rank;
  std::vector<int64_t> offloads_by_units;  ///< [n - P], n = P..M: offloads with n units; or empty
  /// [n - Q], n = Q..M: images (of many cameras: slots of the switch) that found n units
  std::vector<int64_t> occupancy;
  int64_t lost = 0;  ///< offloads that found no token at the switch
};
struct RunStatistics {
  int32_t units_per_token = 1;         ///< P
  std::vector<int64_t> draws_by_rank;  ///< [rank]: how often the image was drawn
  std::vector<PolicyStatistics> policies;
};

enum class RunStatus { done, failed };

/// A bucket of the hierarchical strategy's cameras that the search simulated to the end.
struct SearchPoint {
  double rate = 0;    ///< r_i
  double depth = 0;   ///< b_i
  double reward = 0;  ///< mean over all training images of all cameras
  bool operator==(const SearchPoint&) const = default;
};

/// One finished run, all that is written of it.
struct RunResult {
  std::string id;
  RunStatus status = RunStatus::done;
  std::string failure;  ///< cause and iteration when failed
  std::vector<PolicyResult> policies;
  double sequence_weak_loss = 0;  ///< mean(w) over the simulated test images themselves
  int64_t iterations = 0;         ///< Q iterations done
  double training_seconds = 0;
  double simulation_seconds = 0;
  int32_t bucket_refill = 0, bucket_cost = 0, bucket_capacity = 0;  ///< Q, P, M
  double metric_mean = 0;       ///< normalised metric = (metric - mean) / deviation
  double metric_deviation = 0;  ///< population standard deviation of training metrics
  double mean_gap = 0;          ///< tau
  int64_t mdp_sweeps = 0;
  /// Of the value iteration. 1: converged; 0: stopped at its largest number of sweeps; -1: no MDP
  /// solved, or unknown (read from a file that does not say).
  int32_t mdp_converged = -1;
  double baseline_threshold = 0;
  std::vector<double> mdp_threshold;  ///< [n - P], n = P..M
  int64_t best_iteration = -1;
  double best_validation_loss = 0;
  std::vector<CurvePoint> curve;
  double reward_factor = 1;          ///< of TrainingState; 1 without DQN
  std::vector<int32_t> layer_sizes;  ///< inputs, hidden..., outputs; empty without DQN
  std::vector<float> weights;        ///< last, layout of TrainingState
  std::vector<float> best_weights;   ///< best on validation; empty when never evaluated
  RunTraces traces;
  RunStatistics statistics;         ///< no policies unless asked for
  std::vector<SearchPoint> search;  ///< of `hierarchical`, in the order of its grid
};

}  // namespace edgesweep
