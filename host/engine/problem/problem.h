#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/config/settings.h"
#include "host/engine/network/network_shape.h"
#include "host/engine/problem/fleet_problem.h"
#include "host/engine/problem/keys.h"
#include "host/engine/problem/run_result.h"
#include "host/engine/problem/sequence_source.h"
#include "host/policy/token_bucket.h"

namespace edgesweep {
/// What a backend needs to train one network. docs/model.md#q-iteration.
struct TrainingProblem {
  DqnSettings dqn;
  uint64_t seed = 0;
  TokenBucket bucket;
  NetworkShape shape;
  /// A power of two: rewards of `windows`, start biases and expected rewards are multiplied by it,
  /// so the network's outputs are. Losses are not.
  double reward_factor = 1;
  WindowsKey windows_key{};         ///< networks whose keys are equal train on the same windows
  SequenceSource windows;           ///< training images, rewards smoothed; purpose training_windows
                                    ///< or fleet_training
  std::vector<float> start_biases;  ///< of the last layer; empty: a random start
  std::vector<float> gap_probability;  ///< H2 < 0: [i - 1] = P(gap = i), up to the last one above 0
  std::vector<float> remaining;        ///< [i] = 1 - sum of the first i; one longer
  SequenceSource training_evaluation;
  SequenceSource validation;
  /// Of training and test images by rank (host/policy/rewards); null with action_values.
  std::shared_ptr<const std::vector<float>> training_expected_reward, test_expected_reward;
  std::optional<FleetNetwork>
      fleet;  ///< of many cameras: the network is trained on training samples
};

/// One run ready to execute: settings, data and laws resolved, cheap policies solved.
struct RunProblem {
  std::string id;
  RunSettings settings;
  std::shared_ptr<const Dataset> dataset;
  TokenBucket bucket;
  double mean_gap = 0;
  double baseline_threshold = 0;
  std::vector<double> mdp_threshold;  ///< [n - P]; empty when the run has no `mdp`
  int64_t mdp_sweeps = 0;
  int32_t mdp_converged = -1;  ///< as in RunResult
  SequenceSource test;
  std::optional<FleetProblem> fleet;        ///< empty for a camera alone
  std::optional<TrainingProblem> training;  ///< empty when the run has no `dqn`
};

/// Windows of one Q iteration: batch * mini_batches.
inline int64_t windows_per_iteration(const DqnSettings& dqn) {
  return int64_t{dqn.batch} * dqn.mini_batches;
}

/// A state at iteration 0: initial weights, or, with start_biases, the last layer's biases are
/// those and its weights kStartWeightScale times the initial ones. A fleet's network that starts
/// from the MDP decides as the hierarchical strategy does: its first units hand the margin on, and
/// Q1 - Q0 is 2 kMarginWeight times that.
constexpr float kStartWeightScale = 0.1f;
constexpr float kMarginWeight = 0.1f;
TrainingState initial_state(const TrainingProblem& problem);

/// Advances Adam's powers by one step and returns lr * sqrt(1 - beta_2^t) / (1 - beta_1^t).
float next_adam_step(TrainingState& state, double learning_rate);

/// Learning rate of Q iteration `iteration` (0-based) under the schedule; 0 past its end. In a
/// phase of k iterations that goes from a to b, iteration i is at x = (i + 1/2) / k: a + (b - a) x,
/// or b + (a - b) half_cosine(x).
double learning_rate_at(const DqnSettings& dqn, int64_t iteration);

/// (1 + cos(pi x)) / 2 for 0 <= x <= 1: falls from 1 to 0. Sums and products in a fixed order
/// instead of a library's cosine, so every machine gets the same bits; within 1e-15 of it.
double half_cosine(double x);

}  // namespace edgesweep
