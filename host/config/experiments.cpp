#include "host/config/experiments.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "host/config/config_file.h"
#include "host/config/file_settings.h"
#include "host/config/schema.h"
#include "host/config/setting_change.h"
#include "host/error.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostExperiments = 1000;

/// A config that is being read, and how it was come to.
struct Source {
  std::string file;                ///< for messages
  fs::path folder;                 ///< what its includes start from
  fs::path prefix;                 ///< from the first config's folder to `folder`
  std::vector<std::string> chain;  ///< files of the configs that include it, itself last
};

std::string name_of(const OrderedJson& config, const std::string& file) {
  return config.contains("name") ? config.at("name").get<std::string>()
                                 : fs::path(file).stem().string();
}

std::string description_of(const OrderedJson& config) { return config.value("description", ""); }

/// JSON files beside a missing one: it may be one of them, misspelt.
std::string nearest_file(const fs::path& missing) {
  std::vector<std::string> names;
  std::error_code ignored;
  const fs::path folder = missing.parent_path();
  fs::directory_iterator entry(folder.empty() ? "." : folder, ignored);
  for (; entry != fs::directory_iterator(); entry.increment(ignored))
    if (entry->path().extension() == ".json") names.push_back(entry->path().filename().string());
  return nearest_name(missing.filename().string(), names);
}

void check_scale(double scale) {
  if (!(scale > 0 && scale <= 1))
    throw InputError("", "--scale", describe_value(scale), "a number > 0 and <= 1");
}

class Loader {
 public:
  explicit Loader(const ConfigChanges& changes) : changes_(changes) {}

  LoadedConfig load(const std::string& path) {
    if (changes_.scale) check_scale(*changes_.scale);
    OrderedJson config = read_json_file(path);
    loaded_.includes = config.is_object() && config.contains("include");
    loaded_.files.push_back(path);
    if (!loaded_.includes) apply_overrides(config, changes_.overrides, path);
    const Source source{path, fs::path(path).parent_path(), "", {path}};
    add(std::move(config), source, changes_.scale);
    if (loaded_.includes)
      for (const std::string& text : changes_.overrides)
        change_all(0, parse_override(text, path), path);
    for (ExperimentConfig& experiment : loaded_.experiments) finish(experiment);
    return std::move(loaded_);
  }

 private:
  /// scale: of those who include it, if they say one.
  void add(OrderedJson config, const Source& source, std::optional<double> scale) {
    check_config(config, source.file);
    if (!scale && config.contains("scale")) scale = config.at("scale").get<double>();
    if (source.chain.size() == 1) {
      loaded_.name = name_of(config, source.file);
      loaded_.description = description_of(config);
    }
    if (!config.contains("include")) {
      add_experiment(std::move(config), source, scale);
      return;
    }
    const size_t first = loaded_.experiments.size();
    for (size_t i = 0; i < config.at("include").size(); ++i)
      include(config.at("include")[i], source, "/include/" + std::to_string(i), scale);
    move_paths(config, source.prefix);
    for (const SettingChange& change : changes_of(config)) change_all(first, change, source.file);
  }

  void include(const OrderedJson& item, const Source& source, const std::string& place,
               std::optional<double> scale) {
    if (source.chain.size() > kDeepestInclude)
      throw InputError(source.file, place,
                       "includes " + std::to_string(kDeepestInclude + 1) + " deep",
                       "at most " + std::to_string(kDeepestInclude));
    if (item.is_object()) {  // as resolved configs have it
      Source inner = source;
      inner.chain.push_back(source.file);
      add(item, inner, scale);
      return;
    }
    const fs::path written = item.get<std::string>();
    const fs::path path = source.folder / written;
    Source inner{path.string(), path.parent_path(), source.prefix / written.parent_path(),
                 source.chain};
    inner.chain.push_back(inner.file);
    refuse_circle(source, inner, place);
    std::error_code none;
    if (!fs::exists(path, none))
      throw InputError(source.file, place, "\"" + shortened(written.string()) + "\", no such file",
                       "a config, its path from this config's folder", nearest_file(path));
    loaded_.files.push_back(inner.file);
    add(read_json_file(inner.file), inner, scale);
  }

  static void refuse_circle(const Source& source, const Source& inner, const std::string& place) {
    std::error_code none;
    for (const std::string& above : source.chain) {
      if (!fs::equivalent(above, inner.file, none)) continue;
      std::string chain;
      for (const std::string& file : inner.chain) chain += (chain.empty() ? "" : " -> ") + file;
      throw InputError(source.file, place, "a circle: " + chain,
                       "configs that do not include themselves");
    }
  }

  void add_experiment(OrderedJson config, const Source& source, std::optional<double> scale) {
    const std::string name = name_of(config, source.file);
    for (const ExperimentConfig& other : loaded_.experiments)
      if (other.name == name)
        throw InputError(source.file, "/name",
                         "\"" + name + "\", the name of an experiment of " + other.file + " too",
                         "experiments of different names");
    if (loaded_.experiments.size() >= kMostExperiments)
      throw InputError(source.file, "",
                       "more than " + std::to_string(kMostExperiments) + " experiments",
                       "at most " + std::to_string(kMostExperiments));
    if (source.chain.size() > 1) move_paths(config, source.prefix);
    const std::string description = description_of(config);
    config["scale"] = scale.value_or(1.0);
    loaded_.experiments.push_back({source.file, name, description, std::move(config), 1});
  }

  /// Paths from the folder of an included config become paths from the first one's.
  static void move_paths(OrderedJson& config, const fs::path& prefix) {
    const auto moved = [&](const std::string& path) {
      return (prefix / path).lexically_normal().string();
    };
    for (const char* part : {"base", "sweep"})
      if (config.contains(part)) change_paths(config.at(part), moved);
  }

  /// Changes all experiments from `first` on that can take it.
  void change_all(size_t first, const SettingChange& change, const std::string& file) {
    bool applied = false;
    for (size_t i = first; i < loaded_.experiments.size(); ++i) {
      ExperimentConfig& experiment = loaded_.experiments[i];
      if (!change_applies(experiment.config, change)) continue;
      apply_change(experiment.config, change, experiment.file);
      applied = true;
    }
    if (!applied)
      throw InputError(file, change.place, "a setting that no included experiment has",
                       "settings of their types of metric_sequence and arrivals");
  }

  void finish(ExperimentConfig& experiment) const {
    experiment.scale = experiment.config.at("scale").get<double>();
    apply_scale(experiment.config, experiment.scale, experiment.file);
    check_config(experiment.config, experiment.file);
  }

  const ConfigChanges& changes_;
  LoadedConfig loaded_;
};

}  // namespace

LoadedConfig load_experiments(const std::string& path, const ConfigChanges& changes) {
  return Loader(changes).load(path);
}

}  // namespace edgesweep
