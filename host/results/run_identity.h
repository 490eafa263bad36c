#pragma once
#include <string>
#include <vector>

#include "host/results/results_file.h"

namespace edgesweep {

/// What a run computes, whatever its policies and what is stored of it: its settings without
/// those, and the content of the files that it reads in place of their paths. Runs are matched
/// across configs by it.
struct RunIdentity {
  std::string key;  ///< SHA-256 (hex)
  /// SHA-256 (hex) of the file that the dqn alone reads (metric_sequence.training_file); empty
  /// where the run has no dqn, or none of its files is of that kind.
  std::string training_sequences;
};

/// resolved_json: of a run (StoredRun, RunSpec). inputs: the hashes of the files it reads.
RunIdentity run_identity(const std::string& resolved_json, const std::vector<InputHash>& inputs);

/// Would a policy that both have be computed to the same bits?
bool compute_the_same(const RunIdentity& a, const RunIdentity& b);

}  // namespace edgesweep
