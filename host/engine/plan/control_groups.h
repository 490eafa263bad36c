#pragma once
#include <string>
#include <vector>

namespace edgesweep {

/// Where the system tells the control groups of this process; other places in tests.
struct ControlGroupFiles {
  std::string own = "/proc/self/cgroup";
  std::string mounts = "/proc/self/mountinfo";
  std::string folder = "/sys/fs/cgroup";  ///< where hierarchies lie that `mounts` does not tell of
};

/// The limits that hold for this process: the least of those of its control groups and of all
/// groups around these, of version 2, version 1, and of both side by side. Infinity: no limit.
class ControlGroups {
 public:
  explicit ControlGroups(const ControlGroupFiles& files = {});

  double processors() const;  ///< CPU time per time; a half is possible
  double memory() const;      ///< bytes
  double threads() const;     ///< of all processes of the group together

 private:
  /// Folders of the groups by the files in them, innermost first.
  std::vector<std::string> unified_, cpu_, memory_, pids_;
};

}  // namespace edgesweep
