#pragma once
#include <filesystem>

#include "host/config/json_text.h"
#include "host/config/run_config.h"
#include "host/config/settings.h"

namespace edgesweep {

/// The typed settings of one run. settings: valid and with defaults filled in. folder: what
/// relative paths of files start from.
RunSettings settings_from_json(const Json& settings, const std::filesystem::path& folder);

/// The same for one run after another, from their texts: of neighbours that share texts only what
/// differs is read.
class SettingsReader {
 public:
  explicit SettingsReader(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Valid until the next call.
  const RunSettings& read(const RunConfig& config);

 private:
  std::filesystem::path folder_;
  RunConfig last_;
  RunSettings settings_;
};

}  // namespace edgesweep
