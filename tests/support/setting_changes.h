#pragma once
#include <string>
#include <vector>

#include "host/config/json_text.h"

// Every setting of configs/schema.json, changed alone in small configs where it matters.
namespace edgesweep::testing {

/// One setting with another value.
struct SettingChange {
  std::string setting;  ///< as schema_settings names it
  std::string patch;    ///< JSON merged into the base; null removes a member
  std::string differ;   ///< names of the bases whose results it changes, spaces between
  std::string same;     ///< ... and of those whose results stay to the last bit
};

/// All settings have at least one; those that a config can never have are in refused_settings.
const std::vector<SettingChange>& setting_changes();

/// In the schema, but refused in every config.
const std::vector<std::string>& refused_settings();

/// The leaves of the schema's `base`, nested names joined by dots; members of the items of a list
/// as "dqn.schedule[].shape".
std::vector<std::string> schema_settings();

/// The settings of the base of that name: a run of milliseconds.
Json setting_base(const std::string& name);

/// Writes the files that the bases and patches name into the folder.
void write_setting_files(const std::string& folder);

}  // namespace edgesweep::testing
