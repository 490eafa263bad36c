#pragma once
#include <string>
#include <vector>

#include "host/results/ownership/process_identity.h"

namespace edgesweep {

/// A new name beside `path` for what is to replace it, which says whose it is:
/// `<path>.<machine>.<process>.<start of the process>.<number>.tmp`.
std::string temporary_name(const std::string& path);

/// Whose temporary files nobody will miss.
struct Leftovers {
  std::vector<ProcessIdentity> gone;  ///< known to be gone, wherever they were
  bool earlier_versions = false;      ///< also those whose names hold a process number alone
};

/// Removes the temporary files for `path` whose process is gone: one of this machine that has
/// ended, one of `leftovers`, or one elsewhere whose file is older than a day. A `path` that ends
/// in "/" means those for all files of the folder, one that ends in "." those for all files whose
/// names begin with it. What cannot be removed is left.
void remove_leftovers(const std::string& path, const Leftovers& leftovers = {});

}  // namespace edgesweep
