#include "host/config/defaults.h"

#include <algorithm>

#include "host/config/explain.h"
#include "host/config/schema.h"

namespace edgesweep {
namespace {

const OrderedJson& base_schema() { return schema_document().at("properties").at("base"); }

void fill_object(const OrderedJson& schema, Json& value) {
  // In schema order: the type of a metric sequence or arrivals comes first and decides which others
  // apply.
  for (const auto& [key, written] : schema.at("properties").items()) {
    if (!value.contains(key)) {
      const bool typed = schema.contains("allOf");  // its keys depend on the value of "type"
      if (!written.contains("default") || (typed && is_forbidden(schema, OrderedJson(value), key)))
        continue;
      value[key] = Json(written.at("default"));
    }
    const OrderedJson& rule = resolve_reference(written);
    if (rule.contains("properties")) fill_object(rule, value.at(key));
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

void fill_defaults(Json& settings) {
  fill_object(base_schema(), settings);
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
