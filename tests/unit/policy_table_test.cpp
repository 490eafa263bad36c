#include <gtest/gtest.h>

#include <set>

#include "host/config/json_text.h"
#include "host/config/policies.h"
#include "host/config/schema_text.h"

namespace edgesweep {
namespace {

TEST(PolicyTable, HoldsEveryPolicyOnce) {
  std::set<Policy> policies;
  std::set<std::string> names;
  for (const PolicyTraits& traits : kPolicies) {
    policies.insert(traits.policy);
    names.insert(traits.name);
    EXPECT_EQ(&traits_of(traits.policy), &traits);
    EXPECT_EQ(policy_from_name(traits.name), traits.policy);
  }
  EXPECT_EQ(policies.size(), kPolicies.size());
  EXPECT_EQ(names.size(), kPolicies.size());
  // The last of the enumeration: all before it are there if as many are.
  EXPECT_EQ(kPolicies.size(), static_cast<size_t>(Policy::smart) + 1);
  EXPECT_EQ(policy_from_name("SMART"), std::nullopt);
}

TEST(PolicyTable, HasTheNamesOfTheSchema) {
  std::set<std::string> names, allowed;
  for (const PolicyTraits& traits : kPolicies) names.insert(traits.name);
  const Json schema = Json::parse(schema_text());
  const Json& policies = schema.at("properties").at("base").at("properties").at("policies");
  for (const Json& name : policies.at("items").at("enum")) allowed.insert(name.get<std::string>());
  EXPECT_EQ(names, allowed);
}

}  // namespace
}  // namespace edgesweep
