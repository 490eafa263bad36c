#pragma once
#include <optional>
#include <string>
#include <vector>

#include "host/results/ownership/ownership.h"

namespace edgesweep {

struct Taken {
  FileDescriptor file;                ///< the owner file, ours
  std::vector<ProcessIdentity> gone;  ///< the owners before
};

/// Makes `record` the successor of the chain's last owner, who is gone. Nothing, and no trace, if
/// another process was quicker.
std::optional<Taken> succeed(const std::string& root, const std::vector<SeenOwner>& chain,
                             OwnerRecord& record);

/// Makes `record` the owner of `root`, as Ownership::take says. Of several processes that find the
/// same owner gone, one succeeds. Sets record.flock. Nothing when options.stop ended the waiting.
std::optional<Taken> take_over(const std::string& results_path, const std::string& root,
                               const OwnershipOptions& options, OwnerRecord& record);

}  // namespace edgesweep
