#include "host/session/takeover.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/config/json_text.h"
#include "host/error.h"
#include "host/sweep/expand.h"

namespace edgesweep {
namespace {

/// Equal policies and store: what there is of the run is all of it.
bool ask_for_the_same(const RunConfig& a, const RunConfig& b) {
  return a.member("policies") == b.member("policies") && a.member("store") == b.member("store");
}

}  // namespace

std::string counted_noun(size_t number, const std::string& noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string Losses::text(const std::string& fate) const {
  std::string text;
  const auto add = [&](const std::string& what) {
    text += (text.empty() ? "" : "; ") + what + " " + fate;
  };
  if (runs > 0) add(fmt::format("{} of its {}", runs, counted_noun(of_runs, "run")));
  if (!parts.empty()) add(parts);
  if (checkpoints > 0) add(counted_noun(checkpoints, "run") + " in training");
  return text;
}

Takeover::Takeover(const Sweep& sweep, StoredSweep fresh)
    : sweep_(sweep),
      inputs_(fresh.inputs),
      matching_(sweep.runs, inputs_),
      finished_(sweep.runs.size()) {
  earlier_.sweep = std::move(fresh);
  earlier_.parts.resize(sweep.runs.size());
}

void Takeover::take(StoredSweep source, bool accepted) {
  if (!accepted) losses_.of_runs += source.runs.size();
  for (StoredRun& run : source.runs) {
    if (const auto place = matching_.with_id(run.result.id, source.inputs))
      finish(*place, std::move(run.result));
    else
      take_by_content(source.inputs, std::move(run), accepted);
  }
}

void Takeover::take_checkpoints(const StoredSweep& stored, const std::vector<std::string>& ids) {
  if (ids.empty() || Json::parse(stored.resolved_json).contains("network")) return;
  Sweep then;
  try {
    then = expand_resolved(stored.resolved_json, stored.config_path);
  } catch (const InputError&) {
    return;  // of a config that this program does not allow; the checkpoints stay where they are
  }
  for (const RunSpec& run : then.runs)
    if (std::find(ids.begin(), ids.end(), run.id) != ids.end())
      take_checkpoint(run.id, matching_.computing(run.config.json(), stored.inputs));
}

EarlierResults Takeover::end() {
  for (size_t run = 0; run < sweep_.runs.size(); ++run) {
    if (finished_[run]) earlier_.parts[run].clear();
    if (earlier_.parts[run].empty()) continue;
    const RunSpec& spec = sweep_.runs[run];
    const RunParts parts = earlier_.parts_of(run);
    const RunSettings settings = spec.settings();
    if (!missing_policies(settings, parts).empty()) continue;
    finish(run, merge_results(settings, spec.id, parts));
    earlier_.parts[run].clear();
  }
  std::erase_if(earlier_.checkpoints, [&](const auto& checkpoint) {
    if (trains(checkpoint.first)) return false;
    earlier_.unneeded_checkpoints.push_back(checkpoint.second);
    return true;
  });
  return std::move(earlier_);
}

void Takeover::finish(size_t run, RunResult result) {
  if (finished_[run]) return;
  finished_[run] = true;
  result.id = sweep_.runs[run].id;
  earlier_.sweep.runs.push_back(stored_run(sweep_.runs[run], std::move(result)));
}

void Takeover::take_by_content(const std::vector<InputHash>& inputs, StoredRun run, bool accepted) {
  const std::vector<size_t> places = matching_.computing(run.config.json(), inputs);
  std::string lost;
  for (const size_t place : places) {
    const std::string here = lost_parts(sweep_.runs[place].settings(), run.result);
    if (place == places.front() || here.size() < lost.size()) lost = here;
  }
  if (!accepted && places.empty()) ++losses_.runs;
  if (!accepted && !lost.empty() && losses_.parts.empty())
    losses_.parts = lost + " of run " + run.result.id;
  for (const size_t place : places) {
    StoredRun own =
        place == places.back() ? std::move(run) : run;  // NOLINT(bugprone-use-after-move)
    if (ask_for_the_same(own.config, sweep_.runs[place].config))
      finish(place, std::move(own.result));
    else
      earlier_.parts[place].push_back(std::move(own));
  }
}

void Takeover::take_checkpoint(const std::string& id, const std::vector<size_t>& places) {
  const auto place = std::find_if(places.begin(), places.end(), [&](size_t run) {
    return sweep_.runs[run].settings().has(Policy::dqn);
  });
  if (place != places.end()) {
    if (!earlier_.checkpoints.emplace(*place, id).second)
      earlier_.unneeded_checkpoints.push_back(id);  // another of the same training
    return;
  }
  ++losses_.checkpoints;
  earlier_.unneeded_checkpoints.push_back(id);
}

/// Is the run's dqn still to be trained?
bool Takeover::trains(size_t run) const {
  if (finished_[run]) return false;
  const std::vector<Policy> missing =
      missing_policies(sweep_.runs[run].settings(), earlier_.parts_of(run));
  return std::find(missing.begin(), missing.end(), Policy::dqn) != missing.end();
}

}  // namespace edgesweep
