#include "host/cli/earlier_results.h"

#include <filesystem>
#include <set>

#include "host/error.h"
#include "host/results/checkpoint.h"
#include "host/results/config_identity.h"
#include "host/results/finished_runs.h"

namespace edgesweep {
namespace {

std::string short_hash(const std::string& sha256) { return sha256.substr(0, 12) + "..."; }

void check_config(const std::string& path, const StoredSweep& stored, const StoredSweep& fresh) {
  if (same_config(stored.resolved_json, fresh.resolved_json)) return;
  throw InputError(
      path, "", "the results of another config (" + stored.name + ", " + stored.config_path + ")",
      "the same config, another file with -o, or --force to overwrite it");
}

/// The config is the same, so the paths are, and in the same order.
void check_inputs(const std::string& path, const StoredSweep& stored, const StoredSweep& fresh) {
  for (size_t i = 0; i < fresh.inputs.size(); ++i) {
    const InputHash& now = fresh.inputs[i];
    if (i < stored.inputs.size() && stored.inputs[i] == now) continue;
    const std::string then =
        i < stored.inputs.size() ? short_hash(stored.inputs[i].sha256) : "none";
    throw InputError(
        path, "", "results on another content of " + now.path + " (SHA-256 " + then + ")",
        "the same content (now " + short_hash(now.sha256) + "), another file with -o, or --force");
  }
}

}  // namespace

EarlierResults earlier_results(const std::string& path, StoredSweep fresh) {
  EarlierResults earlier{std::move(fresh), false};
  std::set<std::string> known;
  if (std::optional<StoredSweep> stored = read_results(path)) {
    check_config(path, *stored, earlier.sweep);
    check_inputs(path, *stored, earlier.sweep);
    earlier.complete = stored->resolved_json == earlier.sweep.resolved_json;
    earlier.sweep.runs = std::move(stored->runs);
  }
  for (const StoredRun& run : earlier.sweep.runs) known.insert(run.result.id);
  for (StoredRun& run : read_finished_runs(checkpoint_folder(path), earlier.sweep)) {
    // A process that ended between a rewrite and its cleaning up left runs in both places.
    if (!known.insert(run.result.id).second) continue;
    earlier.sweep.runs.push_back(std::move(run));
    earlier.complete = false;
  }
  return earlier;
}

void forget_earlier_results(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(checkpoint_folder(path), error);
  if (error) throw SystemError(checkpoint_folder(path) + ": cannot be removed: " + error.message());
}

void remove_stale_checkpoints(const std::string& path, const StoredSweep& sweep) {
  const std::string folder = checkpoint_folder(path);
  std::set<std::string> finished;
  for (const StoredRun& run : sweep.runs) finished.insert(run.result.id);
  for (const std::string& id : checkpointed_runs(folder))
    if (finished.count(id) > 0) remove_checkpoint(folder, id);
}

}  // namespace edgesweep
