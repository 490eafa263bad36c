#pragma once
#include <map>
#include <string>
#include <vector>

#include "host/results/merge_results.h"
#include "host/results/results_file.h"

namespace edgesweep {

/// What earlier sessions left, of this config or of one that it grew out of: runs are matched by
/// what they compute (RunIdentity), whatever paths, policies and store say.
struct EarlierResults {
  StoredSweep sweep;  ///< of now, with the runs that are finished
  /// [run]: what is known of a run that lacks some of its policies; empty for the others.
  std::vector<std::vector<StoredRun>> parts;
  bool complete = false;  ///< the results file holds all of it already
  /// By run, the id under which its training was checkpointed, where it is another one than now.
  std::map<size_t, std::string> checkpoints;
  std::vector<std::string> unneeded_checkpoints;  ///< ids
  std::string message;  ///< what is taken over of another config; empty: nothing to say

  RunParts parts_of(size_t run) const;
};

/// Reads the results file at `path` and what lies beside it. `fresh`: the sweep of now without
/// runs. InputError when something finished, or in training, would be lost: the message names the
/// first setting in which the configs differ, or the input file that changed. drop: it may be lost.
EarlierResults earlier_results(const std::string& path, const Sweep& sweep, StoredSweep fresh,
                               bool drop);

/// Keeps the parts beside the results file, which is about to be written without them. To be called
/// before that. SystemError when they cannot be written.
void keep_parts(const std::string& path, const Sweep& sweep, const EarlierResults& earlier);

/// Removes the checkpoints and finished runs beside the results file: the sweep begins anew.
void forget_earlier_results(const std::string& path);

/// Removes checkpoints of runs whose results are on disk, and those that nobody needs.
void remove_stale_checkpoints(const std::string& path, const EarlierResults& earlier);

}  // namespace edgesweep
