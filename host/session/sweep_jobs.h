#pragma once
#include <string>
#include <vector>

#include "host/engine/plan/sweep_plan.h"
#include "host/engine/run/backend.h"
#include "host/session/earlier_results.h"
#include "host/session/sweep_inputs.h"

namespace edgesweep {
/// Which runs of the sweep are in the results.
std::vector<bool> finished_runs(const Sweep& sweep, const StoredSweep& stored);

/// What is left to do, in the plan's order. A run that an earlier session computed in part is asked
/// for the policies that are missing; whole_result puts it together. A run in training goes on from
/// its checkpoint, which gets the run's id of now. path: of the results file. network: null, or the
/// given weights of every run's dqn.
std::vector<RunJob> make_jobs(const Sweep& sweep, const SweepPlan& plan,
                              const EarlierResults& earlier, const std::string& path,
                              InputHashes& hashes, const TrainingState* network);

/// The result of a run: that of its job and what was known of it before.
RunResult whole_result(const RunSpec& spec, RunParts parts, RunResult result);

/// Where every network of a dataset that the results or checkpoints hold has another reward factor
/// than a new training would take (they come from a program that knew none), jobs that begin take
/// it too: the networks of one file are trained alike. Returns a line on every dataset where it is
/// so.
std::vector<std::string> keep_reward_factors(const Sweep& sweep, const EarlierResults& earlier,
                                             std::vector<RunJob>& jobs, InputCache& inputs);

/// A line on every dataset whose rewards the published recipe of some run was not made for.
std::vector<std::string> reward_size_notes(const Sweep& sweep, InputCache& inputs);

}  // namespace edgesweep
