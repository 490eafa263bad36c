#include "host/results/config_identity.h"

#include <map>

#include "host/config/json_text.h"

namespace edgesweep {
namespace {

using HashOfPath = std::map<std::string, std::string>;

/// The config without what people call it; no object if it is not JSON.
Json without_texts(const std::string& resolved_json) {
  Json config = Json::parse(resolved_json, nullptr, false);
  if (!config.is_object()) return resolved_json;
  config.erase("name");
  config.erase("description");
  return config;
}

/// "dataset", or the last part of an axis such as "arrivals.file".
bool names_a_file(const std::string& key) {
  const std::string last = key.substr(key.rfind('.') + 1);
  return last == "dataset" || last == "file" || last == "training_file";
}

/// is_path: strings here, and in lists (the values of an axis), are paths.
void replace_paths(Json& value, bool is_path, const HashOfPath& hashes) {
  if (value.is_string() && is_path) {
    const auto found = hashes.find(value.get<std::string>());
    value = found == hashes.end() ? "" : found->second;
  } else if (value.is_array()) {
    for (Json& item : value) replace_paths(item, is_path, hashes);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items())
      replace_paths(member, names_a_file(key), hashes);
  }
}

}  // namespace

std::string config_without_paths(const std::string& resolved_json,
                                 const std::vector<InputHash>& inputs) {
  Json config = without_texts(resolved_json);
  if (!config.is_object()) return resolved_json;
  HashOfPath hashes;
  for (const InputHash& input : inputs) hashes.emplace(input.path, input.sha256);
  replace_paths(config, false, hashes);
  return canonical_text(config);
}

bool same_config(const std::string& resolved_json, const std::string& other_json) {
  return resolved_json == other_json || without_texts(resolved_json) == without_texts(other_json);
}

}  // namespace edgesweep
