#include "host/session/session.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>

#include "host/engine/plan/machine.h"
#include "host/engine/problem/resolve.h"
#include "host/error.h"
#include "host/results/atomic_file.h"
#include "host/results/checkpoint.h"
#include "host/results/finished_runs.h"
#include "host/results/ownership/ownership.h"
#include "host/results/search_checkpoint.h"
#include "host/session/earlier_results.h"
#include "host/session/recorder.h"
#include "host/session/run_label.h"
#include "host/session/sweep_inputs.h"
#include "host/session/sweep_jobs.h"
#include "host/sweep/expand.h"
#include "host/text.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Passes what the backend reports to the observer, checkpoints and the results file.
class RunReporter : public RunObserver {
 public:
  RunReporter(const std::vector<RunSpec>& runs, const EarlierResults& earlier,
              std::vector<CheckpointOwner> owners, const Backend& backend,
              SessionObserver& observer, Recorder& recorder, const Ownership& ownership,
              std::string checkpoints, double checkpoint_seconds)
      : runs_(runs),
        earlier_(earlier),
        owners_(std::move(owners)),
        backend_(backend),
        observer_(observer),
        recorder_(recorder),
        ownership_(ownership),
        checkpoints_(std::move(checkpoints)),
        checkpoint_seconds_(checkpoint_seconds),
        last_checkpoint_(runs.size(), Clock::now()) {}

  void on_start(size_t run, int64_t, int64_t done) override {
    last_checkpoint_[run] = Clock::now();
    observer_.on_start(run, done);
  }
  void on_iteration(size_t run, int64_t iteration) override {
    observer_.on_iteration(run, iteration);
  }
  void on_evaluation(size_t run, const CurvePoint& point) override {
    observer_.on_evaluation(run, point);
  }
  // Only the thread that trains a run asks for its checkpoints, so its time needs no lock.
  bool wants_checkpoint(size_t run) override {
    return std::chrono::duration<double>(Clock::now() - last_checkpoint_[run]).count() >=
           checkpoint_seconds_;
  }
  void on_checkpoint(size_t run, const TrainingState& state) override {
    write_checkpoint(checkpoints_, owners_[run], state);
    last_checkpoint_[run] = Clock::now();
  }
  void on_finished(size_t run, RunResult result) override {
    result = whole_result(runs_[run], earlier_.parts_of(run), std::move(result));
    observer_.on_result(run, result);
    recorder_.set_backend(backend_.name(), backend_.device());
    recorder_.add(run, stored_run(runs_[run], std::move(result)));
  }
  void on_search(const SearchProgress& search) override { observer_.on_search(search); }
  std::optional<SavedSearch> saved_search(const std::string& key) override {
    return read_search(checkpoints_, key);
  }
  void on_search_pass(const std::string& key, const SavedSearch& search) override {
    write_search(checkpoints_, key, search);
  }
  bool stop_requested() override {
    return observer_.stop_requested() || recorder_.failed() || ownership_.lost();
  }

 private:
  const std::vector<RunSpec>& runs_;
  const EarlierResults& earlier_;
  const std::vector<CheckpointOwner> owners_;
  const Backend& backend_;
  SessionObserver& observer_;
  Recorder& recorder_;
  const Ownership& ownership_;
  const std::string checkpoints_;
  const double checkpoint_seconds_;
  std::vector<Clock::time_point> last_checkpoint_;
};

/// The file that is written. It must not be one that the sweep reads.
std::string checked_output(const std::string& output, const Sweep& sweep) {
  std::set<std::string> read(sweep.config_files.begin(), sweep.config_files.end());
  RunReader reader;
  for (const RunSpec& spec : sweep.runs)
    for (const InputFileName& file : input_files(reader.read(spec))) read.insert(*file.path);
  std::error_code none;
  for (const std::string& file : read)
    if (fs::equivalent(file, output, none))
      throw InputError("", "--output", "\"" + output + "\", a file that the sweep reads",
                       "another file");
  return without_link(output);
}

void make_folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) throw SystemError(folder.string() + ": cannot make this folder: " + error.message());
}

/// Null when a stop ended the waiting for an owner elsewhere.
std::unique_ptr<Ownership> own(const std::string& path, const SessionOptions& options,
                               SessionObserver& observer) {
  OwnershipOptions ask;
  ask.take_over = options.take_over;
  ask.wait = true;
  ask.stop = [&] { return observer.stop_requested(); };
  ask.tell = [&](const std::string& text) { observer.on_waiting(text); };
  return Ownership::take(path, ask);
}

