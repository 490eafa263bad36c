#include "host/results/settings_columns.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace edgesweep {
namespace {

using nlohmann::json;

/// The value behind a setting's text: null for "", a string for text that is not JSON.
json parse(const std::string& text) {
  if (text.empty()) return nullptr;
  json value = json::parse(text, nullptr, false);
  return value.is_discarded() ? json(text) : value;
}

bool whole(const json& value) { return value.is_number_integer() || value.is_boolean(); }

/// Integers beyond 2^53 would lose bits as floating point.
bool exact_as_double(const json& value) {
  constexpr double kMostExact = 9007199254740992.0;
  return value.is_number_float() || std::abs(value.get<double>()) <= kMostExact;
}

/// A uint64 above the largest int64: seeds may be any.
bool beyond_int64(const json& value) {
  return value.is_number_unsigned() &&
         value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
}

bool negative(const json& value) {
  return value.is_number_integer() && !value.is_number_unsigned();
}

Column typed_column(const std::string& name, const std::vector<json>& values) {
  const auto all = [&](auto property) {
    return std::all_of(values.begin(), values.end(), property);
  };
  const auto any = [&](auto property) {
    return std::any_of(values.begin(), values.end(), property);
  };
  if (all(whole) && !any(beyond_int64)) {
    Integers integers;
    for (const json& value : values)
      integers.push_back(value.is_boolean() ? value.get<bool>() : value.get<int64_t>());
    return {name, integers, ""};
  }
  if (all(whole) && !any(negative) && !any([](const json& value) { return value.is_boolean(); })) {
    Unsigned integers;
    for (const json& value : values) integers.push_back(value.get<uint64_t>());
    return {name, integers, ""};
  }
  const auto number_or_none = [](const json& value) {
    return value.is_null() || (value.is_number() && exact_as_double(value));
  };
  if (all(number_or_none) && any([](const json& value) { return value.is_number(); })) {
    Numbers numbers;
    for (const json& value : values)
      numbers.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                        : value.get<double>());
    return {name, numbers, ""};
  }
  Texts texts;
  for (const json& value : values)
    texts.push_back(value.is_null()     ? ""
                    : value.is_string() ? value.get<std::string>()
                                        : value.dump());
  return {name, texts, ""};
}

}  // namespace

std::string setting_text(const StoredRun& run, const std::string& column) {
  for (const auto& [name, text] : run.columns)
    if (name == column) return text;
  return "";
}

std::vector<std::string> setting_names(const std::vector<const StoredRun*>& runs) {
  std::vector<std::string> names;
  std::unordered_set<std::string> seen;
  for (const StoredRun* run : runs)
    for (const auto& [name, text] : run->columns)
      if (seen.insert(name).second) names.push_back(name);
  return names;
}

std::vector<Column> settings_columns(const std::vector<const StoredRun*>& runs,
                                     const std::string& left_out) {
  std::vector<Column> columns;
  for (const std::string& name : setting_names(runs)) {
    if (name == left_out) continue;
    std::vector<json> values;
    for (const StoredRun* run : runs) values.push_back(parse(setting_text(*run, name)));
    columns.push_back(typed_column(name, values));
  }
  return columns;
}

std::string plain_text(const std::string& json_scalar) {
  const json value = parse(json_scalar);
  return value.is_string() ? value.get<std::string>() : json_scalar;
}

}  // namespace edgesweep
