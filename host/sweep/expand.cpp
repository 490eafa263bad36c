#include "host/sweep/expand.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "host/config/config_file.h"
#include "host/config/defaults.h"
#include "host/config/schema.h"
#include "host/error.h"
#include "host/sweep/axes.h"
#include "host/sweep/join.h"
#include "host/sweep/range.h"

namespace edgesweep {
namespace {

constexpr size_t kMaxTextBytes = size_t{256} << 20;

/// "dqn.width" -> the JSON pointer /dqn/width.
Json::json_pointer pointer_to(const std::string& setting) {
  std::string text = "/" + setting;
  std::replace(text.begin(), text.end(), '.', '/');
  return Json::json_pointer(text);
}

class Expansion {
 public:
  Expansion(const ExperimentConfig& experiment, RunMaker& maker)
      : file_(experiment.file),
        scale_(experiment.scale),
        maker_(maker),
        base_(experiment.config.at("base")),
        axes_(read_axes(experiment.config, experiment.file)) {
    for (const std::string& name : setting_members()) members_.push_back(member(name));
  }

  std::vector<RunSpec> runs() {
    const size_t count = run_count(axes_);
    std::vector<RunSpec> runs;
    runs.reserve(count);
    size_t text_bytes = 0;
    for (size_t number = 0; number < count; ++number) {
      runs.push_back(run(number));
      text_bytes += runs.back().config.json_size();
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
  Json resolved(const ExperimentConfig& experiment) const {
    Json resolved{
        {"name", experiment.name}, {"description", experiment.description}, {"base", base_}};
    fill_defaults(resolved["base"],
                  sweeps("dqn.recipe") ? RecipeDefaults::leave_out : RecipeDefaults::fill);
    Json groups = Json::array();
    for (const Axis& axis : axes_) {
      Json group = Json::object();
      for (const AxisSetting& setting : axis.settings) group[setting.name] = setting.values;
      groups.push_back(std::move(group));
    }
    if (!groups.empty()) resolved["sweep"] = {{"zip", std::move(groups)}};
    return resolved;
  }

  /// Columns that differ between runs, in axis order.
  std::vector<std::string> swept(const std::vector<RunSpec>& runs) const {
    const std::vector<std::string> differing = differing_columns(runs);
    std::vector<std::string> names;
    for (const Axis& axis : axes_)
      for (const AxisSetting& setting : axis.settings)
        for (const std::string& name : differing)
          if (belongs(name, column_name(setting.name))) names.push_back(name);
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

  /// Which value of axis `axis` run `number` takes: the last axis is fastest.
  size_t step(size_t number, size_t axis) const {
    for (size_t later = axes_.size() - 1; later > axis; --later) number /= axes_[later].size();
    return number % axes_[axis].size();
  }

  /// A member of the runs' settings ("rate", "dqn"), and the texts of its variants.
  struct Member {
    struct Texts {
      std::optional<uint32_t> piece;  ///< nothing: the run has no such member
      uint32_t block = 0;
    };
    std::string name;
    std::vector<std::string> with;            ///< it, and the members that decide about it
    std::vector<size_t> axes;                 ///< that change one of these
    std::unordered_map<size_t, Texts> texts;  ///< by the values that these axes take
  };

  Member member(const std::string& name) const {
    Member made{name, {name}, {}, {}};
    // A test's own sequences and arrivals are left out where they are those of the run.
    if (name == "test") made.with = {"metric_sequence", "arrivals", "test"};
    for (size_t i = 0; i < axes_.size(); ++i)
      if (std::any_of(axes_[i].settings.begin(), axes_[i].settings.end(),
                      [&](const AxisSetting& setting) { return is_of(setting, made.with); }))
        made.axes.push_back(i);
    return made;
  }

  static bool is_of(const AxisSetting& setting, const std::vector<std::string>& members) {
    const std::string member = setting.name.substr(0, setting.name.find('.'));
    return std::find(members.begin(), members.end(), member) != members.end();
  }

  const Member::Texts& texts_of(Member& member, size_t number) {
    size_t variant = 0;
    for (const size_t axis : member.axes)
      variant = variant * axes_[axis].size() + step(number, axis);
    const auto [known, is_new] = member.texts.try_emplace(variant);
    if (is_new) known->second = make_texts(member, number);
    return known->second;
  }

  Member::Texts make_texts(const Member& member, size_t number) {
    Json settings = Json::object();
    for (const std::string& name : member.with)
      if (base_.contains(name)) settings[name] = base_.at(name);
    for (const size_t axis : member.axes)
      for (const AxisSetting& setting : axes_[axis].settings)
        if (is_of(setting, member.with))
          settings[pointer_to(setting.name)] = setting.values[step(number, axis)];
    check_types(settings, [&](const std::string& name) { return place_of(name, number); });
    complete_members(settings, member.with);
    const auto value = settings.find(member.name);
    const Json* const found = value == settings.end() ? nullptr : &*value;
    ConfigTexts& texts = maker_.texts();
    Member::Texts made;
    made.block = texts.add_block(member_columns(member.name, found));
    if (found != nullptr)
      made.piece = texts.add_piece(canonical_text(member.name) + ":" + canonical_text(*found));
    return made;
  }

  RunSpec run(size_t number) {
    ConfigNumbers numbers;
    std::map<std::string_view, uint32_t> pieces;  // JSON has sorted keys
    for (Member& member : members_) {
      const Member::Texts& texts = texts_of(member, number);
      numbers.blocks.push_back(texts.block);
      if (texts.piece) pieces.emplace(member.name, *texts.piece);
    }
    for (const auto& [name, piece] : pieces) numbers.pieces.push_back(piece);
    RunSpec spec = maker_.make(maker_.texts().make(numbers));
    check_run(reader_.read(spec), file_,
              [&](const std::string& name) { return place_of(name, number); });
    return spec;
  }

  /// An axis may set the type or a parameter alone, so that they stop fitting together. Each
  /// combination is looked at once.
  void check_types(const Json& settings, const PlaceOfSetting& place) {
    for (const char* name :
         {"metric_sequence", "arrivals", "test.metric_sequence", "test.arrivals"}) {
      if (!settings.contains(pointer_to(name))) continue;
      const Json& value = settings.at(pointer_to(name));
      if (checked_.insert(name + canonical_text(value)).second)
        check_setting(name, OrderedJson(value), file_, place);
    }
  }

  std::string place_of(const std::string& name, size_t number) const {
    for (size_t i = 0; i < axes_.size(); ++i) {
      for (const AxisSetting& setting : axes_[i].settings) {
        if (!name.starts_with(setting.name)) continue;
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
                         axis_values(second) + ")" + made_equal(),
                     made_equal().empty() ? "each combination of settings once"
                                          : "a larger scale, or values that stay apart");
  }

  /// Whether the scale may have made runs equal: it rounds what stands on an axis.
  std::string made_equal() const {
    for (const Axis& axis : axes_)
      for (const AxisSetting& setting : axis.settings)
        if (scale_ != 1 && is_scaled(setting.name))
          return ", as scale " + canonical_text(Json(scale_)) + " rounds the values of " +
                 setting.name;
    return "";
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
  double scale_;
  RunMaker& maker_;
  Json base_;
  std::vector<Axis> axes_;
  std::vector<Member> members_;  ///< in schema order
  RunReader reader_;
  std::unordered_map<std::string, size_t> number_of_id_;
  std::set<std::string> checked_;
};

/// Column names in order of appearance, each once.
void add_names(const std::vector<std::string>& more, std::vector<std::string>& names) {
  for (const std::string& name : more)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

/// A config without includes: its runs as they are.
void take_single(const ExperimentConfig& experiment, Sweep& sweep, RunMaker& maker) {
  Expansion expansion(experiment, maker);
  sweep.runs = expansion.runs();
  sweep.swept = expansion.swept(sweep.runs);
  sweep.experiments.push_back({experiment.name, experiment.description, sweep.swept, {}});
  for (const RunSpec& run : sweep.runs) sweep.experiments.back().runs.push_back(run.id);
  sweep.resolved_json = canonical_text(expansion.resolved(experiment));
}

void take_joined(const LoadedConfig& loaded, Sweep& sweep, const std::filesystem::path& folder,
                 RunMaker& maker) {
  RunJoin join(folder, maker);
  Json resolved{{"name", loaded.name}, {"description", loaded.description}};
  for (const ExperimentConfig& experiment : loaded.experiments) {
    Expansion expansion(experiment, maker);
    const std::vector<RunSpec> runs = expansion.runs();
    const std::vector<std::string> swept = expansion.swept(runs);
    join.add({experiment.name, experiment.description, swept, {}}, runs);
    if (join.run_count() > kMaxRuns)
      throw InputError(sweep.config_path, "/include",
                       "more than " + std::to_string(kMaxRuns) + " runs",
                       "at most " + std::to_string(kMaxRuns) + " runs");
    resolved["include"].push_back(expansion.resolved(experiment));
    add_names(swept, sweep.swept);
  }
  join.take(sweep.experiments, sweep.runs);
  std::vector<std::string> differing = differing_columns(sweep.runs);
  // What is kept besides does not tell runs apart.
  std::erase_if(differing, [](const std::string& name) {
    return name == "policies" || name.starts_with("store_");
  });
  add_names(differing, sweep.swept);
  sweep.resolved_json = canonical_text(resolved);
}

Sweep expand(const LoadedConfig& loaded, const std::string& config_path) {
  const std::filesystem::path folder = std::filesystem::path(config_path).parent_path();
  Sweep sweep;
  sweep.name = loaded.name;
  sweep.description = loaded.description;
  sweep.config_path = config_path;
  sweep.config_files = loaded.files;
  RunMaker maker({folder, nullptr});
  if (loaded.includes)
    take_joined(loaded, sweep, folder, maker);
  else
    take_single(loaded.experiments.front(), sweep, maker);
  return sweep;
}

/// An experiment of a resolved config.
ExperimentConfig resolved_experiment(const Json& experiment, const std::string& file) {
  return {file, experiment.at("name").get<std::string>(),
          experiment.at("description").get<std::string>(), OrderedJson(experiment)};
}

}  // namespace

Sweep load_sweep(const std::string& config_path, const ConfigChanges& changes) {
  return expand(load_experiments(config_path, changes), config_path);
}

Sweep expand_resolved(const std::string& resolved_json, const std::string& config_path) {
  const Json resolved = Json::parse(resolved_json);
  LoadedConfig loaded;
  loaded.name = resolved.at("name").get<std::string>();
  loaded.description = resolved.at("description").get<std::string>();
  loaded.includes = resolved.contains("include");
  loaded.files = {config_path};
  if (loaded.includes)
    for (const Json& experiment : resolved.at("include"))
      loaded.experiments.push_back(resolved_experiment(experiment, config_path));
  else
    loaded.experiments.push_back(resolved_experiment(resolved, config_path));
  return expand(loaded, config_path);
}

}  // namespace edgesweep
