#pragma once
#include <optional>
#include <string>
#include <vector>

#include "host/results/results_file.h"

namespace edgesweep {

// A run whose policies were computed in several sessions, under settings that differ in policies
// and store alone (see RunIdentity). Each policy's columns, traces and statistics, the thresholds
// of the mdp, the curve and weights of the dqn and the search of hierarchical depend on that policy
// alone, so that what is put together has the bits of a run that was executed at once.

/// What was computed of a run so far; the first that has a policy gives it.
using RunParts = std::vector<const RunResult*>;

/// The policies that a run with these settings needs computed besides: those that no part has, or
/// none with the traces, statistics or weights that are to be stored.
std::vector<Policy> missing_policies(const RunSettings& wanted, const RunParts& parts);

/// The result of a run with these settings. The parts have all of its policies. SystemError when
/// they do not belong together: values that do not depend on policies differ.
RunResult merge_results(const RunSettings& wanted, const std::string& id, const RunParts& parts);

/// What a run with these settings would not keep of the result: "mdp, traces"; empty: everything is
/// kept.
std::string lost_parts(const RunSettings& wanted, const RunResult& result);

/// The state of the dqn's finished training in one of the parts, so that it is simulated again
/// without being trained. Nothing when none has weights of a run that is done.
std::optional<TrainingState> finished_training(const RunParts& parts);

}  // namespace edgesweep
