#include <algorithm>
#include <optional>

#include "host/config/config_file.h"
#include "host/config/file_settings.h"
#include "host/config/schema.h"
#include "host/config/setting_change.h"
#include "host/error.h"

namespace edgesweep {
namespace {

bool is_text_setting(const OrderedJson& schema) {
  return (schema.contains("type") && schema.at("type") == "string") || schema.contains("enum");
}

/// A list or an object that is no JSON: most likely a shell took its quotes.
[[noreturn]] void refuse_broken(const std::string& text, const std::string& name,
                                const std::string& file) {
  throw InputError(file, "--set " + name, "\"" + shortened(text) + "\", which is no JSON",
                   "JSON with double quotes around texts, and for the shell single quotes around "
                   "all of it: --set 'policies=[\"weak\",\"mdp\"]'");
}

OrderedJson parse_value(const std::string& text, const std::string& name, const OrderedJson& schema,
                        const std::string& file) {
  std::optional<OrderedJson> value;
  try {
    value = parse_json(text, file);
  } catch (const InputError&) {
    const bool structured = text.starts_with('[') || text.starts_with('{');
    if (structured && !names_a_file(name)) refuse_broken(text, name, file);
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

}  // namespace

SettingChange parse_override(const std::string& text, const std::string& file) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw InputError(file, "--set", "\"" + shortened(text) + "\"", "key=value, such as rate=0.1");
  SettingChange change;
  change.name = text.substr(0, equals);
  check_setting_name(change.name, file, "--set");
  const OrderedJson& schema = *setting_schema(change.name);
  change.value = parse_value(text.substr(equals + 1), change.name, schema, file);
  change.place = "--set " + change.name;
  if (is_axis(change.value, schema)) {
    change.kind = SettingChange::Kind::axis;
    check_axis(change.value, file, change.place);
  } else {
    check_setting(change.name, change.value, file, change.place);
  }
  return change;
}

void apply_overrides(OrderedJson& config, const std::vector<std::string>& overrides,
                     const std::string& file) {
  if (!overrides.empty()) check_form(config, file);
  for (const std::string& text : overrides) apply_change(config, parse_override(text, file), file);
}

}  // namespace edgesweep
