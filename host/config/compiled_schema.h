#pragma once
#include <memory>
#include <string>

#include "host/config/json_text.h"

namespace edgesweep {

/// A JSON Schema (draft-07) compiled by valijson, which decides what is valid.
class CompiledSchema {
 public:
  /// Throws std::runtime_error for a schema that valijson does not understand.
  explicit CompiledSchema(const Json& schema);
  ~CompiledSchema();
  CompiledSchema(const CompiledSchema&) = delete;
  CompiledSchema& operator=(const CompiledSchema&) = delete;

  bool accepts(const Json& value) const;

  /// valijson's own words for the first problem of a value that is not accepted.
  std::string complaint(const Json& value) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace edgesweep
