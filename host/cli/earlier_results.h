#pragma once
#include <string>

#include "host/results/results_file.h"

namespace edgesweep {

/// What earlier sessions of the sweep left.
struct EarlierResults {
  StoredSweep sweep;      ///< of now, with the runs that are finished
  bool complete = false;  ///< the results file holds all of it already
};

/// Reads the results file at `path` and the finished runs beside it. `fresh`: the sweep of now
/// without runs. InputError when they belong to another config or to other input files.
EarlierResults earlier_results(const std::string& path, StoredSweep fresh);

/// Removes the checkpoints and finished runs beside the results file: the sweep begins anew.
void forget_earlier_results(const std::string& path);

/// Removes checkpoints of runs whose results are on disk.
void remove_stale_checkpoints(const std::string& path, const StoredSweep& sweep);

}  // namespace edgesweep
