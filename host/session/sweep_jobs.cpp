#include "host/session/sweep_jobs.h"

#include <set>

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

}  // namespace edgesweep
