#pragma once
#include <string>

namespace edgesweep {

/// Is a setting of this name the path of a file? "dataset", or the last part of "arrivals.file".
inline bool names_a_file(const std::string& key) {
  const std::string last = key.substr(key.rfind('.') + 1);
  return last == "dataset" || last == "file" || last == "training_file";
}

/// Puts change(path) in the place of every path in a config or in the settings of a run, also of
/// those that are values of axes. value: Json or OrderedJson. is_path: strings here are paths.
template <typename AnyJson, typename Change>
void change_paths(AnyJson& value, const Change& change, bool is_path = false) {
  if (value.is_string() && is_path) {
    value = change(value.template get<std::string>());
  } else if (value.is_array()) {
    for (AnyJson& item : value) change_paths(item, change, is_path);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items()) change_paths(member, change, names_a_file(key));
  }
}

}  // namespace edgesweep
