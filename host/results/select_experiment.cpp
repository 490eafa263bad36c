#include <map>

#include "host/error.h"
#include "host/results/result_table.h"

namespace edgesweep {

StoredSweep select_experiment(const StoredSweep& sweep, const std::string& name,
                              const std::string& file) {
  std::map<std::string, const StoredRun*> finished;
  for (const StoredRun& run : sweep.runs) finished.emplace(run.result.id, &run);
  std::vector<std::string> names;
  for (const Experiment& experiment : sweep.experiments) {
    names.push_back(experiment.name);
    if (experiment.name != name) continue;
    StoredSweep selected = sweep;
    selected.name = experiment.name;
    selected.description = experiment.description;
    selected.swept = experiment.swept;
    selected.experiments = {experiment};
    selected.total_runs = static_cast<int64_t>(experiment.runs.size());
    selected.runs.clear();
    for (const std::string& id : experiment.runs)
      if (const auto run = finished.find(id); run != finished.end())
        selected.runs.push_back(*run->second);
    return selected;
  }
  std::string known;
  for (const std::string& each : names) known += (known.empty() ? "" : ", ") + each;
  throw InputError(file, "--experiment", "\"" + name + "\"", known, nearest_name(name, names));
}

}  // namespace edgesweep
