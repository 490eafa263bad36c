#pragma once
#include <optional>
#include <string>
#include <vector>

#include "host/error.h"
#include "host/results/ownership/ownership.h"

namespace edgesweep {

/// What an asker finds out about an owner.
enum class Standing {
  alive,
  gone,
  unknown,  ///< elsewhere; only its counter can tell
  changed,  ///< it is not the owner any more
  stopped,  ///< the asker was told to stop
};

/// Without waiting.
Standing judge(const SeenOwner& owner, const ProcessIdentity& self);

/// Watches the last owner of the chain: alive as soon as its file changes, gone when that has stood
/// still for kStandstillSeconds. Unknown at once where the options do not want to wait.
Standing watch(const std::string& results_path, const std::string& root,
               const std::vector<SeenOwner>& chain, const OwnershipOptions& options);

/// What the asker is told, and what to do.
BusyError busy(const std::string& results_path, const SeenOwner& owner, Standing standing);

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
