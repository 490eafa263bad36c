#include <algorithm>

#include "host/results/results_file.h"

namespace edgesweep {

const PolicyResult* find_policy(const RunResult& result, Policy policy) {
  for (const PolicyResult& candidate : result.policies)
    if (candidate.policy == policy) return &candidate;
  return nullptr;
}

std::vector<Policy> policies_of(const SweepView& sweep) {
  std::vector<Policy> found;
  for (const PolicyTraits& traits : kPolicies)
    if (std::any_of(sweep.runs.begin(), sweep.runs.end(), [&](const StoredRun* run) {
          return find_policy(run->result, traits.policy) != nullptr;
        }))
      found.push_back(traits.policy);
  return found;
}

}  // namespace edgesweep