/// Refused before any work: a network, or a whole sequence, that this machine could never hold.
void check_memory(const Sweep& sweep, const SweepPlan& plan) {
  const double physical = physical_memory_bytes();
  for (size_t i = 0; i < plan.runs.size(); ++i) {
    if (plan.runs[i].memory_bytes() > physical)
      throw InputError(
          sweep.config_path, "run " + run_label(sweep, sweep.runs[i]),
          "a network that takes " + with_prefix(plan.runs[i].memory_bytes(), "B") + " to train",
          "up to this machine's memory of " + with_prefix(physical, "B") +
              "; a smaller depth, batch or number of mini-batches needs less");
    if (plan.runs[i].simulation_bytes > physical)
      throw InputError(sweep.config_path, "run " + run_label(sweep, sweep.runs[i]),
                       "a clairvoyant policy that takes " +
                           with_prefix(plan.runs[i].simulation_bytes, "B") + " in every thread",
                       "up to this machine's memory of " + with_prefix(physical, "B") +
                           "; a smaller depth or fewer test images need less");
  }
}

/// Refused too: a limit that one thread at work would break.
void check_memory_limit(const SweepPlan& plan, uint64_t limit) {
  if (limit == 0 || plan.memory_bytes <= static_cast<double>(limit)) return;
  throw InputError("", "--memory", with_prefix(static_cast<double>(limit), "B"),
                   "at least " + with_prefix(plan.memory_bytes, "B") +
                       ", which this sweep takes with one thread at work");
}

std::vector<CheckpointOwner> checkpoint_owners(const Sweep& sweep, InputHashes& hashes) {
  std::vector<CheckpointOwner> owners;
  for (const RunSpec& spec : sweep.runs) owners.push_back({spec.id, hashes.of_run(spec)});
  return owners;
}

/// The sweep as it is stored, without runs.
StoredSweep described(const Sweep& sweep, const Backend& backend, InputHashes& hashes) {
  StoredSweep stored = stored_sweep(sweep);
  hashes.describe(sweep, stored);
  stored.version = EDGESWEEP_VERSION;
  stored.backend = backend.name();
  stored.device = backend.device();
  return stored;
}

EarlierResults take_earlier(const std::string& path, const Sweep& sweep, StoredSweep fresh,
                            const SessionOptions& options) {
  if (!options.force) return earlier_results(path, sweep, std::move(fresh), options.drop);
  forget_earlier_results(path);
  EarlierResults none;
  none.sweep = std::move(fresh);
  return none;
}

}  // namespace

std::optional<StoredSweep> run_sweep(const Sweep& sweep, Backend& backend,
                                     const SessionOptions& options, SessionObserver& observer,
                                     const TrainingState* network) {
  const SweepPlan plan = make_plan(sweep.runs.size(), settings_of(sweep), 1);
  check_memory(sweep, plan);
  check_memory_limit(plan, options.memory);
  InputCache inputs;
  check_inputs(sweep, inputs);
  InputHashes hashes(inputs);
  StoredSweep fresh = described(sweep, backend, hashes);
  const std::string path = checked_output(options.output, sweep);
  const std::string checkpoints = checkpoint_folder(path);
  observer.on_checked();

  make_folder_of(path);
  const std::unique_ptr<Ownership> ownership = own(path, options, observer);
  if (!ownership) return std::nullopt;
  EarlierResults earlier = take_earlier(path, sweep, std::move(fresh), options);
  if (!earlier.message.empty()) observer.on_earlier_results(earlier.message);
  remove_stale_checkpoints(path, earlier);
  const std::vector<bool> finished = finished_runs(sweep, earlier.sweep);
  std::vector<RunJob> jobs = make_jobs(sweep, plan, earlier, path, hashes, network);
  std::vector<std::string> notes = keep_reward_factors(sweep, earlier, jobs, inputs);
  if (jobs.empty()) remove_searches(checkpoints);
  if (jobs.empty() && earlier.complete) {
    remove_earlier_runs(checkpoints);
    return std::move(earlier.sweep);
  }

  for (std::string& note : reward_size_notes(sweep, inputs)) notes.push_back(std::move(note));
  observer.on_begin({plan, finished, jobs, notes});
  keep_parts(path, sweep, earlier);
  Recorder recorder(path, std::move(earlier.sweep), sweep.runs,
                    [&](size_t run, const RunResult& result) { observer.on_saved(run, result); });
  RunReporter reporter(sweep.runs, earlier, checkpoint_owners(sweep, hashes), backend, observer,
                       recorder, *ownership, checkpoints, options.checkpoint_seconds);
  backend.execute(jobs, inputs, reporter);
  StoredSweep stored = recorder.finish([&] { observer.on_long_write(); });
  ownership->require();  // where it was lost, nothing may have been left to write
  if (static_cast<int64_t>(stored.runs.size()) == stored.total_runs) {
    remove_searches(checkpoints);
    remove_earlier_runs(checkpoints);
  }
  return stored;
}

}  // namespace edgesweep
