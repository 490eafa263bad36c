#pragma once
#include <sched.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/engine/plan/control_groups.h"

namespace edgesweep {
// The CPUs that a thread may use, as ascending numbers. cpu_set_t ends at 1,024 CPUs; these do not.

/// sched_getaffinity, or what stands for it in tests.
using AffinityCall = std::function<int(pid_t, size_t, cpu_set_t*)>;

/// thread: 0 for the calling one. Nothing where the system does not tell.
std::optional<std::vector<int>> processors_of(pid_t thread,
                                              const AffinityCall& ask = sched_getaffinity);

/// False: the system does not allow it, or knows none of them.
bool set_processors(pid_t thread, const std::vector<int>& processors);

// What this process may use of the machine it runs on.

/// Where the system tells it; other answers in tests.
struct SystemAnswers {
  ControlGroupFiles groups;
  std::string nodes = "/sys/devices/system/node";
  AffinityCall affinity = sched_getaffinity;
  const char* slurm_processors = std::getenv("SLURM_CPUS_PER_TASK");  ///< null: not set
};

/// How many threads are worth having, and which answer of the system says so.
struct ThreadCount {
  int threads = 1;
  std::string source;  ///< "affinity", "CPU quota of the control group", "SLURM_CPUS_PER_TASK"
  std::string note;    ///< of an answer that makes no sense and was left aside; usually empty
};

/// The least of affinity, the quotas of the control groups, and what Slurm grants a task
/// (SLURM_CPUS_PER_TASK: it does not always bind a task to its CPUs).
ThreadCount count_threads(const SystemAnswers& system = {});
int available_threads(const SystemAnswers& system = {});

/// Memory of this machine, in bytes.
double physical_memory_bytes();

/// Most of the memory that is free now, in bytes, within the limits of its control groups.
double available_memory_bytes(const SystemAnswers& system = {});

/// The processor's name as the system tells it.
std::string processor_name();

/// The CPUs of each NUMA node that this process may use; nodes without any are left out. Empty
/// where the system does not tell.
std::vector<std::vector<int>> usable_nodes(const SystemAnswers& system = {});

}  // namespace edgesweep
