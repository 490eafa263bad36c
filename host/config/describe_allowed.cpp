#include "host/config/explain.h"

namespace edgesweep {
namespace {

std::string number_range(const OrderedJson& schema) {
  if (schema.contains("minimum") && schema.contains("maximum"))
    return " from " + schema.at("minimum").dump() + " to " + schema.at("maximum").dump();
  std::string text;
  const auto add = [&](const char* keyword, const char* sign) {
    if (schema.contains(keyword))
      text += (text.empty() ? " " : " and ") + std::string(sign) + schema.at(keyword).dump();
  };
  add("minimum", ">= ");
  add("exclusiveMinimum", "> ");
  add("maximum", "<= ");
  add("exclusiveMaximum", "< ");
  return text;
}

std::string count_range(const OrderedJson& schema, const char* least, const char* most,
                        const std::string& what) {
  const bool has_most = schema.contains(most);
  const std::string low = schema.contains(least) ? schema.at(least).dump() : "0";
  if (has_most) return " of " + low + " to " + schema.at(most).dump() + " " + what;
  return low == "0" ? "" : " of at least " + low + " " + what;
}

std::string describe_type(const OrderedJson& schema, const std::string& type) {
  if (type == "integer") return "an integer" + number_range(schema);
  if (type == "number") return "a number" + number_range(schema);
  if (type == "boolean") return "true or false";
  if (type == "object") return "an object";
  if (type == "array") {
    const bool unique = schema.contains("uniqueItems") && schema.at("uniqueItems") == true;
    return "a list" +
           count_range(schema, "minItems", "maxItems", unique ? "different values" : "values");
  }
  return "a string" + count_range(schema, "minLength", "maxLength", "characters") +
         (schema.contains("pattern") ? " matching " + schema.at("pattern").get<std::string>() : "");
}

}  // namespace

std::string describe_allowed(const OrderedJson& schema) {
  if (schema.contains("enum")) {
    std::string text;
    for (const OrderedJson& value : schema.at("enum"))
      text += (text.empty() ? "" : ", ") + value.dump();
    return "one of " + text;
  }
  if (!schema.contains("type")) return "";
  const OrderedJson& type = schema.at("type");
  if (type.is_string()) return describe_type(schema, type.get<std::string>());
  std::string text;
  for (const OrderedJson& one : type)
    text += (text.empty() ? "" : " or ") + describe_type(schema, one.get<std::string>());
  return text;
}

}  // namespace edgesweep
