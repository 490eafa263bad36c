#pragma once
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/results/results_file.h"
#include "host/sweep/run_spec.h"

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

/// Finds the runs of a sweep that compute what a stored run computed.
class RunMatching {
 public:
  /// inputs: of the sweep. All outlive this.
  RunMatching(const std::vector<RunSpec>& runs, const std::vector<InputHash>& inputs);

  /// The number of the run with this id, where the id means the same: the inputs that both sweeps
  /// name have the same content.
  std::optional<size_t> with_id(const std::string& id, const std::vector<InputHash>& inputs) const;
  /// All runs that compute the same, ascending: several where they differ in policies alone.
  /// resolved_json: of a run of a sweep with these inputs.
  std::vector<size_t> computing(const std::string& resolved_json,
                                const std::vector<InputHash>& inputs);

 private:
  const std::vector<RunSpec>& runs_;
  const std::vector<InputHash>& inputs_;
  std::map<std::string, std::string> hash_of_path_;
  std::unordered_map<std::string, size_t> run_of_id_;
  /// Of all runs, by key; found at the first question.
  std::unordered_multimap<std::string, std::pair<size_t, RunIdentity>> identities_;
};

}  // namespace edgesweep
