#pragma once
#include <string>
#include <vector>

#include "host/config/json_text.h"

namespace edgesweep {

/// One change to a config: a value or an axis for a setting, or settings that step together.
struct SettingChange {
  enum class Kind { value, axis, group };
  Kind kind = Kind::value;
  std::string name;   ///< of the setting; empty for a group
  OrderedJson value;  ///< the value; the axis' values; the group's names with their values
  std::string place;  ///< where it was written: "--set rate", "/base/rate"
};

/// The change that a `--set` text asks for. Throws InputError, place "--set", unless it is
/// key=value of a known setting that allows the value.
SettingChange parse_override(const std::string& text, const std::string& file);

/// The changes that base and sweep of an including config ask for, in the order written: its base
/// setting by setting (a metric_sequence or arrivals as a whole), then its axes. config: valid.
std::vector<SettingChange> changes_of(const OrderedJson& config);

/// Can the setting stand in the config? Not a member of a metric_sequence or arrivals of a type
/// that does not have it.
bool change_applies(const OrderedJson& config, const SettingChange& change);

/// A value stands in base afterwards, and no axis has the setting, a part of it or what it is part
/// of. An axis takes the place of the old one if there is one, else it is the last; so is a group.
void apply_change(OrderedJson& config, const SettingChange& change, const std::string& file);

}  // namespace edgesweep
