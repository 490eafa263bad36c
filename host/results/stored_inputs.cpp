#include "host/results/stored_inputs.h"

#include <algorithm>

#include "host/config/file_settings.h"
#include "host/config/settings_json.h"
#include "host/engine/problem/resolve.h"
#include "host/error.h"
#include "host/results/stored_network.h"
#include "host/sha256.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

/// The setting of the run that names the file: "dataset", "arrivals.training_file".
std::string setting_that_names(const Json& value, const std::string& path,
                               const std::string& place = "") {
  for (const auto& [key, member] : value.items()) {
    std::string name = place.empty() ? key : place + "." + key;
    if (names_a_file(key) && member == Json(path)) return name;
    if (member.is_object())
      if (const std::string found = setting_that_names(member, path, name); !found.empty())
        return found;
  }
  return "";
}

/// The paths that the run reads, as its config has them.
std::vector<std::string> paths_read(const Json& settings) {
  std::vector<std::string> names;
  Json numbered = settings;  // paths that no folder or normalisation changes
  change_paths(numbered, [&](const std::string& path) {
    names.push_back(path);
    return std::to_string(names.size() - 1);
  });
  const RunSettings run = settings_from_json(numbered, "");
  std::vector<std::string> read;
  for (const InputFileName& file : input_files(run)) read.push_back(names[std::stoul(*file.path)]);
  return read;
}

}  // namespace

StoredInputs::StoredInputs(const StoredSweep& sweep, std::string file, const std::string& config)
    : sweep_(sweep), file_(std::move(file)) {
  const auto add = [&](const fs::path& folder) {
    const fs::path plain = folder.empty() ? "." : folder.lexically_normal();
    if (std::find(folders_.begin(), folders_.end(), plain) == folders_.end())
      folders_.push_back(plain);
  };
  if (!config.empty()) add(fs::path(config).parent_path());
  const fs::path config_folder = fs::path(sweep.config_path).parent_path();
  add(config_folder);
  std::error_code none;
  const fs::path beside = fs::absolute(file_, none).parent_path();
  if (config_folder.is_relative())  // from where the command was given, above the results
    for (fs::path folder = beside; folder.has_relative_path(); folder = folder.parent_path())
      add(folder / config_folder);
  add(beside);
}

const std::string& StoredInputs::place_of(const InputHash& input, const StoredRun& run) {
  std::string& place = found_[input.path];
  if (!place.empty()) return place;
  std::string other_content;
  for (const fs::path& folder : folders_) {
    const std::string path = (folder / input.path).lexically_normal().string();
    std::error_code none;
    if (!fs::is_regular_file(path, none)) continue;
    if (sha256_of_file(path) == input.sha256) return place = path;
    if (other_content.empty()) other_content = path;
  }
  refuse(input, run, other_content);
}

void StoredInputs::refuse(const InputHash& input, const StoredRun& run,
                          const std::string& other_content) const {
  const std::string setting = setting_that_names(Json::parse(run.config.json()), input.path);
  const std::string place = "run " + run.result.id + ", " + setting;
  const std::string wanted = "the file with SHA-256 " + input.sha256.substr(0, 12) + "...";
  if (!other_content.empty())
    throw InputError(file_, place,
                     "\"" + input.path + "\" with another content (" + other_content + ")", wanted);
  std::string folders;
  for (const fs::path& folder : folders_)
    folders += (folders.empty() ? "" : ", ") + folder.string();
  throw InputError(file_, place, "\"" + input.path + "\", which is not in " + folders,
                   wanted + " in one of these folders");
}

RunSettings StoredInputs::settings_of(const StoredRun& run) {
  stored_settings(run, file_, "");  // they can be read
  Json settings = Json::parse(run.config.json());
  std::map<std::string, std::string> places;
  for (const std::string& path : paths_read(settings)) {
    const auto input = std::find_if(sweep_.inputs.begin(), sweep_.inputs.end(),
                                    [&](const InputHash& known) { return known.path == path; });
    if (input == sweep_.inputs.end())
      throw InputError(file_, "run " + run.result.id,
                       "\"" + path + "\", a file whose content is not known",
                       "a file that `edgesweep run` wrote");
    places[path] = place_of(*input, run);
  }
  change_paths(settings, [&](const std::string& path) {
    const auto place = places.find(path);
    return place == places.end() ? path : place->second;
  });
  return settings_from_json(settings, "");
}

}  // namespace edgesweep
