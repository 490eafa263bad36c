#pragma once
#include <string>
#include <vector>

#include "host/engine/problem/resolve.h"
#include "host/engine/problem/windows.h"

namespace edgesweep::testing {

/// The committed dataset of the experiments.
std::string dataset_path();

/// Settings of a small run on it: rate 0.1, depth 4, local reset, periodic, all policies, a network
/// of 2 x 8 on 5 metrics, batches of 6 x 3, few and short sequences. Tests change what they are
/// about.
RunSettings small_settings();

/// resolve_run with a cache shared by the test program.
RunProblem prepared(const RunSettings& settings);

/// Metrics (rows x H1 + 2) and gaps (rows x H2 + 2) of all windows, row by row, position 0 first.
std::vector<float> metrics_of(const Windows& windows);
std::vector<float> gaps_of(const Windows& windows);

}  // namespace edgesweep::testing
