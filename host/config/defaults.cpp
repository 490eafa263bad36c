#include "host/config/defaults.h"

#include <algorithm>

#include "host/config/explain.h"
#include "host/config/schema.h"

namespace edgesweep {
namespace {

const OrderedJson& base_schema() { return schema_document().at("properties").at("base"); }

/// True when the default of a key depends on another key, as those of a recipe do.
bool default_depends(const OrderedJson& schema, const OrderedJson::json_pointer& place) {
  for (const OrderedJson& conditional : schema.at("allOf"))
    if (conditional.contains("then") && conditional.at("then").contains(place)) return true;
  return false;
}

/// The default of a key as the value's other keys have it: that of a branch (dqn.recipe) comes
/// before the key's own. Null: the key stays away.
const OrderedJson* default_of(const OrderedJson& schema, const Json& value, const std::string& key,
                              const OrderedJson& rule, RecipeDefaults recipes) {
  const OrderedJson* found = rule.contains("default") ? &rule.at("default") : nullptr;
  if (!schema.contains("allOf")) return found;
  const OrderedJson ordered(value);
  if (is_forbidden(schema, ordered, key)) return nullptr;
  const OrderedJson::json_pointer place("/properties/" + key + "/default");
  if (recipes == RecipeDefaults::leave_out && default_depends(schema, place)) return nullptr;
  for (const OrderedJson* branch : active_branches(schema, ordered))
    if (branch->contains(place)) found = &branch->at(place);
  return found;
}

void fill_object(const OrderedJson& schema, Json& value, RecipeDefaults recipes) {
  // In schema order: the type of a metric sequence or arrivals, and the recipe of a dqn, come first
  // and decide which others apply and what they are.
  for (const auto& [key, written] : schema.at("properties").items()) {
    if (!value.contains(key)) {
      const OrderedJson* found = default_of(schema, value, key, written, recipes);
      if (found == nullptr) continue;
      value[key] = Json(*found);
    }
    const OrderedJson& rule = resolve_reference(written);
    if (rule.contains("properties")) fill_object(rule, value.at(key), recipes);
  }
}

/// The order of policies changes nothing, so it is not part of a run.
void sort_policies(Json& policies) {
  const OrderedJson& order = base_schema().at("properties").at("policies").at("items").at("enum");
  Json sorted = Json::array();
  for (const auto& policy : order) {
    const Json name = policy.get<std::string>();
    if (std::find(policies.begin(), policies.end(), name) != policies.end()) sorted.push_back(name);
  }
  policies = std::move(sorted);
}

std::string column_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : canonical_text(value);
}

void add_columns(const OrderedJson& schema, const Json* value, const std::string& prefix,
                 std::vector<std::pair<std::string, std::string>>& columns) {
  for (const auto& [key, written] : schema.at("properties").items()) {
    const OrderedJson& rule = resolve_reference(written);
    const Json* member = value != nullptr && value->contains(key) ? &value->at(key) : nullptr;
    if (rule.contains("properties"))
      add_columns(rule, member, prefix + key + "_", columns);
    else
      columns.emplace_back(prefix + key, member == nullptr ? "" : column_text(*member));
  }
}

}  // namespace

void fill_defaults(Json& settings, RecipeDefaults recipes) {
  fill_object(base_schema(), settings, recipes);
  sort_policies(settings.at("policies"));
}

void drop_repeated_test_settings(Json& settings) {
  Json& test = settings.at("test");
  for (const char* name : {"metric_sequence", "arrivals"})
    if (test.contains(name) && test.at(name) == settings.at(name)) test.erase(name);
}

std::vector<std::pair<std::string, std::string>> setting_columns(const Json& settings) {
  std::vector<std::pair<std::string, std::string>> columns;
  add_columns(base_schema(), &settings, "", columns);
  return columns;
}

std::string column_name(const std::string& setting) {
  std::string name = setting;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

}  // namespace edgesweep
