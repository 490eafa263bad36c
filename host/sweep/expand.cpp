#include "host/sweep/expand.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <unordered_map>

#include "host/config/config_file.h"
#include "host/config/defaults.h"
#include "host/config/schema.h"
#include "host/config/settings_json.h"
#include "host/error.h"
#include "host/sha256.h"
#include "host/sweep/axes.h"
#include "host/sweep/run_checks.h"

namespace edgesweep {
namespace {

constexpr size_t kIdLength = 12;
constexpr size_t kMaxTextBytes = size_t{256} << 20;

/// "dqn.width" -> the JSON pointer /dqn/width.
Json::json_pointer pointer_to(const std::string& setting) {
  std::string text = "/" + setting;
  std::replace(text.begin(), text.end(), '.', '/');
  return Json::json_pointer(text);
}

class Expansion {
 public:
  Expansion(const OrderedJson& config, const std::string& file)
      : file_(file),
        folder_(std::filesystem::path(file).parent_path()),
        base_(config.at("base")),
        axes_(read_axes(config, file)) {}

  std::vector<RunSpec> runs() {
    const size_t count = run_count(axes_);
    std::vector<RunSpec> runs;
    runs.reserve(count);
    size_t text_bytes = 0;
    for (size_t number = 0; number < count; ++number) {
      runs.push_back(run(number));
      text_bytes += runs.back().resolved_json.size();
      if (text_bytes > kMaxTextBytes)
        throw InputError(file_, "/sweep", "runs whose settings together take more than 256 MiB",
                         "fewer runs, or shorter lists and names");
      const auto [first, is_new] = number_of_id_.emplace(runs.back().id, number);
      if (!is_new) refuse_equal(first->second, number);
    }
    return runs;
  }

  /// The config with base filled in and every axis as a group of zip, the form that keeps their
  /// order when keys are sorted. It is a config of the same runs.
  std::string resolved_json(const std::string& name, const std::string& description) const {
    Json resolved{{"name", name}, {"description", description}, {"base", base_}};
    fill_defaults(resolved["base"],
                  sweeps("dqn.recipe") ? RecipeDefaults::leave_out : RecipeDefaults::fill);
    Json groups = Json::array();
    for (const Axis& axis : axes_) {
      Json group = Json::object();
      for (const AxisSetting& setting : axis.settings) group[setting.name] = setting.values;
      groups.push_back(std::move(group));
    }
    if (!groups.empty()) resolved["sweep"] = {{"zip", std::move(groups)}};
    return canonical_text(resolved);
  }

  /// Columns that differ between runs, in axis order.
  std::vector<std::string> swept(const std::vector<RunSpec>& runs) const {
    std::vector<std::string> names;
    for (const Axis& axis : axes_)
      for (const AxisSetting& setting : axis.settings)
        for (size_t column = 0; column < runs.front().columns.size(); ++column) {
          const std::string& name = runs.front().columns[column].first;
          if (belongs(name, column_name(setting.name)) && differs(runs, column))
            names.push_back(name);
        }
    return names;
  }

 private:
  bool sweeps(const std::string& setting) const {
    for (const Axis& axis : axes_)
      for (const AxisSetting& swept : axis.settings)
        if (swept.name == setting) return true;
    return false;
  }

  static bool belongs(const std::string& column, const std::string& setting) {
    return column == setting || column.compare(0, setting.size() + 1, setting + "_") == 0;
  }

  static bool differs(const std::vector<RunSpec>& runs, size_t column) {
    return std::any_of(runs.begin(), runs.end(), [&](const RunSpec& run) {
      return run.columns[column].second != runs.front().columns[column].second;
    });
  }

  /// Which value of axis `axis` run `number` takes: the last axis is fastest.
  size_t step(size_t number, size_t axis) const {
    for (size_t later = axes_.size() - 1; later > axis; --later) number /= axes_[later].size();
    return number % axes_[axis].size();
  }

  RunSpec run(size_t number) {
    Json settings = base_;
    for (size_t i = 0; i < axes_.size(); ++i)
      for (const AxisSetting& setting : axes_[i].settings)
        settings[pointer_to(setting.name)] = setting.values[step(number, i)];
    const PlaceOfSetting place = [&](const std::string& name) { return place_of(name, number); };
    check_types(settings, place);
    fill_defaults(settings);

    RunSpec spec;
    spec.settings = settings_from_json(settings, folder_);
    check_run(spec.settings, file_, place);
    spec.resolved_json = canonical_text(settings);
    spec.id = sha256_hex(spec.resolved_json.data(), spec.resolved_json.size()).substr(0, kIdLength);
    spec.columns = setting_columns(settings);
    return spec;
  }

  /// An axis may set the type or a parameter alone, so that they stop fitting together. Each
  /// combination is looked at once.
  void check_types(const Json& settings, const PlaceOfSetting& place) {
    for (const char* name : {"metric_sequence", "arrivals"}) {
      if (!settings.contains(name)) continue;
      const Json& value = settings.at(name);
      if (checked_.insert(name + canonical_text(value)).second)
        check_setting(name, OrderedJson(value), file_, place);
    }
  }

  std::string place_of(const std::string& name, size_t number) const {
    for (size_t i = 0; i < axes_.size(); ++i) {
      for (const AxisSetting& setting : axes_[i].settings) {
        if (name.compare(0, setting.name.size(), setting.name) != 0) continue;
        const std::string rest =
            name.substr(setting.name.size());  // "" or, of a whole metric_sequence, ".spread"
        if (!rest.empty() && rest[0] != '.') continue;
        const std::string place =
            setting.is_list ? setting.place + "/" + std::to_string(step(number, i)) : setting.place;
        return rest.empty() ? place : place + "/" + rest.substr(1);
      }
    }
    std::string path = "/base/" + name;
    std::replace(path.begin(), path.end(), '.', '/');
    return path;
  }

  [[noreturn]] void refuse_equal(size_t first, size_t second) const {
    throw InputError(file_, "/sweep",
                     "two runs with the same settings: run " + std::to_string(first + 1) + " (" +
                         axis_values(first) + ") and run " + std::to_string(second + 1) + " (" +
                         axis_values(second) + ")",
                     "each combination of settings once");
  }

  std::string axis_values(size_t number) const {
    std::string text;
    for (size_t i = 0; i < axes_.size(); ++i)
      for (const AxisSetting& setting : axes_[i].settings)
        text += (text.empty() ? "" : ", ") + setting.name + " = " +
                shortened(canonical_text(setting.values[step(number, i)]));
    return text;
  }

  std::string file_;
  std::filesystem::path folder_;
  Json base_;
  std::vector<Axis> axes_;
  std::unordered_map<std::string, size_t> number_of_id_;
  std::set<std::string> checked_;
};

std::string name_of(const OrderedJson& config, const std::string& path) {
  return config.contains("name") ? config.at("name").get<std::string>()
                                 : std::filesystem::path(path).stem().string();
}

}  // namespace

Sweep load_sweep(const std::string& config_path, const std::vector<std::string>& overrides) {
  const OrderedJson config = load_config(config_path, overrides);
  Expansion expansion(config, config_path);
  Sweep sweep;
  sweep.name = name_of(config, config_path);
  sweep.description = config.value("description", "");
  sweep.config_path = config_path;
  sweep.runs = expansion.runs();
  sweep.swept = expansion.swept(sweep.runs);
  sweep.resolved_json = expansion.resolved_json(sweep.name, sweep.description);
  return sweep;
}

}  // namespace edgesweep
