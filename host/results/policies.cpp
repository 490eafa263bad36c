#include "host/results/policies.h"

#include <algorithm>
#include <iterator>

namespace edgesweep {
namespace {

constexpr Policy kPolicies[] = {
    Policy::weak,     Policy::strong,       Policy::lower_bound, Policy::baseline,
    Policy::mdp,      Policy::dqn,          Policy::clairvoyant, Policy::clairvoyant_metric,
    Policy::isolated, Policy::hierarchical, Policy::smart};

}  // namespace

std::optional<Policy> policy_from_name(const std::string& name) {
  for (const Policy policy : kPolicies)
    if (name == policy_name(policy)) return policy;
  return std::nullopt;
}

bool is_simulated(Policy policy) {
  return policy != Policy::weak && policy != Policy::strong && policy != Policy::lower_bound;
}

const PolicyResult* find_policy(const RunResult& result, Policy policy) {
  for (const PolicyResult& candidate : result.policies)
    if (candidate.policy == policy) return &candidate;
  return nullptr;
}

std::vector<Policy> policies_of(const SweepView& sweep) {
  std::vector<Policy> found;
  std::copy_if(
      std::begin(kPolicies), std::end(kPolicies), std::back_inserter(found), [&](Policy policy) {
        return std::any_of(sweep.runs.begin(), sweep.runs.end(), [&](const StoredRun* run) {
          return find_policy(run->result, policy) != nullptr;
        });
      });
  return found;
}

}  // namespace edgesweep
