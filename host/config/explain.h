#pragma once
#include <optional>
#include <string>
#include <vector>

#include "host/config/json_text.h"

namespace edgesweep {

/// What is wrong with a document, in the words of InputError.
struct Problem {
  std::string pointer;  ///< JSON path
  std::string found;
  std::string allowed;
  std::string nearest;
};

/// The first place where `value` breaks `schema`, unknown keys before wrong values; nothing if no
/// break is seen. Knows the keywords that configs/schema.json uses. pointer: JSON path of `value`.
std::optional<Problem> explain(const OrderedJson& schema, const OrderedJson& value,
                               const std::string& pointer);

/// "an integer from 1 to 4096", "a number > 0 and < 1", "one of "last", "best"".
std::string describe_allowed(const OrderedJson& schema);

/// For a name that is not one of the settings: found, the settings that are near in the tree, the
/// nearest name.
Problem explain_unknown_setting(const std::string& name, const std::string& pointer);

/// `schema` itself, or what its $ref ("#/definitions/...") names.
const OrderedJson& resolve_reference(const OrderedJson& schema);

/// Does `value` meet the condition of an if: some of {"required": [...], "properties": {key:
/// {"const": value}}}?
bool meets_condition(const OrderedJson& condition, const OrderedJson& value);

/// The then or else branches of `schema` that are in force for `value`.
std::vector<const OrderedJson*> active_branches(const OrderedJson& schema,
                                                const OrderedJson& value);

/// Is the key of an object ruled out by a branch in force, as parameters of another type are?
bool is_forbidden(const OrderedJson& schema, const OrderedJson& value, const std::string& key);

}  // namespace edgesweep
