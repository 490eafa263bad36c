#include "host/config/schema.h"

#include <algorithm>
#include <map>
#include <memory>

#include "host/config/compiled_schema.h"
#include "host/config/explain.h"
#include "host/config/schema_text.h"
#include "host/error.h"

namespace edgesweep {
namespace {

[[noreturn]] void refuse(const CompiledSchema& compiled, const OrderedJson& schema,
                         const OrderedJson& value, const std::string& file,
                         const std::string& place) {
  if (const auto problem = explain(schema, value, place))
    throw InputError(file, problem->pointer.empty() ? "/" : problem->pointer, problem->found,
                     problem->allowed, problem->nearest);
  throw InputError(file, place, describe_value(value), compiled.complaint(Json(value)));
}

void check(const CompiledSchema& compiled, const OrderedJson& schema, const OrderedJson& value,
           const std::string& file, const std::string& place) {
  if (!compiled.accepts(Json(value))) refuse(compiled, schema, value, file, place);
}

/// Of every setting, compiled at the first call.
const CompiledSchema& compiled_setting(const std::string& name) {
  static const auto compiled = [] {
    std::map<std::string, std::unique_ptr<CompiledSchema>> settings;
    for (const std::string& setting : setting_names())
      settings.emplace(setting, std::make_unique<CompiledSchema>(Json(*setting_schema(setting))));
    return settings;
  }();
  return *compiled.at(name);
}

}  // namespace

const OrderedJson& schema_document() {
  static const OrderedJson document = parse_json(schema_text(), "configs/schema.json");
  return document;
}

const std::vector<std::string>& setting_names() {
  static const auto names = schema_document()
                                .at("definitions")
                                .at("setting_name")
                                .at("enum")
                                .get<std::vector<std::string>>();
  return names;
}

const OrderedJson* setting_schema(const std::string& name) {
  const auto& names = setting_names();
  if (std::find(names.begin(), names.end(), name) == names.end()) return nullptr;
  const OrderedJson* schema = &schema_document().at("properties").at("base");
  size_t start = 0;
  while (start != std::string::npos) {
    const size_t dot = name.find('.', start);
    const size_t length = dot == std::string::npos ? dot : dot - start;
    schema = &resolve_reference(schema->at("properties").at(name.substr(start, length)));
    start = dot == std::string::npos ? dot : dot + 1;
  }
  return schema;
}

void check_config(const OrderedJson& document, const std::string& file) {
  static const CompiledSchema compiled{Json(schema_document())};
  check(compiled, schema_document(), document, file, "");
}

void check_setting(const std::string& name, const OrderedJson& value, const std::string& file,
                   const std::string& place) {
  check(compiled_setting(name), *setting_schema(name), value, file, place);
}

void check_setting(const std::string& name, const OrderedJson& value, const std::string& file,
                   const std::function<std::string(const std::string&)>& place_of) {
  if (compiled_setting(name).accepts(Json(value))) return;
  const auto problem = explain(*setting_schema(name), value, "");
  if (!problem) refuse(compiled_setting(name), *setting_schema(name), value, file, place_of(name));
  std::string setting = name + problem->pointer;
  std::replace(setting.begin(), setting.end(), '/', '.');
  throw InputError(file, place_of(setting), problem->found, problem->allowed, problem->nearest);
}

void check_axis(const OrderedJson& values, const std::string& file, const std::string& place) {
  static const OrderedJson& schema = schema_document().at("definitions").at("axis");
  static const CompiledSchema compiled{Json(schema)};
  check(compiled, schema, values, file, place);
}

void check_setting_name(const std::string& name, const std::string& file,
                        const std::string& place) {
  if (setting_schema(name) != nullptr) return;
  const Problem problem = explain_unknown_setting(name, place);
  throw InputError(file, problem.pointer, problem.found, problem.allowed, problem.nearest);
}

}  // namespace edgesweep
