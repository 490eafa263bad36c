#include "host/results/config_identity.h"

#include <map>

#include "host/config/file_settings.h"
#include "host/config/json_text.h"

namespace edgesweep {
namespace {

using HashOfPath = std::map<std::string, std::string>;

/// The config, or a run's settings, without what people call it and its experiments; no object if
/// it is not JSON.
Json without_texts(const std::string& resolved_json) {
  Json config = Json::parse(resolved_json, nullptr, false);
  if (!config.is_object()) return resolved_json;
  const auto strip = [](Json& named) {
    named.erase("name");
    named.erase("description");
  };
  strip(config);
  if (config.contains("network") && config.at("network").is_object())
    config.at("network").erase("run");  // an id hangs on paths
  if (config.contains("include"))
    for (Json& experiment : config.at("include"))
      if (experiment.is_object()) strip(experiment);
  return config;
}

}  // namespace

std::string config_without_paths(const std::string& resolved_json,
                                 const std::vector<InputHash>& inputs) {
  Json config = without_texts(resolved_json);
  if (!config.is_object()) return resolved_json;
  HashOfPath hashes;
  for (const InputHash& input : inputs) hashes.emplace(input.path, input.sha256);
  change_paths(config, [&](const std::string& path) {
    const auto found = hashes.find(path);
    return found == hashes.end() ? std::string() : found->second;
  });
  return canonical_text(config);
}

bool same_config(const std::string& resolved_json, const std::string& other_json) {
  return resolved_json == other_json || without_texts(resolved_json) == without_texts(other_json);
}

}  // namespace edgesweep
