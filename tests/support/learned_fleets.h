#pragma once
#include "host/engine/problem/resolve.h"
#include "host/engine/run/run_outcome.h"

namespace edgesweep::testing {

/// Settings of a small run of `cameras` cameras with dqn and hierarchical: a network of 2 x 8,
/// sequences with a memory, few training samples, a small search.
RunSettings learned_fleet_settings(int cameras);

/// resolve_run after the search that it needs, with a cache shared by the test program.
RunProblem prepared_fleet(const RunSettings& settings);

}  // namespace edgesweep::testing
