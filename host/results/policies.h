#pragma once
#include <optional>
#include <string>
#include <vector>

#include "host/results/results_file.h"

namespace edgesweep {

/// The policy that policy_name() calls so; nothing for another name.
std::optional<Policy> policy_from_name(const std::string& name);

/// False for those whose loss follows from all images at once, without sequences: weak, strong and
/// lower_bound. It has no standard error.
bool is_simulated(Policy policy);

/// The result of a policy in a run, or null.
const PolicyResult* find_policy(const RunResult& result, Policy policy);

/// The policies that occur in any of its runs, in the order of docs/model.md#policies.
std::vector<Policy> policies_of(const SweepView& sweep);

}  // namespace edgesweep
