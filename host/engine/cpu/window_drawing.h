#pragma once
#include "host/engine/problem/windows.h"

namespace edgesweep {

/// Fills rows first..first+count-1 for one Q iteration: from counters (the stationary law) or from
/// replayed sequences. `first` and `count` begin and end at mini-batches or at multiples of
/// kPadding within one, since neighbours are drawn together. A row depends on (seed, iteration,
/// row) alone.
void draw_windows(const TrainingProblem& problem, int64_t iteration, int64_t first, int64_t count,
                  Windows& windows);

}  // namespace edgesweep
