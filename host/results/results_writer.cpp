#include <mutex>
#include <set>
#include <stdexcept>

#include "host/hdf5/hdf5_file.h"
#include "host/results/atomic_file.h"
#include "host/results/results_file.h"
#include "host/results/results_format.h"

namespace edgesweep {
namespace {

void check_ids(const SweepView& sweep) {
  std::set<std::string> ids;
  for (const StoredRun* run : sweep.runs)
    if (run->result.id.empty() || !ids.insert(run->result.id).second)
      throw std::invalid_argument("run id \"" + run->result.id + "\" is empty or occurs twice");
}

void write_attributes(hid_t file, const SweepView& sweep) {
  write_text_attribute(file, "format", kResultsFormat);
  write_integer_attribute(file, "format_version", kResultsVersion);
  for (const SweepText& text : kSweepTexts)
    write_text_attribute(file, text.name, sweep.header.*text.member);
  write_texts_attribute(file, "swept", sweep.header.swept);
  Texts paths;
  Texts hashes;
  for (const InputHash& input : sweep.header.inputs) {
    paths.push_back(input.path);
    hashes.push_back(input.sha256);
  }
  write_texts_attribute(file, "inputs", paths);
  write_texts_attribute(file, "inputs_sha256", hashes);
  write_integer_attribute(file, "total_runs", sweep.header.total_runs);
  write_integer_attribute(file, "finished_runs", static_cast<int64_t>(sweep.runs.size()));
  const std::string digest = results_digest(sweep);
  write_text_attribute(file, "digest", digest);
  write_text_attribute(file, "checksum", results_checksum(sweep, digest));
}

/// /weights/<run id>: last, best. Not compressed: trained weights look like noise to gzip.
void write_weights(hid_t file, const SweepView& sweep) {
  Hdf5Handle all;
  for (const StoredRun* run : sweep.runs) {
    const RunResult& result = run->result;
    if (result.weights.empty() && result.best_weights.empty()) continue;
    if (all.get() < 0) {
      all = create_group(file, "weights");
      write_text_attribute(
          all.get(), "description",
          "A group a run: `last` weights, and `best` on validation if it was evaluated. Layers in "
          "order, "
          "each (inputs, outputs) row-major, then its biases; sizes in `layer_sizes`. The outputs "
          "are "
          "worths times `reward_factor`.");
    }
    const Hdf5Handle group = create_group(all.get(), result.id);
    write_text_attribute(group.get(), "layer_sizes", layer_words(result));
    write_number_attribute(group.get(), "reward_factor", result.reward_factor);
    if (!result.weights.empty())
      write_array(group.get(), "last", {result.weights.size()}, result.weights, Storage::plain);
    if (!result.best_weights.empty())
      write_array(group.get(), "best", {result.best_weights.size()}, result.best_weights,
                  Storage::plain);
  }
}

/// /traces/<run id>: index, metric, gap, and <policy>/units, <policy>/offload; all (sequences x
/// images).
void write_run_traces(hid_t group, const RunTraces& traces) {
  const std::vector<hsize_t> shape{static_cast<hsize_t>(traces.sequences),
                                   static_cast<hsize_t>(traces.images)};
  write_integer_attribute(group, "first_sequence", traces.first_sequence);
  write_integer_attribute(group, "units_per_token", traces.units_per_token);
  write_array(group, "index", shape, traces.index, Storage::small);
  write_array(group, "metric", shape, traces.metric, Storage::small);
  write_array(group, "gap", shape, traces.gap, Storage::small);
  Texts policies;
  for (const PolicyTrace& trace : traces.policies) {
    policies.emplace_back(policy_name(trace.policy));
    const Hdf5Handle policy = create_group(group, policies.back());
    if (!trace.units.empty())
      write_array(policy.get(), "units", shape, trace.units, Storage::small);
    write_array(policy.get(), "offload", shape, trace.offload, Storage::small);
  }
  write_texts_attribute(group, "policies", policies);
}

void write_traces(hid_t file, const SweepView& sweep) {
  Hdf5Handle all;
  for (const StoredRun* run : sweep.runs) {
    const RunTraces& traces = run->result.traces;
    if (traces.sequences <= 0 || traces.images <= 0) continue;
    if (all.get() < 0) {
      all = create_group(file, "traces");
      write_text_attribute(all.get(), "description",
                           "A group a run; arrays are (sequences x images), the first row is test "
                           "sequence `first_sequence`. index: rank in "
                           "ascending test metric; metric: "
                           "normalised; gap: time units to the next image; units: bucket units "
                           "before the image (tokens "
                           "= units / units_per_token), absent for policies without a bucket; "
                           "offload: 1 if offloaded.");
    }
    const Hdf5Handle group = create_group(all.get(), run->result.id);
    write_run_traces(group.get(), traces);
  }
}

/// /statistics/<run id>: draws_by_rank, and <policy>/offloads_by_rank, offloads_by_units,
/// occupancy.
void write_run_statistics(hid_t group, const RunStatistics& statistics) {
  write_integer_attribute(group, "units_per_token", statistics.units_per_token);
  const auto write = [](hid_t place, const char* name, const std::vector<int64_t>& counts) {
    if (!counts.empty()) write_array(place, name, {counts.size()}, counts, Storage::small);
  };
  write(group, "draws_by_rank", statistics.draws_by_rank);
  Texts policies;
  for (const PolicyStatistics& counted : statistics.policies) {
    policies.emplace_back(policy_name(counted.policy));
    const Hdf5Handle policy = create_group(group, policies.back());
    write(policy.get(), "offloads_by_rank", counted.offloads_by_rank);
    write(policy.get(), "offloads_by_units", counted.offloads_by_units);
    write(policy.get(), "occupancy", counted.occupancy);
    write_integer_attribute(policy.get(), "lost", counted.lost);
  }
  write_texts_attribute(group, "policies", policies);
}

void write_statistics(hid_t file, const SweepView& sweep) {
  Hdf5Handle all;
  for (const StoredRun* run : sweep.runs) {
    if (run->result.statistics.policies.empty()) continue;
    if (all.get() < 0) {
      all = create_group(file, "statistics");
      write_text_attribute(
          all.get(), "description",
          "A group a run, counts over all test sequences. draws_by_rank: how often each image was "
          "drawn, in ascending metric; offloads_by_rank: how often it was offloaded; "
          "offloads_by_units[i]: offloads with i + bucket_cost units; occupancy[i]: images that "
          "found i + bucket_refill units in the bucket (tokens = units / units_per_token), of many "
          "cameras: slots that found them at the switch; lost: offloads without a token at the "
          "switch.");
    }
    const Hdf5Handle group = create_group(all.get(), run->result.id);
    write_run_statistics(group.get(), run->result.statistics);
  }
}

/// Only where there was a search.
void write_searches(hid_t file, const SweepView& sweep) {
  for (const StoredRun* run : sweep.runs)
    if (!run->result.search.empty()) return write_table(file, "searches", searches_table(sweep));
}

void write_content(hid_t file, const SweepView& sweep,
                   const std::vector<std::pair<std::string, Table>>& more) {
  write_attributes(file, sweep);
  write_table(file, "experiments", experiments_table(sweep));
  write_table(file, "experiment_runs", experiment_runs_table(sweep));
  write_table(file, "runs", runs_table(sweep));
  write_table(file, "configs", configs_table(sweep));
  write_table(file, "curves", curves_table(sweep));
  write_table(file, "policies", policies_table(sweep));
  write_table(file, "summary", summary_table(sweep));
  write_weights(file, sweep);
  write_traces(file, sweep);
  write_statistics(file, sweep);
  write_searches(file, sweep);
  for (const auto& [name, table] : more) write_table(file, name, table);
}

}  // namespace

SweepView::SweepView(const StoredSweep& sweep) : header(sweep) {
  runs.reserve(sweep.runs.size());
  for (const StoredRun& run : sweep.runs) runs.push_back(&run);
}

void write_results(const std::string& path, const SweepView& sweep,
                   const std::vector<std::pair<std::string, Table>>& more) {
  check_ids(sweep);
  replace_file(path, [&](int descriptor) {
    const std::lock_guard lock(hdf5_mutex());
    const Hdf5Silence silence;
    return write_hdf5_file(Hdf5Format::v18, descriptor,
                           [&](hid_t file) { write_content(file, sweep, more); });
  });
}

StoredRun stored_run(const RunSpec& spec, RunResult result) {
  return {spec.config, std::move(result)};
}

StoredSweep stored_sweep(const Sweep& sweep) {
  StoredSweep stored;
  stored.name = sweep.name;
  stored.description = sweep.description;
  stored.config_path = sweep.config_path;
  stored.resolved_json = sweep.resolved_json;
  stored.swept = sweep.swept;
  stored.experiments = sweep.experiments;
  RunReader reader;
  std::set<std::string> datasets;
  for (const RunSpec& run : sweep.runs) {
    const RunSettings& settings = reader.read(run);
    if (datasets.insert(settings.dataset).second)
      stored.dataset += (stored.dataset.empty() ? "" : ", ") + settings.dataset;
    if (settings.math == Math::fast) stored.math = math_name(Math::fast);
  }
  stored.total_runs = static_cast<int64_t>(sweep.runs.size());
  return stored;
}

}  // namespace edgesweep
