#include "host/session/verify.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>

#include "host/engine/problem/resolve.h"
#include "host/engine/run/observers.h"
#include "host/error.h"
#include "host/results/config_difference.h"
#include "host/results/settings_columns.h"
#include "host/results/stored_inputs.h"
#include "host/session/run_label.h"
#include "host/sha256.h"
#include "host/sweep/expand.h"

namespace edgesweep {
namespace {

/// Collects results; nothing is written.
class ResultCollector : public SilentObserver {
 public:
  explicit ResultCollector(const StopRequest& stop) : stop_(stop) {}
  void on_finished(size_t run, RunResult result) override {
    const std::lock_guard lock(mutex_);
    results[run] = std::move(result);
  }
  bool stop_requested() override { return is_requested(stop_); }

  std::map<size_t, RunResult> results;

 private:
  const StopRequest& stop_;
  std::mutex mutex_;
};

/// `count` of `total` numbers, evenly spread; all when count is 0.
std::vector<size_t> spread(size_t total, size_t count) {
  if (count == 0 || count > total) count = total;
  std::vector<size_t> numbers;
  for (size_t i = 0; i < count; ++i) numbers.push_back(i * total / count);
  return numbers;
}

void refuse_given_networks(const StoredSweep& sweep, const std::string& file) {
  for (const StoredRun& run : sweep.runs)
    if (!run.config.member("network").empty())
      throw InputError(file, "", "runs of a network that was trained for another file (simulate)",
                       "a file of edgesweep run; the same simulate command executes these again");
}

/// Files that are not there beside the moved config count as those of the results: they are looked
/// for elsewhere too.
std::vector<InputHash> inputs_of(const Sweep& sweep, const StoredSweep& stored) {
  const std::filesystem::path folder = std::filesystem::path(sweep.config_path).parent_path();
  std::vector<InputHash> inputs = stored.inputs;
  for (InputHash& input : inputs) {
    const std::string path = (folder / input.path).string();
    if (std::filesystem::is_regular_file(path)) input.sha256 = sha256_of_file(path);
  }
  RunReader reader;
  for (const RunSpec& spec : sweep.runs)
    for (const InputFileName& file : input_files(reader.read(spec))) {
      const std::string path = plain_text(setting_of(spec, file.column));
      const bool known = std::any_of(inputs.begin(), inputs.end(),
                                     [&](const InputHash& input) { return input.path == path; });
      if (!known && std::filesystem::is_regular_file(*file.path))
        inputs.push_back({path, sha256_of_file(*file.path)});
    }
  return inputs;
}

}  // namespace

std::vector<RunJob> verification_jobs(const StoredSweep& stored, const std::string& file,
                                      const std::string& config, size_t count) {
  refuse_given_networks(stored, file);
  StoredInputs inputs(stored, file, config);
  std::vector<RunJob> jobs;
  for (const size_t run : spread(stored.runs.size(), count)) {
    const RunResult& result = stored.runs[run].result;
    jobs.push_back({run, result.id, inputs.settings_of(stored.runs[run]), std::nullopt});
    if (!result.layer_sizes.empty()) jobs.back().settings.reward_factor = result.reward_factor;
  }
  return jobs;
}

std::vector<VerifiedRun> verify_runs(const StoredSweep& stored, const std::vector<RunJob>& jobs,
                                     Backend& backend, const StopRequest& stop) {
  InputCache inputs;
  ResultCollector collector(stop);
  backend.execute(jobs, inputs, collector);
  std::vector<VerifiedRun> verified;
  for (auto& [run, result] : collector.results) {
    const StoredRun& before = stored.runs[run];
    const StoredRun again{before.config, std::move(result)};
    verified.push_back({run, run_digest(before, stored.inputs), run_digest(again, stored.inputs)});
  }
  return verified;
}

void check_same_config(const StoredSweep& stored, const std::string& file, const Sweep& sweep) {
  StoredSweep given = stored_sweep(sweep);
  given.inputs = inputs_of(sweep, stored);
  if (const std::optional<ConfigDifference> difference = first_difference(stored, given))
    throw InputError(sweep.config_path, "",
                     "another config than that of " + file + ": " + difference->text(),
                     "the config of the results, with the --set and --scale that they were made "
                     "with");
}

}  // namespace edgesweep
