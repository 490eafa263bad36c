#pragma once
#include <cstdint>
#include <functional>

namespace edgesweep {

/// What a child process may take before the system ends it.
struct ChildLimits {
  uint64_t seconds = 60;                ///< of processor time
  uint64_t memory = uint64_t{1} << 30;  ///< bytes on top of what this process has mapped
};

/// How a child process ended.
enum class ChildEnd {
  finished,  ///< `work` returned or threw
  crashed,   ///< it ended itself, by a signal or by leaving
  too_long,  ///< it took more processor time than its limit
  killed,    ///< from outside (SIGKILL), as a machine out of memory does
};

struct Child {
  ChildEnd end = ChildEnd::finished;
  int signal = 0;  ///< that ended it, where the system tells; else 0
};

/// Runs `work` in a copy of this process (fork) and waits for its end. Nothing that it changes in
/// memory is seen here, what it throws is dropped, and a crash there is none here. `work` may use
/// no lock that another thread of this process may hold, start no threads, and touch no device.
/// The copy prints nothing, leaves no core file, ignores the signals with which this process is
/// told to stop, and dies with it. Throws SystemError if the system gives no process.
Child run_in_child(const ChildLimits& limits, const std::function<void()>& work);

}  // namespace edgesweep
