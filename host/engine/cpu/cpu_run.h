#pragma once
#include "host/engine/backend.h"

namespace edgesweep {

/// One run from start (or checkpoint) to end on the calling thread and those of its arena that are
/// idle. Returns nothing when a stop was requested before it ended; a checkpoint has been written
/// then.
std::optional<RunResult> execute_run_on_cpu(const RunJob& job, InputCache& inputs,
                                            RunObserver& observer);

}  // namespace edgesweep
