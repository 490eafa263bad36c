#pragma once
#include "host/engine/problem/windows.h"

namespace edgesweep {

/// draw_windows one image at a time by kernels/windows.cuh: slow, its oracle.
void draw_windows_plain(const TrainingProblem& problem, int64_t iteration, int64_t first,
                        int64_t count, Windows& windows);

}  // namespace edgesweep
