#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "host/error.h"
#include "host/hdf5/hdf5_table_reader.h"
#include "host/results/atomic_file.h"
#include "host/results/results_file.h"
#include "host/results/results_format.h"
#include "host/results/run_fields.h"

namespace edgesweep {
namespace {

/// The columns a reader asks for and then takes by name.
class Columns {
 public:
  template <typename Values>
  void want(const std::string& name) {
    columns_.push_back({name, Values{}, ""});
  }
  void read(const Hdf5Group& file, const std::string& table,
            uint64_t most_rows = std::numeric_limits<uint64_t>::max()) {
    read_table(file, table, columns_, most_rows);
  }

  template <typename Values>
  const Values& get(const std::string& name) const {
    for (const Column& column : columns_)
      if (column.name == name) return std::get<Values>(column.values);
    throw std::logic_error("column " + name + " was not asked for");
  }

 private:
  std::vector<Column> columns_;
};

using RunsById = std::map<std::string, RunResult*>;

RunResult& run_of(const RunsById& runs, const std::string& id, const std::string& table) {
  const auto found = runs.find(id);
  if (found == runs.end())
    throw SystemError("/" + table + ": names a run that /runs does not have");
  return *found->second;
}

int32_t small(int64_t value, const char* name) {
  if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max())
    throw SystemError(std::string("/runs/") + name + ": is out of range");
  return static_cast<int32_t>(value);
}

Policy policy_named(const std::string& name, const std::string& place) {
  const std::optional<Policy> policy = policy_from_name(name);
  if (!policy) throw SystemError(place + ": names an unknown policy");
  return *policy;
}

RunStatus status_named(const std::string& name) {
  if (name == "done") return RunStatus::done;
  if (name == "failed") return RunStatus::failed;
  throw SystemError("/runs/status: is neither done nor failed");
}

std::vector<int32_t> layer_sizes(const std::string& words) {
  std::vector<int32_t> sizes;
  for (const std::string& word : split_words(words)) {
    try {
      sizes.push_back(std::stoi(word));
    } catch (const std::logic_error&) {
      throw SystemError("/runs/layer_sizes: are not integers");
    }
  }
  return sizes;
}

/// The fields of `fields` that a file of this format has.
template <typename Entry, size_t kCount>
std::vector<Entry> stored_fields(const Entry (&fields)[kCount], int64_t version) {
  std::vector<Entry> stored;
  std::copy_if(std::begin(fields), std::end(fields), std::back_inserter(stored),
               [&](const Entry& field) { return field.since <= version; });
  return stored;
}

void read_runs(const Hdf5Group& file, int64_t version, StoredSweep& sweep) {
  Columns columns;
  for (const char* name : {"id", "status", "failure", "result_policies", "layer_sizes"})
    columns.want<Texts>(name);
  for (const auto& field : stored_fields(kRunNumbers, version)) columns.want<Numbers>(field.name);
  for (const auto& field : stored_fields(kRunIntegers, version)) columns.want<Integers>(field.name);
  for (const auto& field : stored_fields(kRunSmallIntegers, version))
    columns.want<Integers>(field.name);
  columns.read(file, "runs");
  const Texts& ids = columns.get<Texts>("id");
  sweep.runs.resize(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    RunResult& result = sweep.runs[i].result;
    result.id = ids[i];
    result.status = status_named(columns.get<Texts>("status")[i]);
    result.failure = columns.get<Texts>("failure")[i];
    result.layer_sizes = layer_sizes(columns.get<Texts>("layer_sizes")[i]);
    for (const std::string& name : split_words(columns.get<Texts>("result_policies")[i]))
      result.policies.push_back({policy_named(name, "/runs/result_policies"), 0, 0, 0});
    for (const auto& field : stored_fields(kRunNumbers, version))
      result.*field.member = columns.get<Numbers>(field.name)[i];
    for (const auto& field : stored_fields(kRunIntegers, version))
      result.*field.member = columns.get<Integers>(field.name)[i];
    for (const auto& field : stored_fields(kRunSmallIntegers, version))
      result.*field.member = small(columns.get<Integers>(field.name)[i], field.name);
    if (version < 5) result.mdp_converged = convergence_by_sweeps(result.mdp_sweeps);
  }
}

void read_policy_columns(const Hdf5Group& file, StoredSweep& sweep) {
  const auto column_name = [](Policy policy, const char* field) {
    return policy_name(policy) + std::string("_") + field;
  };
  Columns columns;
  const std::vector<Policy> policies = policies_of(sweep);
  for (const Policy policy : policies)
    for (const auto& field : kPolicyNumbers) columns.want<Numbers>(column_name(policy, field.name));
  if (policies.empty()) return;
  columns.read(file, "runs");
  for (const auto& field : kPolicyNumbers)
    for (size_t i = 0; i < sweep.runs.size(); ++i)
      for (PolicyResult& result : sweep.runs[i].result.policies)
        result.*field.member = columns.get<Numbers>(column_name(result.policy, field.name)).at(i);
}

void check_object(const Hdf5Group& file, const std::string& place, const std::string& text,
                  const std::string& what) {
  if (!text.starts_with('{') || !nlohmann::json::accept(text))
    file.refuse(place, "no JSON object", what + " as edgesweep run stores it");
}

void read_configs(const Hdf5Group& file, const RunsById& runs, StoredSweep& sweep) {
  Columns columns;
  for (const char* name : {"run", "config", "settings"}) columns.want<Texts>(name);
  columns.read(file, "configs", runs.size());
  const Texts& ids = columns.get<Texts>("run");
  if (ids.size() != runs.size())
    throw SystemError("/configs: has another number of rows than /runs");
  const std::shared_ptr<ConfigTexts> texts = ConfigTexts::create();
  for (size_t i = 0; i < ids.size(); ++i) {
    StoredRun& run = sweep.runs[i];
    if (ids[i] != run.result.id) throw SystemError("/configs: is not in the order of /runs");
    check_object(file, "/configs/config of run " + run.result.id, columns.get<Texts>("config")[i],
                 "the settings of a run");
    const auto settings =
        nlohmann::ordered_json::parse(columns.get<Texts>("settings")[i], nullptr, false);
    if (!settings.is_object()) throw SystemError("/configs/settings: is not a JSON object");
    SettingColumns values;
    for (const auto& [name, text] : settings.items()) {
      if (!text.is_string())
        throw SystemError("/configs/settings: holds something other than text");
      if (text.get_ref<const std::string&>().find('\0') != std::string::npos)
        throw SystemError("/configs/settings: holds NUL");
      values.emplace_back(name, text.get<std::string>());
    }
    run.config = texts->add(columns.get<Texts>("config")[i], values);
  }
}

void read_curves(const Hdf5Group& file, const RunsById& runs) {
  Columns columns;
  columns.want<Texts>("run");
  columns.want<Integers>("iteration");
  for (const auto& field : kCurveNumbers) columns.want<Numbers>(field.name);
  columns.read(file, "curves");
  const Texts& ids = columns.get<Texts>("run");
  for (size_t i = 0; i < ids.size(); ++i) {
    CurvePoint point;
    point.iteration = columns.get<Integers>("iteration")[i];
    for (const auto& field : kCurveNumbers)
      point.*field.member = columns.get<Numbers>(field.name)[i];
    run_of(runs, ids[i], "curves").curve.push_back(point);
  }
}

/// Only the MDP's: the baseline's one threshold stands in /runs too.
void read_thresholds(const Hdf5Group& file, const RunsById& runs) {
  Columns columns;
  columns.want<Texts>("run");
  columns.want<Texts>("policy");
  columns.want<Numbers>("threshold");
  columns.read(file, "policies");
  const Texts& ids = columns.get<Texts>("run");
  const std::string mdp = policy_name(Policy::mdp);
  for (size_t i = 0; i < ids.size(); ++i)
    if (columns.get<Texts>("policy")[i] == mdp)
      run_of(runs, ids[i], "policies")
          .mdp_threshold.push_back(columns.get<Numbers>("threshold")[i]);
}

void read_weights(const Hdf5Group& file, const RunsById& runs) {
  if (!file.has("weights")) return;
  const Hdf5Group all = file.group("weights");
  for (const auto& [id, result] : runs) {
    if (!all.has(id)) continue;
    const Hdf5Group group = all.group(id);
    if (group.has("last")) result->weights = read_array<float>(group, "last");
    if (group.has("best")) result->best_weights = read_array<float>(group, "best");
  }
}

RunTraces read_run_traces(const Hdf5Group& group) {
  RunTraces traces;
  const std::vector<hsize_t> shape = array_shape(group, "index");
  if (shape.size() != 2) throw SystemError("/traces: index is not (sequences x images)");
  traces.first_sequence = read_integer_attribute(group, "first_sequence");
  traces.sequences = static_cast<int64_t>(shape[0]);
  traces.images = static_cast<int64_t>(shape[1]);
  traces.units_per_token =
      small(read_integer_attribute(group, "units_per_token"), "units_per_token");
  traces.index = read_array<int32_t>(group, "index");
  traces.metric = read_array<float>(group, "metric");
  traces.gap = read_array<int32_t>(group, "gap");
  const auto check = [&](const Hdf5Group& place, const char* name, size_t count) {
    if (count != traces.index.size())
      place.refuse(place.place(name), std::to_string(count) + " values",
                   std::to_string(traces.index.size()) + ", as the index has");
  };
  check(group, "metric", traces.metric.size());
  check(group, "gap", traces.gap.size());
  for (const std::string& name : read_texts_attribute(group, "policies")) {
    const Hdf5Group policy = group.group(name);
    PolicyTrace trace;
    trace.policy = policy_named(name, "/traces");
    if (policy.has("units")) {
      trace.units = read_array<int32_t>(policy, "units");
      check(policy, "units", trace.units.size());
    }
    trace.offload = read_array<uint8_t>(policy, "offload");
    check(policy, "offload", trace.offload.size());
    traces.policies.push_back(std::move(trace));
  }
  return traces;
}

void read_traces(const Hdf5Group& file, const RunsById& runs) {
  if (!file.has("traces")) return;
  const Hdf5Group all = file.group("traces");
  for (const auto& [id, result] : runs)
    if (all.has(id)) result->traces = read_run_traces(all.group(id));
}

RunStatistics read_run_statistics(const Hdf5Group& group) {
  RunStatistics statistics;
  const auto read = [](const Hdf5Group& place, const char* name, std::vector<int64_t>& counts) {
    if (place.has(name)) counts = read_array<int64_t>(place, name);
  };
  statistics.units_per_token =
      small(read_integer_attribute(group, "units_per_token"), "units_per_token");
  read(group, "draws_by_rank", statistics.draws_by_rank);
  for (const std::string& name : read_texts_attribute(group, "policies")) {
    const Hdf5Group policy = group.group(name);
    PolicyStatistics counted;
    counted.policy = policy_named(name, "/statistics");
    read(policy, "offloads_by_rank", counted.offloads_by_rank);
    read(policy, "offloads_by_units", counted.offloads_by_units);
    read(policy, "occupancy", counted.occupancy);
    counted.lost = read_integer_attribute(policy, "lost");
    statistics.policies.push_back(std::move(counted));
  }
  return statistics;
}

void read_statistics(const Hdf5Group& file, const RunsById& runs) {
  if (!file.has("statistics")) return;
  const Hdf5Group all = file.group("statistics");
  for (const auto& [id, result] : runs)
    if (all.has(id)) result->statistics = read_run_statistics(all.group(id));
}

void read_searches(const Hdf5Group& file, const RunsById& runs) {
  if (!file.has("searches")) return;
  Columns columns;
  columns.want<Texts>("run");
  for (const char* name : {"rate", "depth", "reward"}) columns.want<Numbers>(name);
  columns.read(file, "searches");
  const Texts& ids = columns.get<Texts>("run");
  for (size_t i = 0; i < ids.size(); ++i)
    run_of(runs, ids[i], "searches")
        .search.push_back({columns.get<Numbers>("rate")[i], columns.get<Numbers>("depth")[i],
                           columns.get<Numbers>("reward")[i]});
}

void read_experiments(const Hdf5Group& file, StoredSweep& sweep) {
  Columns columns;
  for (const char* name : {"name", "description", "swept"}) columns.want<Texts>(name);
  columns.read(file, "experiments");
  const Texts& names = columns.get<Texts>("name");
  for (size_t i = 0; i < names.size(); ++i)
    sweep.experiments.push_back({names[i],
                                 columns.get<Texts>("description")[i],
                                 split_words(columns.get<Texts>("swept")[i]),
                                 {}});
  Columns members;
  for (const char* name : {"experiment", "run"}) members.want<Texts>(name);
  members.want<Integers>("position");
  members.read(file, "experiment_runs");
  const Texts& of = members.get<Texts>("experiment");
  auto experiment = sweep.experiments.begin();
  for (size_t i = 0; i < of.size(); ++i) {
    while (experiment != sweep.experiments.end() && experiment->name != of[i]) ++experiment;
    if (experiment == sweep.experiments.end())
      throw SystemError("/experiment_runs: is not in the order of /experiments");
    if (members.get<Integers>("position")[i] != static_cast<int64_t>(experiment->runs.size()))
      throw SystemError("/experiment_runs/position: does not count from 0 by 1");
    experiment->runs.push_back(members.get<Texts>("run")[i]);
  }
}

void read_inputs(const Hdf5Group& file, StoredSweep& sweep) {
  const Texts paths = read_texts_attribute(file, "inputs");
  const Texts hashes = read_texts_attribute(file, "inputs_sha256");
  if (paths.size() != hashes.size())
    throw SystemError("inputs and inputs_sha256: are not of the same length");
  for (size_t i = 0; i < paths.size(); ++i) sweep.inputs.push_back({paths[i], hashes[i]});
}

StoredSweep read_content(const Hdf5Group& file, int64_t version) {
  StoredSweep sweep;
  for (const SweepText& text : kSweepTexts)
    sweep.*text.member = read_text_attribute(file, text.name);
  if (!sweep.resolved_json.empty())
    check_object(file, "attribute /config", sweep.resolved_json, "the config of a sweep");
  sweep.swept = read_texts_attribute(file, "swept");
  read_experiments(file, sweep);
  read_inputs(file, sweep);
  sweep.total_runs = read_integer_attribute(file, "total_runs");
  read_runs(file, version, sweep);
  read_policy_columns(file, sweep);
  RunsById runs;
  for (StoredRun& run : sweep.runs) runs.emplace(run.result.id, &run.result);
  if (runs.size() != sweep.runs.size()) throw SystemError("/runs/id: occurs twice");
  read_configs(file, runs, sweep);
  read_curves(file, runs);
  read_thresholds(file, runs);
  read_weights(file, runs);
  read_traces(file, runs);
  read_statistics(file, runs);
  read_searches(file, runs);
  const std::string digest = results_digest(sweep);
  if (read_text_attribute(file, "digest") != digest ||
      read_text_attribute(file, "checksum") != results_checksum(sweep, digest))
    throw SystemError("its content does not give the checksum stored in it");
  return sweep;
}

constexpr const char* kAllowed = "a results file of edgesweep run";

InputError results_refusal(const std::string& path, const std::string& reason) {
  hdf5_quiet_exit();
  return InputError(path, "", "a damaged or foreign file (" + reason + ")", kAllowed);
}

/// Is it one of ours, of a format this program knows? Returns which.
int64_t checked_format(const std::string& path, const Hdf5Group& file) {
  const htri_t ours = H5Aexists(file.id(), "format");
  if (ours <= 0 || read_text_attribute(file, "format") != kResultsFormat)
    throw InputError(path, "", "another kind of HDF5 file", kAllowed);
  const int64_t version = read_integer_attribute(file, "format_version");
  if (version >= kFirstResultsVersion && version <= kResultsVersion) return version;
  throw InputError(path, "format_version", std::to_string(version),
                   std::to_string(kFirstResultsVersion) + " to " + std::to_string(kResultsVersion) +
                       (version > kResultsVersion ? "; the file is from a newer program"
                                                  : "; the file is from an older program"));
}

}  // namespace

std::optional<StoredSweep> read_results(const std::string& path) {
  if (!file_exists(path)) return std::nullopt;
  const std::lock_guard lock(hdf5_mutex());
  const Hdf5Silence silence;
  try {
    if (!is_hdf5(path)) throw InputError(path, "", "no HDF5 file", kAllowed);
    const Hdf5Group file = Hdf5Group::open(path);
    return read_content(file, checked_format(path, file));
  } catch (const InputError&) {
    hdf5_quiet_exit();
    throw;
  } catch (const SystemError& error) {
    throw results_refusal(path, error.what());
  } catch (const std::bad_alloc&) {
    throw results_refusal(path, "impossible sizes");
  } catch (const std::length_error&) {
    throw results_refusal(path, "impossible sizes");
  }
}

}  // namespace edgesweep
