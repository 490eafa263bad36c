#include "host/session/run_label.h"

#include <algorithm>

#include "host/results/settings_columns.h"

namespace edgesweep {
namespace {

/// value_of: the text of a setting; "" when the run does not have it.
template <typename ValueOf>
std::string settings_text(const std::vector<std::string>& swept, const ValueOf& value_of) {
  std::string text;
  for (const std::string& column : swept) {
    const std::string value = value_of(column);
    if (value.empty()) continue;
    text.append(text.empty() ? "" : ", ").append(column).append(" ").append(value);
  }
  return text;
}

std::string label_of(const RunSpec& spec, const std::vector<std::string>& swept) {
  const std::string text =
      settings_text(swept, [&](const std::string& column) { return setting_of(spec, column); });
  return text.empty() ? spec.id : text;
}

}  // namespace

std::string setting_of(const RunSpec& spec, const std::string& column) {
  return std::string(spec.config.column(column));
}

std::string run_label(const Sweep& sweep, const RunSpec& spec) {
  if (sweep.experiments.size() < 2) return label_of(spec, sweep.swept);
  // What differs between experiments would make a line of a dozen settings: the first experiment
  // that has the run names them.
  for (const Experiment& experiment : sweep.experiments)
    if (std::find(experiment.runs.begin(), experiment.runs.end(), spec.id) != experiment.runs.end())
      return experiment.name + ": " + label_of(spec, experiment.swept);
  return spec.id;
}

std::string run_label(const StoredSweep& sweep, const StoredRun& run) {
  return settings_text(sweep.swept,
                       [&](const std::string& column) { return setting_text(run, column); });
}

}  // namespace edgesweep
