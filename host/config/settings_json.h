#pragma once
#include <filesystem>

#include "host/config/json_text.h"
#include "host/config/settings.h"

namespace edgesweep {

/// The typed settings of one run. settings: valid and with defaults filled in. folder: what
/// relative paths of files start from.
RunSettings settings_from_json(const Json& settings, const std::filesystem::path& folder);

}  // namespace edgesweep
