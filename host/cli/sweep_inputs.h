#pragma once
#include <string>
#include <vector>

#include "host/engine/prepare.h"
#include "host/results/results_file.h"

namespace edgesweep {

/// Loads the files that the runs read and checks that they fit. Throws InputError, which names file
/// or run.
void check_inputs(const Sweep& sweep, InputCache& inputs);

/// Puts the hashes of all input files into `stored`.
void describe_inputs(const Sweep& sweep, InputCache& inputs, StoredSweep& stored);

/// One hash over all input files of a run, in the order of its settings.
std::string inputs_sha256(const RunSpec& spec, InputCache& inputs);

}  // namespace edgesweep
