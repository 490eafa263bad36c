#include "host/cli/run_label.h"

#include <algorithm>

namespace edgesweep {
namespace {

std::string settings_text(const RunSpec& spec, const std::vector<std::string>& swept) {
  std::string text;
  for (const std::string& column : swept) {
    const std::string value = setting_of(spec, column);
    if (value.empty()) continue;
    text.append(text.empty() ? "" : ", ").append(column).append(" ").append(value);
  }
  return text.empty() ? spec.id : text;
}

}  // namespace

std::string setting_of(const RunSpec& spec, const std::string& column) {
  return std::string(spec.config.column(column));
}

std::string run_label(const Sweep& sweep, const RunSpec& spec) {
  if (sweep.experiments.size() < 2) return settings_text(spec, sweep.swept);
  // What differs between experiments would make a line of a dozen settings: the first experiment
  // that has the run names them.
  for (const Experiment& experiment : sweep.experiments)
    if (std::find(experiment.runs.begin(), experiment.runs.end(), spec.id) != experiment.runs.end())
      return experiment.name + ": " + settings_text(spec, experiment.swept);
  return spec.id;
}

}  // namespace edgesweep
