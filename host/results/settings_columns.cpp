#include "host/results/settings_columns.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
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

/// What the values of a column have in common.
struct ColumnFacts {
  bool all_whole = true, all_numbers_or_none = true;
  bool any_boolean = false, any_negative = false, any_beyond_int64 = false, any_number = false;

  void add(const json& value) {
    all_whole = all_whole && whole(value);
    all_numbers_or_none =
        all_numbers_or_none && (value.is_null() || (value.is_number() && exact_as_double(value)));
    any_boolean = any_boolean || value.is_boolean();
    any_negative = any_negative || negative(value);
    any_beyond_int64 = any_beyond_int64 || beyond_int64(value);
    any_number = any_number || value.is_number();
  }
};

int64_t integer(const json& value) {
  return value.is_boolean() ? int64_t{value.get<bool>()} : value.get<int64_t>();
}

double number(const json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

std::string text_of(const json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Texts of a setting in the runs; parsed once where neighbours have the same.
template <typename Values, typename Make>
Values values_of(std::span<const StoredRun* const> runs, const std::string& name, Make make) {
  Values values;
  values.reserve(runs.size());
  std::string_view last;
  for (const StoredRun* run : runs) {
    const std::string_view text = run->config.column(name);
    if (values.empty() || text != last)
      values.push_back(make(parse(std::string(text))));
    else
      values.push_back(typename Values::value_type(values.back()));
    last = text;
  }
  return values;
}

}  // namespace

std::string setting_text(const StoredRun& run, const std::string& column) {
  return std::string(run.config.column(column));
}

std::vector<std::string> setting_names(std::span<const StoredRun* const> runs) {
  std::vector<std::string> names;
  std::unordered_set<std::string> seen;
  std::set<const void*> seen_blocks;  // runs share the lists of their names
  for (const StoredRun* run : runs)
    for (size_t i = 0; i < run->config.block_count(); ++i) {
      const auto& block = run->config.texts()->block(run->config.block(i)).names;
      if (!seen_blocks.insert(block.get()).second) continue;
      for (const std::string& name : *block)
        if (seen.insert(name).second) names.push_back(name);
    }
  return names;
}

SettingsTable::SettingsTable(std::span<const StoredRun* const> runs, const std::string& left_out)
    : names_(setting_names(runs)) {
  std::erase(names_, left_out);
  for (const std::string& name : names_) {
    ColumnFacts facts;
    std::string_view last;
    bool any = false;
    for (const StoredRun* run : runs) {
      const std::string_view text = run->config.column(name);
      if (any && text == last) continue;
      facts.add(parse(std::string(text)));
      last = text;
      any = true;
    }
    if (facts.all_whole && !facts.any_beyond_int64)
      kinds_.push_back(Kind::integers);
    else if (facts.all_whole && !facts.any_negative && !facts.any_boolean)
      kinds_.push_back(Kind::unsigned_integers);
    else if (facts.all_numbers_or_none && facts.any_number)
      kinds_.push_back(Kind::numbers);
    else
      kinds_.push_back(Kind::texts);
  }
}

std::vector<Column> SettingsTable::columns(std::span<const StoredRun* const> runs) const {
  std::vector<Column> columns;
  for (size_t i = 0; i < names_.size(); ++i) {
    const std::string& name = names_[i];
    switch (kinds_[i]) {
      case Kind::integers:
        columns.push_back({name, values_of<Integers>(runs, name, integer), ""});
        break;
      case Kind::unsigned_integers:
        columns.push_back({name,
                           values_of<Unsigned>(
                               runs, name, [](const json& value) { return value.get<uint64_t>(); }),
                           ""});
        break;
      case Kind::numbers:
        columns.push_back({name, values_of<Numbers>(runs, name, number), ""});
        break;
      case Kind::texts:
        columns.push_back({name, values_of<Texts>(runs, name, text_of), ""});
        break;
    }
  }
  return columns;
}

std::string plain_text(const std::string& json_scalar) {
  const json value = parse(json_scalar);
  return value.is_string() ? value.get<std::string>() : json_scalar;
}

}  // namespace edgesweep
