#include "host/session/sweep_jobs.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "host/policy/reward_scale.h"
#include "host/results/checkpoint.h"

namespace edgesweep {
namespace {

/// The state of its checkpoint. One that was written under another id is moved to the id of now
/// before the results file forgets the other.
std::optional<TrainingState> read_training(const RunSpec& spec, int64_t iterations,
                                           const RunPlan& plan, const std::string* earlier_id,
                                           const std::string& folder,
                                           const std::string& inputs_sha256) {
  const CheckpointBounds bounds{plan.shape->parameters(), iterations};
  const CheckpointOwner owner{spec.id, inputs_sha256};
  std::optional<TrainingState> state = read_checkpoint(folder, owner, bounds);
  if (earlier_id == nullptr) return state;
  if (!state) {
    state = read_checkpoint(folder, {*earlier_id, inputs_sha256}, bounds);
    if (state) write_checkpoint(folder, owner, *state);
  }
  remove_checkpoint(folder, *earlier_id);
  return state;
}

}  // namespace

std::vector<bool> finished_runs(const Sweep& sweep, const StoredSweep& stored) {
  std::set<std::string> ids;
  for (const StoredRun& run : stored.runs) ids.insert(run.result.id);
  std::vector<bool> finished;
  for (const RunSpec& spec : sweep.runs) finished.push_back(ids.contains(spec.id));
  return finished;
}

std::vector<RunJob> make_jobs(const Sweep& sweep, const SweepPlan& plan,
                              const EarlierResults& earlier, const std::string& path,
                              InputHashes& hashes, const TrainingState* network) {
  const std::vector<bool> finished = finished_runs(sweep, earlier.sweep);
  std::vector<RunJob> jobs;
  RunReader reader;
  for (const size_t run : plan.order) {
    if (finished[run]) continue;
    const RunSpec& spec = sweep.runs[run];
    RunJob job{run, spec.id, reader.read(spec), std::nullopt};
    const RunParts parts = earlier.parts_of(run);
    job.settings.policies = missing_policies(job.settings, parts);
    if (job.settings.has(Policy::dqn)) {
      const auto checkpoint = earlier.checkpoints.find(run);
      if (network != nullptr)
        job.resume = *network;
      else
        job.resume = finished_training(parts);
      if (!job.resume)
        job.resume =
            read_training(spec, job.settings.dqn.iterations(), plan.runs[run],
                          checkpoint == earlier.checkpoints.end() ? nullptr : &checkpoint->second,
                          checkpoint_folder(path), hashes.of_run(spec));
    }
    jobs.push_back(std::move(job));
  }
  return jobs;
}

RunResult whole_result(const RunSpec& spec, RunParts parts, RunResult result) {
  if (parts.empty()) return result;
  parts.push_back(&result);
  return merge_results(spec.settings(), spec.id, parts);
}

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
