#pragma once
#include <string>

#include "host/results/ownership/owner_files.h"

namespace edgesweep::testing {

/// This process, as it would be on another machine that shares the folder.
ProcessIdentity elsewhere(const std::string& host = "far");

/// A process of this machine that has ended.
ProcessIdentity ended_process();

/// Writes an owner file for `results_path`, as an owner leaves it that was killed; returns its
/// record.
OwnerRecord leave_owner(const std::string& results_path, const ProcessIdentity& identity,
                        bool flock = false, uint64_t device = 0);

/// Who stands in the owner file of `results_path`; throws where it holds no record.
OwnerRecord owner_of(const std::string& results_path);

}  // namespace edgesweep::testing
