#pragma once
#include <functional>
#include <string>

#include "host/engine/plan/machine.h"

namespace edgesweep {

// Threads that the system refuses (ulimit -u, ulimit -v, pids.max) end a program that relies on
// them: TBB aborts. So they are asked for before TBB is.

/// Told to people once, on whatever the caller prints.
using Notice = std::function<void(const std::string&)>;

/// The limit that most likely keeps this process from making one more thread, with its value:
/// "pids.max of the control group: 100", "ulimit -u: 64".
std::string thread_limit(const SystemAnswers& system = {});

/// " (ulimit -v: 500000 KiB; fewer --threads need less)"; empty without such a limit.
std::string address_space_text();

/// `wanted`, or fewer if the system makes no more, the calling thread counted: then the notice says
/// how many and why. They are made all at once and ended again.
int startable_threads(int wanted, const Notice& notice, const SystemAnswers& system = {});

}  // namespace edgesweep
