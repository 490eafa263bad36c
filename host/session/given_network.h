#pragma once
#include <string>

#include "host/engine/problem/run_result.h"
#include "host/results/results_file.h"
#include "host/sweep/run_spec.h"

namespace edgesweep {

/// The trained network of a stored run as the state of a training with nothing left to do. Throws
/// InputError (file) when the run has no usable network.
TrainingState given_network(const StoredRun& run, const std::string& file);

/// Makes every run of the sweep one of that network: its dqn settings are those it was trained
/// with, with nothing left to train, metrics are normalised as they were then, and settings,
/// columns (network_run, network_results, network_weights), ids and the sweep's config name where
/// it comes from. The training's own dataset need not be there, unless decisions need its rewards
/// (StoredInputs finds it). file: that `results` were read from. Throws InputError, which names the
/// run, where a run has no dqn, another network shape or another token bucket.
void give_network(const StoredSweep& results, const StoredRun& source, const std::string& file,
                  Sweep& sweep);

}  // namespace edgesweep
