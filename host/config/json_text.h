#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace edgesweep {

using Json = nlohmann::json;                 ///< keys sorted: canonical texts
using OrderedJson = nlohmann::ordered_json;  ///< keys as written: documents and the schema

/// Parses one strict JSON document: no comments, no key twice in an object, at most 32 levels deep
/// and 200 keys in an object. A number with a whole value (1e5, 4.0) that fits 64 bits becomes an
/// integer, exactly as written, so that equal settings have equal texts. Throws InputError with
/// `file`, and line and column or JSON path.
OrderedJson parse_json(std::string_view text, const std::string& file);

/// A value as canonical text: compact, sorted keys. Text that is not UTF-8 gets replacement
/// characters.
std::string canonical_text(const Json& value);

/// "/base/dqn" + "width" -> "/base/dqn/width", with JSON Pointer's escapes; long or unprintable
/// keys are shortened.
std::string child_pointer(const std::string& pointer, const std::string& key);

/// A value for a message: scalars as JSON (shortened), "a list of 3 values", "an object".
std::string describe_value(const OrderedJson& value);

/// `text` without control characters and cut to about 60 characters, for messages.
std::string shortened(const std::string& text);

}  // namespace edgesweep
