#pragma once
#include <cstdlib>
#include <string>
#include <vector>

#include "host/engine/control_groups.h"
#include "host/engine/processors.h"

namespace edgesweep {

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
