#include "host/cli/run_label.h"

namespace edgesweep {

std::string setting_of(const RunSpec& spec, const std::string& column) {
  for (const auto& [name, value] : spec.columns)
    if (name == column) return value;
  return "";
}

std::string run_label(const RunSpec& spec, const std::vector<std::string>& swept) {
  std::string label;
  for (const std::string& column : swept) {
    const std::string value = setting_of(spec, column);
    if (value.empty()) continue;
    label.append(label.empty() ? "" : ", ").append(column).append(" ").append(value);
  }
  return label.empty() ? spec.id : label;
}

}  // namespace edgesweep
