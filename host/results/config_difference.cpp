#include "host/results/config_difference.h"

#include <algorithm>
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

namespace {

using HashOfPath = std::map<std::string, std::string>;
using Difference = std::optional<ConfigDifference>;

HashOfPath hashes_of(const StoredSweep& sweep) {
  HashOfPath hashes;
  for (const InputHash& input : sweep.inputs) hashes.emplace(input.path, input.sha256);
  return hashes;
}

/// A file as people read it: where the same path has another content, the hash tells it.
std::string value_text(const Json* value, const HashOfPath& hashes, bool is_path) {
  if (value == nullptr) return "nothing";
  std::string text = shortened(canonical_text(*value));
  if (!is_path || !value->is_string()) return text;
  const auto found = hashes.find(value->get<std::string>());
  return found == hashes.end() ? text : text + " (SHA-256 " + found->second.substr(0, 12) + "...)";
}

Json with_hashes(Json value, const HashOfPath& hashes, bool is_path) {
  change_paths(
      value,
      [&](const std::string& path) {
        const auto found = hashes.find(path);
        return found == hashes.end() ? path : found->second;
      },
      is_path);
  return value;
}

/// Two configs, member by member.
class Comparison {
 public:
  Comparison(const StoredSweep& then, const StoredSweep& now)
      : then_(hashes_of(then)), now_(hashes_of(now)) {}

  /// Null: absent.
  Difference of(const Json* then, const Json* now, const std::string& place,
                bool is_path = false) const {
    if (then != nullptr && now != nullptr && then->is_object() && now->is_object())
      return of_members(*then, *now, place);
    if (then == nullptr && now == nullptr) return std::nullopt;
    if (then != nullptr && now != nullptr &&
        with_hashes(*then, then_, is_path) == with_hashes(*now, now_, is_path))
      return std::nullopt;
    return ConfigDifference{place, value_text(then, then_, is_path),
                            value_text(now, now_, is_path)};
  }

 private:
  Difference of_members(const Json& then, const Json& now, const std::string& place) const {
    Json names = then;
    names.update(now);
    for (const auto& [name, unused] : names.items()) {
      const auto member = [&, &name = name](const Json& object) {
        const auto found = object.find(name);
        return found == object.end() ? nullptr : &*found;
      };
      if (Difference found = of(member(then), member(now),
                                place.empty() ? name : place + "." + name, names_a_file(name)))
        return found;
    }
    return std::nullopt;
  }

  HashOfPath then_, now_;
};

/// The settings of an experiment, with the list of its axis in place of each that is swept.
Json settings_with_axes(const Json& experiment) {
  Json settings = experiment.at("base");
  if (!experiment.contains("sweep")) return settings;
  for (const Json& group : experiment.at("sweep").at("zip"))
    for (const auto& [name, values] : group.items()) {
      std::string pointer = "/" + name;
      std::replace(pointer.begin(), pointer.end(), '.', '/');
      settings[Json::json_pointer(pointer)] = values;
    }
  return settings;
}

Difference of_experiments(const Comparison& comparison, const Json& then, const Json& now,
                          const std::string& name) {
  const Json before = settings_with_axes(then);
  const Json after = settings_with_axes(now);
  if (Difference found = comparison.of(&before, &after, "")) {
    if (!name.empty()) found->place = name + ": " + found->place;
    return found;
  }
  const auto sweep_of = [](const Json& experiment) {
    return experiment.contains("sweep") ? &experiment.at("sweep") : nullptr;
  };
  return comparison.of(sweep_of(then), sweep_of(now), name.empty() ? "sweep" : name + ": sweep");
}

std::string names_of(const Json& experiments) {
  std::string names;
  for (const Json& experiment : experiments)
    names += (names.empty() ? "" : ", ") + experiment.at("name").get<std::string>();
  return shortened(names);
}

Difference of_includes(const Comparison& comparison, const Json& then, const Json& now) {
  for (size_t i = 0; i < std::min(then.size(), now.size()); ++i)
    if (Difference found =
            of_experiments(comparison, then[i], now[i], now[i].at("name").get<std::string>()))
      return found;
  if (then.size() == now.size()) return std::nullopt;
  return ConfigDifference{"include", names_of(then), names_of(now)};
}

}  // namespace

std::string ConfigDifference::text() const { return place + " was " + then + " and is " + now; }

std::optional<ConfigDifference> first_difference(const StoredSweep& then, const StoredSweep& now) {
  const Json before = Json::parse(then.resolved_json);
  const Json after = Json::parse(now.resolved_json);
  const Comparison comparison(then, now);
  const auto member = [](const Json& config, const char* name) {
    return config.contains(name) ? &config.at(name) : nullptr;
  };
  if (Difference found =
          comparison.of(member(before, "network"), member(after, "network"), "network"))
    return found;
  const Json* before_list = member(before, "include");
  const Json* after_list = member(after, "include");
  if (before_list != nullptr && after_list != nullptr)
    return of_includes(comparison, *before_list, *after_list);
  if (before_list == nullptr && after_list == nullptr)
    return of_experiments(comparison, before, after, "");
  const auto list_text = [](const Json* list) {
    return list == nullptr ? std::string("nothing") : names_of(*list);
  };
  return ConfigDifference{"include", list_text(before_list), list_text(after_list)};
}

}  // namespace edgesweep
