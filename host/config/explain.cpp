#include "host/config/explain.h"

#include <algorithm>

#include "host/config/compiled_schema.h"
#include "host/config/schema.h"
#include "host/error.h"

namespace edgesweep {
namespace {

constexpr size_t kLongestName = 64;  // beyond it no name is near, and comparing would take long

std::string nearest(const std::string& name, const std::vector<std::string>& known) {
  return name.size() <= kLongestName ? nearest_name(name, known) : "";
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "no keys" : text;
}

/// The one setting whose last name is `name` ("width" -> "dqn.width"), or "". That of the test
/// ("test.metric_sequence.spread") counts for nothing beside the run's own.
std::string setting_by_last_name(const std::string& name) {
  std::string match;
  for (const std::string& setting : setting_names()) {
    const size_t dot = setting.rfind('.');
    if (dot == std::string::npos || setting.substr(dot + 1) != name) continue;
    if (setting == "test." + match) continue;
    if (!match.empty()) return "";
    match = setting;
  }
  return match;
}

bool has_type(const OrderedJson& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  return value.is_number();
}

bool type_fits(const OrderedJson& schema, const OrderedJson& value) {
  if (!schema.contains("type")) return true;
  const OrderedJson& type = schema.at("type");
  if (type.is_string()) return has_type(value, type.get<std::string>());
  return std::any_of(type.begin(), type.end(), [&](const OrderedJson& one) {
    return has_type(value, one.get<std::string>());
  });
}

bool number_fits(const OrderedJson& schema, const OrderedJson& value) {
  // Integers are compared as integers: the largest seed is not a double.
  if (schema.contains("minimum") && value < schema.at("minimum")) return false;
  if (schema.contains("maximum") && value > schema.at("maximum")) return false;
  if (schema.contains("exclusiveMinimum") && value <= schema.at("exclusiveMinimum")) return false;
  return !(schema.contains("exclusiveMaximum") && value >= schema.at("exclusiveMaximum"));
}

bool count_fits(const OrderedJson& schema, const char* least, const char* most, size_t count) {
  if (schema.contains(least) && count < schema.at(least).get<size_t>()) return false;
  return !(schema.contains(most) && count > schema.at(most).get<size_t>());
}

size_t character_count(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::optional<Problem> explain_string(const OrderedJson& schema, const std::string& text,
                                      const Problem& problem) {
  const size_t count = character_count(text);
  if (!count_fits(schema, "minLength", "maxLength", count)) {
    Problem length = problem;
    length.found = "a string of " + std::to_string(count) + " characters";
    return length;
  }
  if (schema.contains("pattern") && !CompiledSchema(Json(schema)).accepts(text)) return problem;
  return std::nullopt;
}

std::optional<Problem> explain_array(const OrderedJson& schema, const OrderedJson& value,
                                     const Problem& problem) {
  if (!count_fits(schema, "minItems", "maxItems", value.size())) return problem;
  if (schema.contains("items")) {
    const OrderedJson& items = resolve_reference(schema.at("items"));
    for (size_t i = 0; i < value.size(); ++i)
      if (auto found = explain(items, value[i], child_pointer(problem.pointer, std::to_string(i))))
        return found;
  }
  if (schema.contains("uniqueItems") && schema.at("uniqueItems") == true) {
    for (size_t i = 0; i < value.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (value[i] == value[j])
          return Problem{child_pointer(problem.pointer, std::to_string(i)),
                         describe_value(value[i]) + " a second time", problem.allowed, ""};
  }
  return std::nullopt;
}

/// A key of another type ("spread" where the type is "iid"), or one that has no place beside the
/// others.
Problem explain_forbidden(const OrderedJson& schema, const OrderedJson& value,
                          const std::string& key, const std::string& pointer) {
  std::vector<std::string> permitted;
  for (const auto& [name, rule] : schema.at("properties").items())
    if (!is_forbidden(schema, value, name)) permitted.push_back(name);
  std::string found = "\"" + key + "\"";
  if (value.contains("type"))
    found += " with \"type\": " + describe_value(value.at("type"));
  else if (schema.at("properties").contains("type"))
    found += " with \"type\": " + schema.at("properties").at("type").at("default").dump() +
             " (the default)";
  return {child_pointer(pointer, key), found, "here only " + joined(permitted), ""};
}

std::optional<Problem> explain_unknown_keys(const OrderedJson& schema, const OrderedJson& value,
                                            const std::string& pointer) {
  const OrderedJson none = OrderedJson::object();
  const OrderedJson& properties = schema.contains("properties") ? schema.at("properties") : none;
  const bool closed =
      schema.contains("additionalProperties") && schema.at("additionalProperties") == false;
  for (const auto& [key, member] : value.items()) {
    if (properties.contains(key)) continue;
    if (closed) {
      std::vector<std::string> names;
      for (const auto& [name, rule] : properties.items())
        if (!is_forbidden(schema, value, name)) names.push_back(name);
      std::string near = nearest(key, names);
      if (near.empty() && pointer == "/base") near = setting_by_last_name(key);
      return Problem{pointer, "the unknown key \"" + shortened(key) + "\"", joined(names), near};
    }
    if (schema.contains("propertyNames")) {
      const auto& names = setting_names();
      if (std::find(names.begin(), names.end(), key) == names.end())
        return explain_unknown_setting(key, pointer);
    }
  }
  return std::nullopt;
}

std::optional<Problem> explain_required(const OrderedJson& rule, const OrderedJson& schema,
                                        const OrderedJson& value, const std::string& pointer) {
  if (!rule.contains("required")) return std::nullopt;
  for (const OrderedJson& required : rule.at("required")) {
    const auto key = required.get<std::string>();
    if (!value.contains(key))
      return Problem{child_pointer(pointer, key), "nothing",
                     describe_allowed(resolve_reference(schema.at("properties").at(key))), ""};
  }
  return std::nullopt;
}

/// What a then or else branch requires of the object and of its members.
std::optional<Problem> explain_branch(const OrderedJson& branch, const OrderedJson& schema,
                                      const OrderedJson& value, const std::string& pointer) {
  if (auto missing = explain_required(branch, schema, value, pointer)) return missing;
  if (!branch.contains("properties")) return std::nullopt;
  for (const auto& [key, rule] : branch.at("properties").items())
    if (rule.is_object() && value.contains(key))
      if (auto missing = explain_required(rule, schema.at("properties").at(key), value.at(key),
                                          child_pointer(pointer, key)))
        return missing;
  return std::nullopt;
}

std::optional<Problem> explain_object(const OrderedJson& schema, const OrderedJson& value,
                                      const Problem& problem) {
  const std::string& pointer = problem.pointer;
  if (auto unknown = explain_unknown_keys(schema, value, pointer)) return unknown;
  if (schema.contains("minProperties") && value.size() < schema.at("minProperties").get<size_t>())
    return Problem{pointer, "an empty object", "at least one key", ""};
  for (const auto& [key, member] : value.items()) {
    const bool named = schema.contains("properties") && schema.at("properties").contains(key);
    if (named && is_forbidden(schema, value, key))
      return explain_forbidden(schema, value, key, pointer);
    const OrderedJson* rule = named ? &schema.at("properties").at(key)
                              : schema.contains("additionalProperties")
                                  ? &schema.at("additionalProperties")
                                  : nullptr;
    if (rule == nullptr || !rule->is_object()) continue;
    if (auto found = explain(resolve_reference(*rule), member, child_pointer(pointer, key)))
      return found;
  }
  if (auto missing = explain_required(schema, schema, value, pointer)) return missing;
  for (const OrderedJson* branch : active_branches(schema, value))
    if (auto missing = explain_branch(*branch, schema, value, pointer)) return missing;
  return std::nullopt;
}

}  // namespace

std::optional<Problem> explain(const OrderedJson& schema, const OrderedJson& value,
                               const std::string& pointer) {
  Problem problem{pointer, describe_value(value), describe_allowed(schema), ""};
  if (!type_fits(schema, value)) return problem;
  if (schema.contains("enum")) {
    const OrderedJson& choices = schema.at("enum");
    if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
      if (value.is_string())
        problem.nearest =
            nearest(value.get<std::string>(), choices.get<std::vector<std::string>>());
      return problem;
    }
  }
  if (value.is_number() && !number_fits(schema, value)) return problem;
  if (value.is_string()) return explain_string(schema, value.get<std::string>(), problem);
  if (value.is_array()) return explain_array(schema, value, problem);
  if (value.is_object()) return explain_object(schema, value, problem);
  return std::nullopt;
}

Problem explain_unknown_setting(const std::string& name, const std::string& pointer) {
  // Settings of the same group in full; of the others only the group.
  std::vector<std::string> in_group;
  std::vector<std::string> all;
  const std::string group = name.substr(0, name.find('.')) + ".";
  for (const std::string& setting : setting_names()) {
    if (setting.starts_with(group)) in_group.push_back(setting);
    const size_t dot = setting.find('.');
    const std::string shown = dot == std::string::npos ? setting : setting.substr(0, dot) + ".*";
    if (std::find(all.begin(), all.end(), shown) == all.end()) all.push_back(shown);
  }
  const bool is_group = name + "." == group && !in_group.empty();
  std::string near = is_group ? "" : setting_by_last_name(name);
  if (near.empty() && !is_group) near = nearest(name, setting_names());
  const std::string found =
      (is_group ? "the group of settings \"" : "the unknown setting \"") + shortened(name) + "\"";
  return {pointer, found, joined(in_group.empty() ? all : in_group), near};
}

}  // namespace edgesweep
