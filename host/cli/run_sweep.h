#pragma once
#include "host/cli/commands.h"
#include "host/engine/problem/run_result.h"
#include "host/sweep/run_spec.h"

namespace edgesweep {

/// Executes a sweep into its results file, with progress, checkpoints and the table at the end, as
/// `edgesweep run` does; returns the exit code. network: null, or the weights of every run's dqn,
/// whose settings then leave nothing to train. options.config and changes are not looked at but for
/// the name of the results file.
int run_sweep(const Sweep& sweep, const RunOptions& options, const TrainingState* network);

}  // namespace edgesweep
