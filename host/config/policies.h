#pragma once
#include <array>
#include <optional>
#include <string>

namespace edgesweep {

// The policies and what is true of each, in one table (docs/model.md#policies).

enum class Policy {
  weak,
  strong,
  lower_bound,
  baseline,
  mdp,
  dqn,
  clairvoyant,
  clairvoyant_metric,
  isolated,
  hierarchical,
  smart
};

struct PolicyTraits {
  Policy policy;
  const char* name;  ///< as in the config
  /// It decides image by image with a token bucket; without one its loss follows from all images at
  /// once, has no standard error, and nothing is simulated.
  bool has_bucket;
  bool is_strategy;  ///< one of the strategies of many cameras behind a switch
};

/// In the order in which results list policies.
constexpr std::array<PolicyTraits, 11> kPolicies = {{
    {Policy::weak, "weak", false, false},
    {Policy::strong, "strong", false, false},
    {Policy::lower_bound, "lower_bound", false, false},
    {Policy::baseline, "baseline", true, false},
    {Policy::mdp, "mdp", true, false},
    {Policy::dqn, "dqn", true, false},
    {Policy::clairvoyant, "clairvoyant", true, false},
    {Policy::clairvoyant_metric, "clairvoyant_metric", true, false},
    {Policy::isolated, "isolated", true, true},
    {Policy::hierarchical, "hierarchical", true, true},
    {Policy::smart, "smart", true, true},
}};

constexpr const PolicyTraits& traits_of(Policy policy) {
  for (const PolicyTraits& traits : kPolicies)
    if (traits.policy == policy) return traits;
  return kPolicies.front();  // not reached: PolicyTable.HoldsEveryPolicyOnce
}

constexpr const char* policy_name(Policy policy) { return traits_of(policy).name; }
constexpr bool has_bucket(Policy policy) { return traits_of(policy).has_bucket; }
constexpr bool is_strategy(Policy policy) { return traits_of(policy).is_strategy; }

/// Nothing for a name that no policy has.
inline std::optional<Policy> policy_from_name(const std::string& name) {
  for (const PolicyTraits& traits : kPolicies)
    if (name == traits.name) return traits.policy;
  return std::nullopt;
}

}  // namespace edgesweep
