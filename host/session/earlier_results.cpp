#include "host/session/earlier_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "host/config/json_text.h"
#include "host/error.h"
#include "host/results/checkpoint.h"
#include "host/results/config_difference.h"
#include "host/results/finished_runs.h"
#include "host/session/takeover.h"
#include "host/sweep/join.h"

namespace edgesweep {
namespace {

std::string short_hash(const std::string& sha256) { return sha256.substr(0, 12) + "..."; }

/// The first file that both sweeps name and that has changed; null: none.
const InputHash* changed_input(const StoredSweep& then, const StoredSweep& now,
                               std::string& hash_then) {
  for (const InputHash& input : now.inputs)
    for (const InputHash& before : then.inputs)
      if (before.path == input.path && before.sha256 != input.sha256) {
        hash_then = before.sha256;
        return &input;
      }
  return nullptr;
}

constexpr const char* kFate = "would be lost";

[[noreturn]] void refuse(const std::string& path, const StoredSweep& then, const StoredSweep& now,
                         const Losses& losses) {
  std::string hash_then;
  if (const InputHash* input = changed_input(then, now, hash_then))
    throw InputError(path, "",
                     "results on another content of " + input->path + " (SHA-256 " +
                         short_hash(hash_then) + "); " + losses.text(kFate),
                     "the same content (now " + short_hash(input->sha256) +
                         "), another file with -o, or --force");
  const std::optional<ConfigDifference> difference = first_difference(then, now);
  throw InputError(
      path, "",
      "the results of another config (" + then.name + ", " + then.config_path + ")" +
          (difference ? ": " + difference->text() : "") + "; " + losses.text(kFate),
      "a config that asks for all of it and more, another file with -o, --drop to keep "
      "only what the config asks for, or --force to start from nothing");
}

std::vector<std::string> foreign_checkpoints(const std::string& folder, const Sweep& sweep) {
  std::set<std::string> known;
  for (const RunSpec& run : sweep.runs) known.insert(run.id);
  std::vector<std::string> ids = checkpointed_runs(folder);
  std::erase_if(ids, [&](const std::string& id) { return known.contains(id); });
  return ids;
}

/// "computed again" is what has a policy already, but not what is to be stored of it.
std::string growth_text(const std::string& path, const Sweep& sweep,
                        const EarlierResults& earlier) {
  std::set<Policy> more;
  size_t adding = 0, again = 0, trained_again = 0;
  for (size_t run = 0; run < sweep.runs.size(); ++run) {
    const RunParts parts = earlier.parts_of(run);
    if (parts.empty()) continue;
    bool adds = false, repeats = false;
    for (const Policy policy : missing_policies(sweep.runs[run].settings(), parts)) {
      const bool known = std::any_of(parts.begin(), parts.end(), [&](const RunResult* part) {
        return std::any_of(part->policies.begin(), part->policies.end(),
                           [&](const PolicyResult& row) { return row.policy == policy; });
      });
      if (!known) more.insert(policy);
      adds = adds || !known;
      repeats = repeats || known;
      trained_again += known && policy == Policy::dqn && !finished_training(parts);
    }
    adding += adds;
    again += repeats;
  }
  std::string names;
  for (const Policy policy : more)
    names += (names.empty() ? "" : ", ") + std::string(policy_name(policy));
  std::string text = fmt::format("{}: {} taken over", path,
                                 counted_noun(earlier.sweep.runs.size(), "finished run"));
  if (adding > 0)
    text += fmt::format("; {} {} {} besides", counted_noun(adding, "run"),
                        adding == 1 ? "gets" : "get", names);
  if (again > 0)
    text +=
        fmt::format("; {} simulated again for what is to be stored", counted_noun(again, "run"));
  if (trained_again > 0)
    text += fmt::format(" ({} of them trained again: the file has no weights)", trained_again);
  if (!earlier.checkpoints.empty())
    text += "; " + counted_noun(earlier.checkpoints.size(), "run") + " in training";
  return text + "\n";
}

/// A part as a run of the sweep of now with the policies and store that the part has.
StoredRun part_to_keep(const RunSpec& spec, const StoredRun& part, RunMaker& maker) {
  Json settings = Json::parse(spec.config.json());
  for (const char* name : {"policies", "store"})
    settings[name] = Json::parse(part.config.member(name));
  const RunSpec kept = maker.make(std::move(settings));
  RunResult result = part.result;
  result.id = kept.id;
  return stored_run(kept, std::move(result));
}

}  // namespace

RunParts EarlierResults::parts_of(size_t run) const {
  RunParts pointers;
  if (parts.empty()) return pointers;
  for (const StoredRun& part : parts[run]) pointers.push_back(&part.result);
  return pointers;
}

EarlierResults earlier_results(const std::string& path, const Sweep& sweep, StoredSweep fresh,
                               bool drop) try {
  const std::string folder = checkpoint_folder(path);
  const StoredSweep now = fresh;
  Takeover takeover(sweep, std::move(fresh));
  std::optional<StoredSweep> then;  // without runs
  bool whole = false;
  const auto take = [&](StoredSweep source, bool accepted) {
    std::vector<StoredRun> runs = std::exchange(source.runs, {});
    if (!then) then = source;
    source.runs = std::move(runs);
    takeover.take(std::move(source), accepted);
  };
  if (std::optional<StoredSweep> stored = read_results(path)) {
    whole = stored->resolved_json == now.resolved_json && stored->inputs == now.inputs;
    take(std::move(*stored), false);
    takeover.take_checkpoints(*then, foreign_checkpoints(folder, sweep));
  }
  for (StoredSweep& part : read_finished_runs(folder)) {
    whole = false;
    take(std::move(part), false);
  }
  if (std::optional<StoredSweep> earlier = read_earlier_runs(folder)) {
    const bool accepted = !first_difference(*earlier, now);
    take(std::move(*earlier), accepted);
  }
  const Losses losses = takeover.losses();
  if (losses.any() && !drop) refuse(path, *then, now, losses);
  EarlierResults earlier = takeover.end();
  earlier.complete = whole;
  if (then && first_difference(*then, now)) {
    earlier.message = growth_text(path, sweep, earlier);
    if (losses.any()) earlier.message += path + ": " + losses.text("dropped") + "\n";
  }
  return earlier;
} catch (const Json::exception& error) {
  // The config and the settings of runs were JSON, but not what this program writes.
  throw InputError(path, "/configs",
                   fmt::format("what cannot be read as settings ({})", error.what()),
                   "the settings that edgesweep run stores; another file with -o, or --force to "
                   "overwrite it");
}

void keep_parts(const std::string& path, const Sweep& sweep, const EarlierResults& earlier) {
  const bool none = std::all_of(earlier.parts.begin(), earlier.parts.end(),
                                [](const auto& parts) { return parts.empty(); });
  if (none) return;
  StoredSweep kept = earlier.sweep;
  kept.runs.clear();
  std::set<std::string> ids;
  RunMaker maker({std::filesystem::path(sweep.config_path).parent_path(), nullptr});
  for (size_t run = 0; run < earlier.parts.size(); ++run)
    for (const StoredRun& part : earlier.parts[run]) {
      StoredRun stored = part_to_keep(sweep.runs[run], part, maker);
      if (ids.insert(stored.result.id).second) kept.runs.push_back(std::move(stored));
    }
  if (!kept.runs.empty()) write_earlier_runs(checkpoint_folder(path), kept);
}

void forget_earlier_results(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(checkpoint_folder(path), error);
  if (error) throw SystemError(checkpoint_folder(path) + ": cannot be removed: " + error.message());
}

void remove_stale_checkpoints(const std::string& path, const EarlierResults& earlier) {
  const std::string folder = checkpoint_folder(path);
  std::set<std::string> stale(earlier.unneeded_checkpoints.begin(),
                              earlier.unneeded_checkpoints.end());
  for (const StoredRun& run : earlier.sweep.runs) stale.insert(run.result.id);
  for (const std::string& id : checkpointed_runs(folder))
    if (stale.contains(id)) remove_checkpoint(folder, id);
}

}  // namespace edgesweep
