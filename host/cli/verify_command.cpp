#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>

#include "host/cli/commands.h"
#include "host/cli/interrupt.h"
#include "host/cli/terminal.h"
#include "host/cli/text_table.h"
#include "host/config/settings_json.h"
#include "host/engine/backend.h"
#include "host/engine/observers.h"
#include "host/error.h"
#include "host/results/results_file.h"

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
  for (const auto& [name, value] : run.columns)
    for (const std::string& swept : sweep.swept)
      if (name == swept && !value.empty())
        label += (label.empty() ? "" : ", ") + name + " " + value;
  return label;
}

std::vector<RunJob> make_jobs(const StoredSweep& sweep, const std::vector<size_t>& sample,
                              const std::filesystem::path& folder) {
  std::vector<RunJob> jobs;
  for (const size_t i : sample) {
    const RunResult& result = sweep.runs[i].result;
    jobs.push_back({i, result.id,
                    settings_from_json(Json::parse(sweep.runs[i].resolved_json), folder),
                    std::nullopt});
    if (!result.layer_sizes.empty()) jobs.back().settings.reward_factor = result.reward_factor;
  }
  return jobs;
}

void refuse_given_networks(const StoredSweep& sweep, const std::string& file) {
  for (const StoredRun& run : sweep.runs)
    if (Json::parse(run.resolved_json).contains("network"))
      throw InputError(file, "", "runs of a network that was trained for another file (simulate)",
                       "a file of edgesweep run; the same simulate command executes these again");
}

/// The dataset that the runs read must be the one that the file was made with.
void check_dataset(const StoredSweep& sweep, const std::vector<RunJob>& jobs, InputCache& inputs) {
  for (const RunJob& job : jobs) {
    const std::shared_ptr<const Dataset> dataset = inputs.dataset(job.settings.dataset);
    if (sweep.dataset_sha256.find(dataset->sha256) == std::string::npos)
      throw InputError(
          job.settings.dataset, "",
          "another dataset than the results' (SHA-256 " + dataset->sha256.substr(0, 12) + "...)",
          sweep.dataset_sha256.substr(0, 12) + "...");
  }
}

}  // namespace

int verify_command(const VerifyOptions& options) {
  end_on_interrupts();
  const std::optional<StoredSweep> sweep = read_results(options.file);
  if (!sweep) throw InputError(options.file, "", "no such file", "a results file");
  if (sweep->runs.empty()) throw InputError(options.file, "", "no finished run", "one at least");
  refuse_given_networks(*sweep, options.file);
  const std::string& config = options.config.empty() ? sweep->config_path : options.config;
  const std::vector<size_t> sample =
      spread(sweep->runs.size(), static_cast<size_t>(options.sample));
  const std::vector<RunJob> jobs =
      make_jobs(*sweep, sample, std::filesystem::path(config).parent_path());
  InputCache inputs;
  check_dataset(*sweep, jobs, inputs);
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
