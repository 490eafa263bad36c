#pragma once
#include <sched.h>

#include <functional>
#include <optional>
#include <vector>

namespace edgesweep {

// The CPUs that a thread may use, as ascending numbers. cpu_set_t ends at 1,024 CPUs; these do not.

/// sched_getaffinity, or what stands for it in tests.
using AffinityCall = std::function<int(pid_t, size_t, cpu_set_t*)>;

/// thread: 0 for the calling one. Nothing where the system does not tell.
std::optional<std::vector<int>> processors_of(pid_t thread,
                                              const AffinityCall& ask = sched_getaffinity);

/// False: the system does not allow it, or knows none of them.
bool set_processors(pid_t thread, const std::vector<int>& processors);

}  // namespace edgesweep
