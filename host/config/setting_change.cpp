#include "host/config/setting_change.h"

#include <algorithm>

#include "host/config/explain.h"
#include "host/config/schema.h"

namespace edgesweep {
namespace {

/// The same setting, or one of them part of the other.
bool overlap(const std::string& a, const std::string& b) {
  return a == b || a.compare(0, b.size() + 1, b + ".") == 0 ||
         b.compare(0, a.size() + 1, a + ".") == 0;
}

/// Puts `values` in the place of the axis `name` where `axes` has it; drops axes that overlap with
/// it.
bool replace_in(OrderedJson& axes, const std::string& name, const OrderedJson* values) {
  bool placed = false;
  OrderedJson kept = OrderedJson::object();
  for (auto& [key, old_values] : axes.items()) {
    if (key == name && values != nullptr) {
      kept[key] = *values;
      placed = true;
    } else if (key == "zip" || !overlap(key, name)) {
      kept[key] = std::move(old_values);
    }
  }
  axes = std::move(kept);
  return placed;
}

/// Replaces the axis of `name`, or takes it away (values == nullptr), wherever it stands.
bool replace_axis(OrderedJson& sweep, const std::string& name, const OrderedJson* values) {
  bool placed = replace_in(sweep, name, values);
  if (!sweep.contains("zip")) return placed;
  OrderedJson groups = OrderedJson::array();
  for (OrderedJson& group : sweep.at("zip")) {
    placed = replace_in(group, name, values) || placed;
    if (!group.empty()) groups.push_back(std::move(group));
  }
  if (groups.empty())
    sweep.erase("zip");
  else
    sweep["zip"] = std::move(groups);
  return placed;
}

void set_in_base(OrderedJson& base, const SettingChange& change, const OrderedJson& config,
                 const std::string& file) {
  const std::string& name = change.name;
  OrderedJson* object = &base;
  size_t start = 0;
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', start)) {
    object = &(*object)[name.substr(start, dot - start)];
    if (object->is_null()) *object = OrderedJson::object();
    if (!object->is_object()) check_config(config, file);
    start = dot + 1;
  }
  (*object)[name.substr(start)] = change.value;
}

OrderedJson& sweep_of(OrderedJson& config) {
  if (!config.contains("sweep")) config["sweep"] = OrderedJson::object();
  return config.at("sweep");
}

/// Zip groups stand together, so that a group which is to be the last axis needs a config without
/// later axes: plain axes become groups of one, which mean the same.
void add_group(OrderedJson& sweep, const OrderedJson& group) {
  for (const auto& [name, values] : group.items()) replace_axis(sweep, name, nullptr);
  OrderedJson groups = OrderedJson::array();
  for (const auto& [name, values] : sweep.items()) {
    if (name == "zip")
      groups.insert(groups.end(), values.begin(), values.end());
    else
      groups.push_back({{name, values}});
  }
  groups.push_back(group);
  sweep = OrderedJson::object();
  sweep["zip"] = std::move(groups);
}

void add_base_changes(const OrderedJson& object, const std::string& prefix,
                      const std::string& place, std::vector<SettingChange>& changes) {
  for (const auto& [key, member] : object.items()) {
    const std::string name = prefix + key;
    const std::string here = child_pointer(place, key);
    if (setting_schema(name) != nullptr)
      changes.push_back({SettingChange::Kind::value, name, member, here});
    else
      add_base_changes(member, name + ".", here, changes);
  }
}

/// Does an axis decide what `name`, or a part of it, is?
bool is_swept(const OrderedJson& config, const std::string& name) {
  if (!config.contains("sweep")) return false;
  const auto in = [&](const OrderedJson& axes) {
    return std::any_of(axes.items().begin(), axes.items().end(),
                       [&](const auto& axis) { return axis.key() == name; });
  };
  const OrderedJson& sweep = config.at("sweep");
  if (in(sweep)) return true;
  return sweep.contains("zip") && std::any_of(sweep.at("zip").begin(), sweep.at("zip").end(), in);
}

bool setting_applies(const OrderedJson& config, const std::string& name) {
  const size_t dot = name.rfind('.');
  const OrderedJson* group =
      dot == std::string::npos ? nullptr : setting_schema(name.substr(0, dot));
  if (group == nullptr) return true;  // not a member of a metric_sequence or arrivals
  const std::string group_name = name.substr(0, dot);
  if (is_swept(config, group_name) || is_swept(config, group_name + ".type")) return true;
  std::string pointer = "/base/" + group_name;
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  const OrderedJson::json_pointer place(pointer);
  return !is_forbidden(*group, config.contains(place) ? config.at(place) : OrderedJson::object(),
                       name.substr(dot + 1));
}

}  // namespace

std::vector<SettingChange> changes_of(const OrderedJson& config) {
  std::vector<SettingChange> changes;
  if (config.contains("base")) add_base_changes(config.at("base"), "", "/base", changes);
  if (!config.contains("sweep")) return changes;
  for (const auto& [name, values] : config.at("sweep").items()) {
    const std::string place = child_pointer("/sweep", name);
    if (name != "zip") {
      changes.push_back({SettingChange::Kind::axis, name, values, place});
      continue;
    }
    for (size_t i = 0; i < values.size(); ++i)
      changes.push_back(
          {SettingChange::Kind::group, "", values[i], child_pointer(place, std::to_string(i))});
  }
  return changes;
}

bool change_applies(const OrderedJson& config, const SettingChange& change) {
  if (change.kind != SettingChange::Kind::group) return setting_applies(config, change.name);
  const auto names = change.value.items();
  return std::all_of(names.begin(), names.end(),
                     [&](const auto& axis) { return setting_applies(config, axis.key()); });
}

void apply_change(OrderedJson& config, const SettingChange& change, const std::string& file) {
  switch (change.kind) {
    case SettingChange::Kind::value:
      if (config.contains("sweep")) replace_axis(config.at("sweep"), change.name, nullptr);
      set_in_base(config.at("base"), change, config, file);
      break;
    case SettingChange::Kind::axis: {
      OrderedJson& sweep = sweep_of(config);
      if (!replace_axis(sweep, change.name, &change.value)) sweep[change.name] = change.value;
      break;
    }
    case SettingChange::Kind::group:
      add_group(sweep_of(config), change.value);
      break;
  }
}

}  // namespace edgesweep
