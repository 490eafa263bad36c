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

}  // namespace edgesweep
