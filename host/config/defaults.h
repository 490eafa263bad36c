#pragma once
#include <string>
#include <utility>
#include <vector>

#include "host/config/json_text.h"

namespace edgesweep {

/// Whether settings whose default depends on another setting (on dqn.recipe) are filled in: they
/// are not where that one is still to be set by an axis.
enum class RecipeDefaults { fill, leave_out };

/// Adds to the settings of a run (or a config's base), in place, every default of the schema that
/// applies to them: parameters of another type of metric sequence or arrivals are not added.
/// Policies are put in the schema's order. `settings` must be valid.
void fill_defaults(Json& settings, RecipeDefaults recipes = RecipeDefaults::fill);

/// Takes away test.metric_sequence and test.arrivals where they are those of the run: it is the run
/// without them. settings: of a run, defaults filled in.
void drop_repeated_test_settings(Json& settings);

/// Every setting of the schema's base as (column name, text), in schema order, nested names joined
/// by "_". Strings are bare, other scalars and lists are JSON; "" where the setting does not apply.
std::vector<std::pair<std::string, std::string>> setting_columns(const Json& settings);

/// "dqn.width" -> "dqn_width".
std::string column_name(const std::string& setting);

}  // namespace edgesweep
