#include "host/session/reward_factors.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "host/policy/reward_scale.h"

namespace edgesweep {
namespace {

bool scales_rewards(const RunSettings& settings) {
  return settings.has(Policy::dqn) && settings.dqn.recipe == DqnSettings::Recipe::warm;
}

/// By dataset: the factors of all its networks in a file.
using KnownFactors = std::map<std::string, std::set<double>>;

KnownFactors known_factors(const Sweep& sweep, const EarlierResults& earlier,
                           const std::vector<RunJob>& jobs) {
  std::map<std::string, const RunResult*> finished;
  for (const StoredRun& run : earlier.sweep.runs) finished[run.result.id] = &run.result;
  KnownFactors known;
  const auto add = [&](const RunSettings& settings, const RunResult& result) {
    if (scales_rewards(settings) && !result.layer_sizes.empty())
      known[settings.dataset].insert(result.reward_factor);
  };
  RunReader reader;
  for (size_t run = 0; run < sweep.runs.size(); ++run) {
    const RunSpec& spec = sweep.runs[run];
    const RunSettings& settings = reader.read(spec);
    if (const auto found = finished.find(spec.id); found != finished.end())
      add(settings, *found->second);
    for (const RunResult* part : earlier.parts_of(run)) add(settings, *part);
  }
  for (const RunJob& job : jobs)
    if (job.resume && scales_rewards(job.settings))
      known[job.settings.dataset].insert(job.resume->reward_factor);
  return known;
}

}  // namespace

std::vector<std::string> keep_reward_factors(const Sweep& sweep, const EarlierResults& earlier,
                                             std::vector<RunJob>& jobs, InputCache& inputs) {
  const KnownFactors known = known_factors(sweep, earlier, jobs);
  std::map<std::string, std::string> notes;
  for (RunJob& job : jobs) {
    const auto factors = known.find(job.settings.dataset);
    if (job.resume || factors == known.end() || !scales_rewards(job.settings)) continue;
    const double own = inputs.reward_factor(job.settings);
    if (factors->second.contains(own)) continue;
    job.settings.reward_factor = *factors->second.begin();
    notes[job.settings.dataset] = fmt::format(
        "the networks that are there were trained on the rewards of {} times {:g}, by an earlier "
        "version; a new training would take them times {:g}. The runs that are left are trained "
        "like the others; --force trains all of them again",
        job.settings.dataset, *factors->second.begin(), own);
  }
  std::vector<std::string> lines;
  for (auto& [dataset, note] : notes) lines.push_back(std::move(note));
  return lines;
}

std::vector<std::string> reward_size_notes(const Sweep& sweep, InputCache& inputs) {
  std::map<std::string, std::string> notes;
  RunReader reader;
  for (const RunSpec& spec : sweep.runs) {
    const RunSettings& settings = reader.read(spec);
    if (!settings.has(Policy::dqn) || settings.dqn.schedule.empty() || scales_rewards(settings) ||
        notes.contains(settings.dataset))
      continue;
    notes[settings.dataset] = reward_size_note(settings, inputs.reward_spread(settings.dataset));
  }
  std::vector<std::string> lines;
  for (auto& [dataset, note] : notes)
    if (!note.empty()) lines.push_back(std::move(note));
  return lines;
}

}  // namespace edgesweep
