#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>

#include "host/cli/commands.h"
#include "host/cli/interrupt.h"
#include "host/cli/run_label.h"
#include "host/cli/terminal.h"
#include "host/cli/text_table.h"
#include "host/config/json_text.h"
#include "host/engine/problem/resolve.h"
#include "host/engine/run/backend.h"
#include "host/engine/run/observers.h"
#include "host/error.h"
#include "host/results/config_difference.h"
#include "host/results/results_file.h"
#include "host/results/settings_columns.h"
#include "host/results/stored_inputs.h"
#include "host/sha256.h"
#include "host/sweep/expand.h"

namespace edgesweep {
namespace {

/// Collects results; nothing is written.
class ResultCollector : public SilentObserver {
 public:
  void on_finished(size_t run, RunResult result) override {
    const std::lock_guard lock(mutex_);
    results[run] = std::move(result);
  }
  bool stop_requested() override { return interrupted(); }

  std::map<size_t, RunResult> results;

 private:
  std::mutex mutex_;
};

/// `count` of `total` numbers, evenly spread; all when count is 0.
std::vector<size_t> spread(size_t total, size_t count) {
  if (count == 0 || count > total) count = total;
  std::vector<size_t> numbers;
  for (size_t i = 0; i < count; ++i) numbers.push_back(i * total / count);
  return numbers;
}

std::string label_of(const StoredSweep& sweep, const StoredRun& run) {
  std::string label;
  for (const auto& [name, value] : run.config.columns())
    for (const std::string& swept : sweep.swept)
      if (name == swept && !value.empty())
        label += (label.empty() ? "" : ", ") + name + " " + value;
  return label;
}

std::vector<RunJob> make_jobs(const StoredSweep& sweep, const std::vector<size_t>& sample,
                              StoredInputs& inputs) {
  std::vector<RunJob> jobs;
  for (const size_t i : sample) {
    const RunResult& result = sweep.runs[i].result;
    jobs.push_back({i, result.id, inputs.settings_of(sweep.runs[i]), std::nullopt});
    if (!result.layer_sizes.empty()) jobs.back().settings.reward_factor = result.reward_factor;
  }
  return jobs;
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

/// The config that was given must be that of the results.
void check_config(const StoredSweep& stored, const VerifyOptions& options) {
  if (options.config.empty()) {
    if (!options.changes.overrides.empty() || options.changes.scale)
      throw InputError("", "--set", "no --config that it would change",
                       "--config with the file's config");
    return;
  }
  const Sweep sweep = load_sweep(options.config, options.changes);
  StoredSweep given = stored_sweep(sweep);
  given.inputs = inputs_of(sweep, stored);
  if (const std::optional<ConfigDifference> difference = first_difference(stored, given))
    throw InputError(options.config, "",
                     "another config than that of " + options.file + ": " + difference->text(),
                     "the config of the results, with the --set and --scale that they were made "
                     "with");
}

}  // namespace

int verify_command(const VerifyOptions& options) {
  end_on_interrupts();
  const std::optional<StoredSweep> sweep = read_results(options.file);
  if (!sweep) throw InputError(options.file, "", "no such file", "a results file");
  if (sweep->runs.empty()) throw InputError(options.file, "", "no finished run", "one at least");
  refuse_given_networks(*sweep, options.file);
  check_config(*sweep, options);
  const std::vector<size_t> sample =
      spread(sweep->runs.size(), static_cast<size_t>(options.sample));
  StoredInputs files(*sweep, options.file, options.config);
  const std::vector<RunJob> jobs = make_jobs(*sweep, sample, files);
  InputCache inputs;
  const ChosenBackend chosen = choose_backend(options.backend);
  catch_interrupts();
  tell(fmt::format("Executing {} of {} runs of {} (written by {} on {}) on {}\n", jobs.size(),
                   sweep->runs.size(), options.file, sweep->backend, sweep->device, chosen.text()));
  ResultCollector collector;
  chosen.backend->execute(jobs, inputs, collector);
  if (interrupted() && collector.results.size() < jobs.size()) return kInterrupted;

  std::vector<std::vector<std::string>> rows;
  size_t equal = 0;
  for (const size_t i : sample) {
    StoredRun again = sweep->runs[i];
    again.result = collector.results.at(i);
    const std::string stored = run_digest(sweep->runs[i], sweep->inputs);
    const std::string now = run_digest(again, sweep->inputs);
    equal += stored == now;
    rows.push_back({sweep->runs[i].result.id, label_of(*sweep, sweep->runs[i]),
                    stored.substr(0, 16), now.substr(0, 16), stored == now ? "equal" : "DIFFERS"});
  }
  print_output("{}\n{} of {} runs have the bits of {}.\n",
               text_table({"run", "settings", "digest in the file", "digest now", ""}, rows), equal,
               sample.size(), options.file);
  return equal == sample.size() ? 0 : 1;
}

}  // namespace edgesweep
