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

void fill_object(const OrderedJson& schema, Json& value, RecipeDefaults recipes);

void fill_member(const OrderedJson& schema, Json& value, const std::string& key,
                 const OrderedJson& written, RecipeDefaults recipes) {
  if (!value.contains(key)) {
    const OrderedJson* found = default_of(schema, value, key, written, recipes);
    if (found == nullptr) return;
    value[key] = Json(*found);
  }
  const OrderedJson& rule = resolve_reference(written);
  if (rule.contains("properties")) fill_object(rule, value.at(key), recipes);
}

void fill_object(const OrderedJson& schema, Json& value, RecipeDefaults recipes) {
  // In schema order: the type of a metric sequence or arrivals, and the recipe of a dqn, come first
  // and decide which others apply and what they are.
  for (const auto& [key, written] : schema.at("properties").items())
    fill_member(schema, value, key, written, recipes);
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

/// value: of the setting `name`; nullptr where it does not apply.
void add_columns(const std::string& name, const OrderedJson& written, const Json* value,
                 SettingColumns& columns) {
  const OrderedJson& rule = resolve_reference(written);
  if (!rule.contains("properties")) {
    columns.emplace_back(name, value == nullptr ? "" : column_text(*value));
    return;
  }
  for (const auto& [key, member] : rule.at("properties").items())
    add_columns(name + "_" + key, member,
                value != nullptr && value->contains(key) ? &value->at(key) : nullptr, columns);
}

/// Recipes that are warm with other defaults ("warm_5x64"): the settings that they stand for are
/// filled in, so the run is one of warm.
void name_recipe(Json& settings) {
  if (!settings.contains("dqn")) return;
  Json& recipe = settings.at("dqn").at("recipe");
  if (recipe != "published") recipe = "warm";
}

/// It is the run without them.
void drop_repeated_test_settings(Json& settings) {
  if (!settings.contains("test")) return;
  Json& test = settings.at("test");
  for (const char* name : {"metric_sequence", "arrivals"})
    if (test.contains(name) && test.at(name) == settings.at(name)) test.erase(name);
}

}  // namespace

void fill_defaults(Json& settings, RecipeDefaults recipes) {
  fill_object(base_schema(), settings, recipes);
  if (recipes == RecipeDefaults::fill) name_recipe(settings);
  sort_policies(settings.at("policies"));
}

void complete_members(Json& settings, const std::vector<std::string>& members) {
  const OrderedJson& properties = base_schema().at("properties");
  for (const std::string& member : members)
    fill_member(base_schema(), settings, member, properties.at(member), RecipeDefaults::fill);
  name_recipe(settings);
  if (settings.contains("policies")) sort_policies(settings.at("policies"));
  drop_repeated_test_settings(settings);
}

const std::vector<std::string>& setting_members() {
  static const std::vector<std::string> members = [] {
    std::vector<std::string> names;
    for (const auto& [key, written] : base_schema().at("properties").items()) names.push_back(key);
    return names;
  }();
  return members;
}

SettingColumns member_columns(const std::string& member, const Json* value) {
  SettingColumns columns;
  add_columns(member, base_schema().at("properties").at(member), value, columns);
  return columns;
}

SettingColumns setting_columns(const Json& settings) {
  SettingColumns columns;
  for (const std::string& member : setting_members())
    for (auto& column :
         member_columns(member, settings.contains(member) ? &settings.at(member) : nullptr))
      columns.push_back(std::move(column));
  return columns;
}

std::string column_name(const std::string& setting) {
  std::string name = setting;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

}  // namespace edgesweep
