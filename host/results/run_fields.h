#pragma once
#include <cstdint>

#include "host/engine/problem/run_result.h"

namespace edgesweep {

// Which number of a result is which column: one list for writer and reader. Descriptions, with
// units, go into the file. A file of a format before `since` lacks the column: the member then
// keeps the value it is initialised with, which must mean what that format meant. Such a member
// enters digest or checksum by Bytes::add_unless (results_digest.cpp), so that those of older
// files stay.

template <typename Struct, typename T>
struct Field {
  const char* name;
  T Struct::*member;
  const char* description;
  int64_t since = 0;  ///< format_version of the first files that have it
};

/// Columns of /runs stored as integers.
constexpr Field<RunResult, int64_t> kRunIntegers[] = {
    {"iterations", &RunResult::iterations, "Q iterations done"},
    {"best_iteration", &RunResult::best_iteration,
     "Q iterations done at the lowest validation loss; -1: never evaluated"},
    {"mdp_sweeps", &RunResult::mdp_sweeps, "sweeps of the value iteration"},
};

constexpr Field<RunResult, int32_t> kRunSmallIntegers[] = {
    {"bucket_refill", &RunResult::bucket_refill, "Q: bucket units that arrive in one time unit"},
    {"bucket_cost", &RunResult::bucket_cost, "P: bucket units that one offload takes (one token)"},
    {"bucket_capacity", &RunResult::bucket_capacity, "M: most bucket units kept"},
    {"mdp_converged", &RunResult::mdp_converged,
     "1: the value iteration converged; 0: it stopped at its largest number of sweeps; -1: no MDP "
     "was solved, or the file it was read from did not say",
     5},
};

constexpr Field<RunResult, double> kRunNumbers[] = {
    {"sequence_weak_loss", &RunResult::sequence_weak_loss,
     "mean weak cost of the simulated images themselves"},
    {"metric_mean", &RunResult::metric_mean,
     "normalised metric = (metric - metric_mean) / metric_deviation; of the training images"},
    {"metric_deviation", &RunResult::metric_deviation, "their population standard deviation"},
    {"mean_gap", &RunResult::mean_gap, "tau: mean time units between test images"},
    {"baseline_threshold", &RunResult::baseline_threshold,
     "normalised metric from which baseline and lower_bound offload"},
    {"reward_factor", &RunResult::reward_factor,
     "power of two that rewards were multiplied by to train the DQN: its outputs are, losses are "
     "not; 1 without DQN",
     5},
    {"best_validation_loss", &RunResult::best_validation_loss,
     "lowest validation loss of the DQN; means nothing if best_iteration is -1"},
    {"training_seconds", &RunResult::training_seconds,
     "wall-clock seconds spent training, evaluations apart"},
    {"simulation_seconds", &RunResult::simulation_seconds,
     "wall-clock seconds spent simulating, test sequences and evaluations"},
};

/// The columns of /runs in the digest of a run, in the order in which it takes them: those before
/// the thresholds of the MDP, and those behind them. What differs between machines or programs, and
/// what older files lack, is not among them.
constexpr const char* kDigestColumns[] = {
    "sequence_weak_loss", "iterations",       "bucket_refill", "bucket_cost", "bucket_capacity",
    "metric_mean",        "metric_deviation", "mean_gap",      "mdp_sweeps",  "baseline_threshold"};
constexpr const char* kDigestColumnsBehindThresholds[] = {"best_iteration", "best_validation_loss"};

/// Columns of /runs for each policy, named <policy>_<name>.
constexpr Field<PolicyResult, double> kPolicyNumbers[] = {
    {"loss", &PolicyResult::loss,
     "average loss: mean weak cost of all test images - rewards of offloaded images / images "
     "simulated"},
    {"loss_se", &PolicyResult::loss_se,
     "standard error of the loss over sequences; 0: not simulated, NaN: one sequence"},
    {"offload_rate", &PolicyResult::offload_rate, "share of images offloaded"},
};

/// Columns of /curves after run and iteration.
constexpr Field<CurvePoint, double> kCurveNumbers[] = {
    {"learning_rate", &CurvePoint::learning_rate,
     "of the iteration that follows; at the end of the schedule, of the one before"},
    {"mean_squared_error", &CurvePoint::mean_squared_error,
     "mean over the mini-batches of the iteration before; NaN at iteration 0"},
    {"training_loss", &CurvePoint::training_loss, "average loss on the training sequences"},
    {"validation_loss", &CurvePoint::validation_loss, "average loss on the validation sequences"},
    {"seconds", &CurvePoint::seconds,
     "wall-clock seconds of the training before, evaluations apart"},
};

}  // namespace edgesweep
