#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/engine/problem/run_result.h"

namespace edgesweep {

// Checkpoints of runs in training: one file a run, `<folder>/<run id>.checkpoint.h5`. What they
// hold is listed in results/README.md. May be called from any thread.

/// Where the checkpoints of the runs of a results file lie: `<results file>.checkpoints`.
std::string checkpoint_folder(const std::string& results_path);

/// What a checkpoint belongs to: the settings of a run, and the content of the files it reads.
struct CheckpointOwner {
  std::string run_id;
  std::string inputs_sha256;  ///< one hash over all input files of the run
};

/// What the network and schedule of a run say of its checkpoints.
struct CheckpointBounds {
  int64_t parameters = 0;
  int64_t iterations = 0;  ///< of the whole schedule
};

/// Replaces the run's checkpoint, or leaves the old one as it was and throws SystemError (disk
/// full). Makes the folder if it is missing.
void write_checkpoint(const std::string& folder, const CheckpointOwner& owner,
                      const TrainingState& state);

/// The state a run continues from, every value with the bits it was written with; nothing when
/// there is no checkpoint.
///
/// A checkpoint that is damaged, foreign, from another format, of another run or other input files,
/// or that does not fit the bounds is an InputError that names the file and says that deleting it
/// starts the run anew: hours of training are never thrown away silently.
std::optional<TrainingState> read_checkpoint(const std::string& folder,
                                             const CheckpointOwner& owner,
                                             const CheckpointBounds& bounds);

/// Ids of the runs that have a checkpoint in the folder.
std::vector<std::string> checkpointed_runs(const std::string& folder);

/// Removes the folder if it is empty, and never from under a checkpoint that is being written.
void remove_empty_folder(const std::string& folder);

/// Removes the run's checkpoint if there is one, and the folder when it is empty then.
void remove_checkpoint(const std::string& folder, const std::string& run_id);

}  // namespace edgesweep
