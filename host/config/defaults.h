#pragma once
#include <string>
#include <vector>

#include "host/config/json_text.h"
#include "host/config/run_config.h"

namespace edgesweep {

/// Whether settings whose default depends on another setting (on dqn.recipe) are filled in: they
/// are not where that one is still to be set by an axis.
enum class RecipeDefaults { fill, leave_out };

/// Adds to the settings of a run (or a config's base), in place, every default of the schema that
/// applies to them: parameters of another type of metric sequence or arrivals are not added.
/// Policies are put in the schema's order. A recipe that only stands for other settings of warm
/// becomes warm, with these settings. `settings` must be valid.
void fill_defaults(Json& settings, RecipeDefaults recipes = RecipeDefaults::fill);

/// Makes members of a run's settings ("rate", "dqn") what stands in its resolved config: defaults
/// are filled in, a recipe of warm's kind is named warm, and test.metric_sequence and test.arrivals
/// are left out where they are those of the run. settings: holds no other members than these, or
/// all.
void complete_members(Json& settings, const std::vector<std::string>& members);

/// The members of a run's settings ("rate", "dqn", ...), in schema order.
const std::vector<std::string>& setting_members();

/// One member's settings as (column name, text), in schema order, nested names joined by "_".
/// Strings are bare, other scalars and lists are JSON; "" where the setting does not apply.
/// value: nullptr where the run has no such member.
SettingColumns member_columns(const std::string& member, const Json* value);

/// The same of all members, in schema order.
SettingColumns setting_columns(const Json& settings);

/// "dqn.width" -> "dqn_width".
std::string column_name(const std::string& setting);

}  // namespace edgesweep
