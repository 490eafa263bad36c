#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>

#include "host/policy/value_iteration.h"
#include "host/results/config_difference.h"
#include "host/results/results_format.h"
#include "host/results/run_fields.h"
#include "host/sha256.h"

namespace edgesweep {
namespace {

/// A hash of values one after another as little-endian bytes, texts and lists after their length:
/// no two contents give the same bytes. Takes a little memory, however much is added.
class Bytes {
 public:
  void add(std::string_view text) {
    add(static_cast<int64_t>(text.size()));
    append(text.data(), text.size());
  }

  /// Every NaN counts as the same.
  template <typename T>
  requires std::is_arithmetic_v<T>
  void add(T value) {
    if constexpr (std::is_floating_point_v<T>)
      if (std::isnan(value)) value = std::numeric_limits<T>::quiet_NaN();
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    append(raw, sizeof(T));
  }

  template <typename T>
  void add(const std::vector<T>& values) {
    add(static_cast<int64_t>(values.size()));
    for (const T& value : values) add(value);
  }

  /// The columns of these names (run_fields.h), in this order.
  void add_columns(const RunResult& result, std::span<const char* const> names) {
    for (const std::string_view name : names) {
      const auto add_named = [&](const auto& fields) {
        for (const auto& field : fields)
          if (field.name == name) add(result.*field.member);
      };
      add_named(kRunIntegers);
      add_named(kRunSmallIntegers);
      add_named(kRunNumbers);
    }
  }

  void add(const PolicyResult& result) {
    add(std::string_view(policy_name(result.policy)));
    for (const auto& field : kPolicyNumbers) add(result.*field.member);
  }

  void add(const CurvePoint& point) {
    add(point.iteration);
    for (const auto& field : kCurveNumbers)
      if (field.member != &CurvePoint::seconds) add(point.*field.member);
  }

  void add(const PolicyTrace& trace) {
    add(std::string_view(policy_name(trace.policy)));
    add(trace.units);
    add(trace.offload);
  }

  void add(const RunTraces& traces) {
    const bool any = traces.sequences > 0 && traces.images > 0;
    add(any ? traces.sequences : int64_t{0});
    if (!any) return;
    add(traces.first_sequence);
    add(traces.images);
    add(traces.units_per_token);
    add(traces.index);
    add(traces.metric);
    add(traces.gap);
    add(traces.policies);
  }

  void add(const PolicyStatistics& statistics) {
    add(std::string_view(policy_name(statistics.policy)));
    add(statistics.offloads_by_rank);
    add(statistics.offloads_by_units);
    add(statistics.occupancy);
    add(statistics.lost);
  }

  void add(const SearchPoint& point) {
    add(point.rate);
    add(point.depth);
    add(point.reward);
  }

  /// A value that older formats lack: nothing where it is what a file without it means.
  template <typename T>
  void add_unless(const T& older_meaning, const char* name, const T& value) {
    if (value == older_meaning) return;
    add(std::string_view(name));
    add(value);
  }

  /// Nothing for runs without them: older files keep their digests.
  void add_counted(const RunResult& result) {
    if (!result.statistics.policies.empty()) {
      add(std::string_view("statistics"));
      add(result.statistics.units_per_token);
      add(result.statistics.draws_by_rank);
      add(result.statistics.policies);
    }
    if (!result.search.empty()) {
      add(std::string_view("search"));
      add(result.search);
    }
  }

  std::string digest() {
    hash_.add(buffer_.data(), buffer_.size());
    return hash_.hex();
  }

 private:
  static constexpr size_t kBufferBytes = size_t{1} << 16;

  void append(const char* data, size_t size) {
    if (buffer_.size() + size > kBufferBytes) {
      hash_.add(buffer_.data(), buffer_.size());
      buffer_.clear();
    }
    if (size > kBufferBytes)
      hash_.add(data, size);
    else
      buffer_.append(data, size);
  }

  Sha256 hash_;
  std::string buffer_;  ///< added, but not hashed yet
};

}  // namespace

int32_t convergence_by_sweeps(int64_t sweeps) {
  const bool may_be_the_limit = sweeps == kPublishedSweeps || sweeps == kConvergedSweeps;
  return sweeps > 0 && !may_be_the_limit ? 1 : -1;
}

std::string run_digest(const StoredRun& run, const std::vector<InputHash>& inputs) {
  const RunResult& result = run.result;
  Bytes bytes;
  bytes.add(config_without_paths(run.config.json(), inputs));
  bytes.add(static_cast<int32_t>(result.status));
  bytes.add(result.failure);
  bytes.add(result.policies);
  bytes.add_columns(result, kDigestColumns);
  bytes.add(result.mdp_threshold);
  bytes.add_columns(result, kDigestColumnsBehindThresholds);
  bytes.add(result.curve);
  bytes.add(result.layer_sizes);
  bytes.add(result.weights);
  bytes.add(result.best_weights);
  bytes.add(result.traces);
  bytes.add_counted(result);
  bytes.add_unless(1.0, "reward_factor", result.reward_factor);
  return bytes.digest();
}

std::string results_digest(const SweepView& sweep) {
  const StoredSweep& header = sweep.header;
  std::vector<std::string> runs;
  runs.reserve(sweep.runs.size());
  for (const StoredRun* run : sweep.runs) runs.push_back(run_digest(*run, header.inputs));
  std::sort(runs.begin(), runs.end());
  Bytes bytes;
  bytes.add(config_without_paths(header.resolved_json, header.inputs));
  bytes.add(header.math);
  bytes.add(runs);
  return bytes.digest();
}

std::string results_checksum(const SweepView& sweep, const std::string& digest) {
  const StoredSweep& header = sweep.header;
  Bytes bytes;
  bytes.add(digest);
  for (const std::string* text :
       {&header.name, &header.description, &header.config_path, &header.resolved_json,
        &header.dataset, &header.dataset_sha256, &header.version, &header.backend, &header.device})
    bytes.add(*text);
  for (const InputHash& input : header.inputs) {
    bytes.add(input.path);
    bytes.add(input.sha256);
  }
  bytes.add(header.swept);
  bytes.add(static_cast<int64_t>(header.experiments.size()));
  for (const Experiment& experiment : header.experiments) {
    bytes.add(experiment.name);
    bytes.add(experiment.description);
    bytes.add(experiment.swept);
    bytes.add(experiment.runs);
  }
  bytes.add(header.total_runs);
  bytes.add(static_cast<int64_t>(sweep.runs.size()));
  for (const StoredRun* run : sweep.runs) {
    bytes.add(run->result.id);
    bytes.add(run->config.json());
    bytes.add(run->result.training_seconds);
    bytes.add(run->result.simulation_seconds);
    for (const CurvePoint& point : run->result.curve) bytes.add(point.seconds);
    run->config.visit_columns([&](const std::string& name, std::string_view text) {
      bytes.add(name);
      bytes.add(text);
    });
    bytes.add_unless(convergence_by_sweeps(run->result.mdp_sweeps), "mdp_converged",
                     run->result.mdp_converged);
  }
  return bytes.digest();
}

}  // namespace edgesweep
