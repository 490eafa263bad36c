#include "host/config/explain.h"
#include "host/config/schema.h"

namespace edgesweep {

const OrderedJson& resolve_reference(const OrderedJson& schema) {
  // Parts of the schema live as long as the program.
  // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter)
  if (!schema.is_object() || !schema.contains("$ref")) return schema;
  const std::string reference = schema.at("$ref").get<std::string>();  // "#/definitions/axis"
  return schema_document().at(OrderedJson::json_pointer(reference.substr(1)));
}

bool meets_condition(const OrderedJson& condition, const OrderedJson& value) {
  if (!value.is_object()) return true;  // as draft-07 has it: both keywords speak of objects alone
  if (condition.contains("required"))
    for (const auto& key : condition.at("required"))
      if (!value.contains(key.get<std::string>())) return false;
  if (condition.contains("properties"))
    for (const auto& [key, rule] : condition.at("properties").items())
      if (value.contains(key) && value.at(key) != rule.at("const")) return false;
  return true;
}

std::vector<const OrderedJson*> active_branches(const OrderedJson& schema,
                                                const OrderedJson& value) {
  std::vector<const OrderedJson*> branches;
  const auto add = [&](const OrderedJson& conditional) {
    if (!conditional.contains("if")) return;
    const char* branch = meets_condition(conditional.at("if"), value) ? "then" : "else";
    if (conditional.contains(branch)) branches.push_back(&conditional.at(branch));
  };
  add(schema);
  if (schema.contains("allOf"))
    for (const OrderedJson& conditional : schema.at("allOf")) add(conditional);
  return branches;
}

bool is_forbidden(const OrderedJson& schema, const OrderedJson& value, const std::string& key) {
  for (const OrderedJson* branch : active_branches(schema, value)) {
    if (!branch->contains("properties")) continue;
    const OrderedJson& rules = branch->at("properties");
    if (rules.contains(key) && rules.at(key) == false) return true;
  }
  return false;
}

}  // namespace edgesweep
