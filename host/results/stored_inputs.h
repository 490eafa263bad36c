#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "host/results/results_file.h"

namespace edgesweep {

/// Finds the files that the runs of a results file read, where they lie now: from the folder of the
/// config, from those of the results file and above it, and beside the results file. Only a file
/// with the content that the results were made of is one.
class StoredInputs {
 public:
  /// sweep: as it was read from `file`; outlives this. config: where its config lies now; empty:
  /// not known.
  StoredInputs(const StoredSweep& sweep, std::string file, const std::string& config = "");

  /// The settings of a run of the sweep, with the paths of the files as they are found. InputError
  /// tells which setting of which run wants a file that is not there, or that has another content,
  /// and where it was looked for.
  RunSettings settings_of(const StoredRun& run);

 private:
  const std::string& place_of(const InputHash& input, const StoredRun& run);
  [[noreturn]] void refuse(const InputHash& input, const StoredRun& run,
                           const std::string& other_content) const;

  const StoredSweep& sweep_;
  std::string file_;
  std::vector<std::filesystem::path> folders_;  ///< in the order in which they are looked into
  std::map<std::string, std::string> found_;    ///< by path of the config
};

}  // namespace edgesweep
