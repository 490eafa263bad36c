#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "host/results/results_file.h"

namespace edgesweep {

// Runs that finished since the results file was last written: `finished-<number>.h5` in the folder
// of checkpoints, each a results file of the same sweep with these runs alone. Writing one takes as
// long as its runs are large, however large the results file has become.

/// Durable when it returns. Throws SystemError. Makes the folder if it is missing.
void write_finished_runs(const std::string& folder, size_t number, const StoredSweep& part);

/// The runs of all such files. InputError, which names the file and the way out, for a damaged one
/// and for one of another config or other input files than `sweep`.
std::vector<StoredRun> read_finished_runs(const std::string& folder, const StoredSweep& sweep);

/// Removes all such files, and the folder when it is empty then.
void remove_finished_runs(const std::string& folder);

}  // namespace edgesweep
