#pragma once
#include <map>
#include <string>

#include "host/engine/problem/resolve.h"
#include "host/results/results_file.h"

namespace edgesweep {

/// Throws InputError, which names file and run, unless every file that a run reads is there.
void check_presence(const Sweep& sweep);

/// Loads the files that the runs read and checks that they fit. Throws InputError, which names file
/// or run.
void check_inputs(const Sweep& sweep, InputCache& inputs);

/// SHA-256 of the content of the files that runs read, each found once.
class InputHashes {
 public:
  /// inputs: outlives this; datasets were hashed when they were loaded.
  explicit InputHashes(InputCache& inputs) : inputs_(inputs) {}

  /// Puts the hashes of all input files into `stored`.
  void describe(const Sweep& sweep, StoredSweep& stored);
  /// One hash over all input files of a run, in the order of its settings.
  std::string of_run(const RunSpec& spec);

 private:
  const std::string& of_file(const InputFileName& file);

  InputCache& inputs_;
  std::map<std::string, std::string> of_path_;
  RunReader reader_;
};

}  // namespace edgesweep
