#include <algorithm>
#include <optional>

#include "host/config/config_file.h"
#include "host/config/schema.h"
#include "host/error.h"

namespace edgesweep {
namespace {

bool is_text_setting(const OrderedJson& schema) {
  return (schema.contains("type") && schema.at("type") == "string") || schema.contains("enum");
}

OrderedJson parse_value(const std::string& text, const OrderedJson& schema,
                        const std::string& file) {
  std::optional<OrderedJson> value;
  try {
    value = parse_json(text, file);
  } catch (const InputError&) {
    return text;
  }
  // A file may be called 2024: then the number is a name. Lists and ranges stay what they are.
  if (is_text_setting(schema) && !value->is_string() && !value->is_structured()) return text;
  return *value;
}

/// Are these values of an axis, not one value of the setting?
bool is_axis(const OrderedJson& value, const OrderedJson& schema) {
  if (value.is_object()) return value.contains("log10") || value.contains("from");
  if (!value.is_array()) return false;
  const bool list_setting = schema.contains("type") && schema.at("type") == "array";
  return !list_setting ||
         (!value.empty() &&
          std::all_of(value.begin(), value.end(), [](const auto& v) { return v.is_array(); }));
}

/// The same setting, or one of them part of the other.
bool overlap(const std::string& a, const std::string& b) {
  return a == b || a.compare(0, b.size() + 1, b + ".") == 0 ||
         b.compare(0, a.size() + 1, a + ".") == 0;
}

/// Puts `values` in the place of the axis `name` where `axes` has it; drops axes that overlap with
/// it.
bool replace_in(OrderedJson& axes, const std::string& name, const OrderedJson* values) {
  bool placed = false;
  OrderedJson kept = OrderedJson::object();
  for (auto& [key, old_values] : axes.items()) {
    if (key == name && values != nullptr) {
      kept[key] = *values;
      placed = true;
    } else if (key == "zip" || !overlap(key, name)) {
      kept[key] = std::move(old_values);
    }
  }
  axes = std::move(kept);
  return placed;
}

/// Replaces the axis of `name`, or takes it away (values == nullptr), wherever it stands.
bool replace_axis(OrderedJson& sweep, const std::string& name, const OrderedJson* values) {
  bool placed = replace_in(sweep, name, values);
  if (!sweep.contains("zip")) return placed;
  OrderedJson groups = OrderedJson::array();
  for (OrderedJson& group : sweep.at("zip")) {
    placed = replace_in(group, name, values) || placed;
    if (!group.empty()) groups.push_back(std::move(group));
  }
  if (groups.empty())
    sweep.erase("zip");
  else
    sweep["zip"] = std::move(groups);
  return placed;
}

void set_in_base(OrderedJson& base, const std::string& name, OrderedJson value,
                 const OrderedJson& config, const std::string& file) {
  OrderedJson* object = &base;
  size_t start = 0;
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', start)) {
    object = &(*object)[name.substr(start, dot - start)];
    if (object->is_null()) *object = OrderedJson::object();
    if (!object->is_object()) check_config(config, file);
    start = dot + 1;
  }
  (*object)[name.substr(start)] = std::move(value);
}

/// Throws the schema's message unless the parts that overrides touch have the right form.
void check_form(const OrderedJson& config, const std::string& file) {
  const auto is_object = [](const OrderedJson& value) { return value.is_object(); };
  bool good = config.is_object() && config.contains("base") && config.at("base").is_object();
  if (good && config.contains("sweep")) {
    const OrderedJson& sweep = config.at("sweep");
    good = sweep.is_object();
    if (good && sweep.contains("zip")) {
      const OrderedJson& zip = sweep.at("zip");
      good = zip.is_array() && std::all_of(zip.begin(), zip.end(), is_object);
    }
  }
  if (!good) check_config(config, file);
}

void apply_override(OrderedJson& config, const std::string& text, const std::string& file) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw InputError(file, "--set", "\"" + shortened(text) + "\"", "key=value, such as rate=0.1");
  const std::string name = text.substr(0, equals);
  check_setting_name(name, file, "--set");
  const OrderedJson& schema = *setting_schema(name);
  const OrderedJson value = parse_value(text.substr(equals + 1), schema, file);
  const std::string place = "--set " + name;
  if (!is_axis(value, schema)) {
    check_setting(name, value, file, place);
    if (config.contains("sweep")) replace_axis(config.at("sweep"), name, nullptr);
    set_in_base(config.at("base"), name, value, config, file);
    return;
  }
  check_axis(value, file, place);
  if (!config.contains("sweep")) config["sweep"] = OrderedJson::object();
  if (!replace_axis(config.at("sweep"), name, &value)) config.at("sweep")[name] = value;
}

}  // namespace

void apply_overrides(OrderedJson& config, const std::vector<std::string>& overrides,
                     const std::string& file) {
  if (!overrides.empty()) check_form(config, file);
  for (const std::string& text : overrides) apply_override(config, text, file);
}

}  // namespace edgesweep
