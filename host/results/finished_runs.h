#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "host/results/results_file.h"

namespace edgesweep {

// Runs that finished since the results file was last written: `finished-<number>.h5` in the folder
// of checkpoints, each a results file of the same sweep with these runs alone. Writing one takes as
// long as its runs are large, however large the results file has become.

/// Durable when it returns. Throws SystemError. Makes the folder if it is missing.
void write_finished_runs(const std::string& folder, size_t number, const SweepView& part);

/// All such files, each with the config and the input files that its runs belong to. InputError,
/// which names the file, for a damaged one.
std::vector<StoredSweep> read_finished_runs(const std::string& folder);

/// Removes all such files, and the folder when it is empty then.
void remove_finished_runs(const std::string& folder);

// Runs of an earlier config that lack policies which the sweep of now asks for: `earlier.h5` in the
// same folder, a results file of the sweep of now, until all its runs are finished.

/// Durable when it returns. Throws SystemError. Makes the folder if it is missing.
void write_earlier_runs(const std::string& folder, const StoredSweep& earlier);

/// Nothing when there is none; InputError when it is damaged.
std::optional<StoredSweep> read_earlier_runs(const std::string& folder);

/// Removes it, and the folder when it is empty then.
void remove_earlier_runs(const std::string& folder);

}  // namespace edgesweep
