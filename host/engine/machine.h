#pragma once
#include <string>
#include <vector>

namespace edgesweep {

// What this process may use of the machine it runs on.

/// Where the system tells it; other places in tests.
struct SystemFiles {
  std::string own_groups = "/proc/self/cgroup";
  std::string groups = "/sys/fs/cgroup";  ///< control groups, version 2
  std::string nodes = "/sys/devices/system/node";
};

/// Threads that this process may use: affinity and the quotas of its control group and of all
/// groups around it.
int available_threads(const SystemFiles& files = {});

/// Memory of this machine, in bytes.
double physical_memory_bytes();

/// Most of the memory that is free now, in bytes, within the limits of its control groups.
double available_memory_bytes(const SystemFiles& files = {});

/// The processor's name as the system tells it.
std::string processor_name();

/// The CPUs of each NUMA node that this process may use; nodes without any are left out. Empty
/// where the system does not tell.
std::vector<std::vector<int>> usable_nodes(const SystemFiles& files = {});

}  // namespace edgesweep
