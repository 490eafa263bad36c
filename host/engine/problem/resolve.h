#pragma once
#include <string>
#include <vector>

#include "host/engine/problem/input_cache.h"
#include "host/stop_request.h"

namespace edgesweep {

/// Loads what the run reads and checks that it fits: replayed tables large enough for the
/// simulations, agreeing shapes. Throws InputError. Cheap once the files are in the cache.
void check_run_inputs(const RunSettings& settings, InputCache& inputs);

/// The setting that names a file which the run reads, its column of RunSpec::config, and the path.
struct InputFileName {
  const char* column;
  const std::string* path;
};
/// `settings` outlives the answer.
std::vector<InputFileName> input_files(const RunSettings& settings);

/// Resolves settings to bucket, laws, thresholds (the MDP is solved here) and sources: all of a run
/// but what belongs to a fleet (host/engine/run/run_steps.h). Throws Stopped when asked to stop
/// meanwhile.
RunProblem resolve_policies(const std::string& id, const RunSettings& settings, InputCache& inputs,
                            const StopRequest& stop);

/// Thresholds of the optimal policy for a bucket under the run's settings, and the sweeps it took.
/// Solved by the first run that asks. Throws Stopped.
const MdpSolution& mdp_of(const RunSettings& settings, const TokenBucket& bucket,
                          InputCache& inputs, const StopRequest& stop = {});

/// Sequences of training images for a purpose of their own.
SequenceSource training_source(const RunSettings& settings, Purpose purpose, InputCache& inputs);

/// The integer bucket of a run. Throws InputError when rate and depth have none.
TokenBucket bucket_of(const RunSettings& settings);

}  // namespace edgesweep
