#pragma once
#include <string>
#include <vector>

#include "host/engine/run/backend.h"
#include "host/results/results_file.h"
#include "host/stop_request.h"
#include "host/sweep/run_spec.h"

namespace edgesweep {

/// A stored run that was executed once more.
struct VerifiedRun {
  size_t run = 0;  ///< number in the file
  std::string stored_digest, digest;
  bool equal() const { return stored_digest == digest; }
};

/// Runs to verify, from a results file: `count` of its runs evenly spread, all when count is 0.
/// config: where its config lies now; empty: not known. Throws InputError when a run was simulated
/// with a network of another file, or an input file is not found.
std::vector<RunJob> verification_jobs(const StoredSweep& stored, const std::string& file,
                                      const std::string& config, size_t count);

/// Executes the jobs and compares the digests of their results with those of the stored runs.
/// Nothing is written. Fewer than the jobs when a stop was requested.
std::vector<VerifiedRun> verify_runs(const StoredSweep& stored, const std::vector<RunJob>& jobs,
                                     Backend& backend, const StopRequest& stop = {});

/// Throws InputError unless the sweep, read from a config, is the one that the results are of.
/// file: of the results.
void check_same_config(const StoredSweep& stored, const std::string& file, const Sweep& sweep);

}  // namespace edgesweep
