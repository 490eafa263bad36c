#pragma once
#include <vector>

#include "host/results/results_file.h"

namespace edgesweep {

/// The result of a policy in a run, or null.
const PolicyResult* find_policy(const RunResult& result, Policy policy);

/// The policies that occur in any of its runs, in the order of docs/model.md#policies.
std::vector<Policy> policies_of(const SweepView& sweep);

}  // namespace edgesweep
