#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "host/engine/run_result.h"

namespace edgesweep {

// Checkpoints of runs in training: one file a run, `<folder>/<run id>.checkpoint.h5`. What they
// hold is listed in results/README.md. May be called from any thread.

/// Where the checkpoints of the runs of a results file lie: `<results file>.checkpoints`.
std::string checkpoint_folder(const std::string& results_path);

/// Replaces the run's checkpoint, or leaves the old one as it was and throws SystemError (disk
/// full). Makes the folder if it is missing.
void write_checkpoint(const std::string& folder, const std::string& run_id,
                      const TrainingState& state);

/// The state a run continues from, every value with the bits it was written with; nothing when
/// there is no checkpoint.
///
/// A checkpoint that is damaged, foreign, from a newer format, of another run or of a network with
/// another number of parameters is an InputError that names the file and says that deleting it
/// starts the run anew: hours of training are never thrown away silently.
std::optional<TrainingState> read_checkpoint(const std::string& folder, const std::string& run_id,
                                             int64_t expected_parameters);

/// Removes the run's checkpoint if there is one, and the folder when it is empty then.
void remove_checkpoint(const std::string& folder, const std::string& run_id);

}  // namespace edgesweep
