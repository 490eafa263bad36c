#include "host/config/compiled_schema.h"

// False alarms of g++ 12 in what valijson uses: std::string::replace (GCC bug 105651) and, with
// sanitizers, std::regex (GCC bug 105562).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wrestrict"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
// The header-only library aborts instead of throwing unless it is told that exceptions exist.
#ifndef VALIJSON_USE_EXCEPTIONS
#define VALIJSON_USE_EXCEPTIONS 1
#endif
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace edgesweep {

using valijson::adapters::NlohmannJsonAdapter;

struct CompiledSchema::Parts {
  valijson::Schema schema;
};

CompiledSchema::CompiledSchema(const Json& schema) : parts_(std::make_unique<Parts>()) {
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.populateSchema(NlohmannJsonAdapter(schema), parts_->schema);
}

CompiledSchema::~CompiledSchema() = default;

bool CompiledSchema::accepts(const Json& value) const {
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  return validator.validate(parts_->schema, NlohmannJsonAdapter(value), nullptr);
}

std::string CompiledSchema::complaint(const Json& value) const {
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  valijson::ValidationResults results;
  validator.validate(parts_->schema, NlohmannJsonAdapter(value), &results);
  valijson::ValidationResults::Error error;
  return results.popError(error) ? error.description : "what configs/schema.json allows";
}

}  // namespace edgesweep
