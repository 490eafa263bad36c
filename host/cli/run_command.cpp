#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>

#include "host/cli/commands.h"
#include "host/cli/earlier_results.h"
#include "host/cli/interrupt.h"
#include "host/cli/progress.h"
#include "host/cli/recorder.h"
#include "host/cli/reward_factors.h"
#include "host/cli/run_label.h"
#include "host/cli/run_sweep.h"
#include "host/cli/sweep_inputs.h"
#include "host/cli/sweep_jobs.h"
#include "host/cli/terminal.h"
#include "host/cli/units.h"
#include "host/engine/fleet/search.h"
#include "host/engine/plan/machine.h"
#include "host/engine/plan/sweep_plan.h"
#include "host/engine/problem/resolve.h"
#include "host/engine/run/backend.h"
#include "host/error.h"
#include "host/results/atomic_file.h"
#include "host/results/checkpoint.h"
#include "host/results/finished_runs.h"
#include "host/results/ownership/ownership.h"
#include "host/results/result_table.h"
#include "host/results/search_checkpoint.h"
#include "host/sweep/expand.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Passes what the backend reports to progress, checkpoints and the results file.
class RunReporter : public RunObserver {
 public:
  RunReporter(const std::vector<RunSpec>& runs, const EarlierResults& earlier,
              std::vector<CheckpointOwner> owners, const Backend& backend, Progress& progress,
              Recorder& recorder, const Ownership& ownership, std::string checkpoints,
              double checkpoint_seconds)
      : runs_(runs),
        earlier_(earlier),
        owners_(std::move(owners)),
        backend_(backend),
        progress_(progress),
        recorder_(recorder),
        ownership_(ownership),
        checkpoints_(std::move(checkpoints)),
        checkpoint_seconds_(checkpoint_seconds),
        last_checkpoint_(runs.size(), Clock::now()) {}

  void on_start(size_t run, int64_t, int64_t done) override {
    last_checkpoint_[run] = Clock::now();
    progress_.start(run, done);
  }
  void on_iteration(size_t run, int64_t iteration) override { progress_.iteration(run, iteration); }
  void on_evaluation(size_t run, const CurvePoint& point) override {
    progress_.evaluation(run, point);
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
    progress_.end(run, result);
    recorder_.set_backend(backend_.name(), backend_.device());
    recorder_.add(run, stored_run(runs_[run], std::move(result)));
  }
  void on_search(const SearchProgress& search) override { progress_.search(search); }
  std::optional<SavedSearch> saved_search(const std::string& key) override {
    return read_search(checkpoints_, key);
  }
  void on_search_pass(const std::string& key, const SavedSearch& search) override {
    write_search(checkpoints_, key, search);
  }
  bool stop_requested() override {
    return interrupted() || recorder_.failed() || ownership_.lost();
  }

 private:
  const std::vector<RunSpec>& runs_;
  const EarlierResults& earlier_;
  const std::vector<CheckpointOwner> owners_;
  const Backend& backend_;
  Progress& progress_;
  Recorder& recorder_;
  const Ownership& ownership_;
  const std::string checkpoints_;
  const double checkpoint_seconds_;
  std::vector<Clock::time_point> last_checkpoint_;
};

std::string output_path(const RunOptions& options, const Sweep& sweep) {
  if (options.output.empty())
    return without_link(("results" / fs::path(options.config).stem().concat(".h5")).string());
  std::set<std::string> read(sweep.config_files.begin(), sweep.config_files.end());
  RunReader reader;
  for (const RunSpec& spec : sweep.runs)
    for (const InputFileName& file : input_files(reader.read(spec))) read.insert(*file.path);
  std::error_code none;
  for (const std::string& file : read)
    if (fs::equivalent(file, options.output, none))
      throw InputError("", "--output", "\"" + options.output + "\", a file that the sweep reads",
                       "another file");
  return without_link(options.output);
}

void make_folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) throw SystemError(folder.string() + ": cannot make this folder: " + error.message());
}

/// Null when Ctrl-C ended the waiting for an owner elsewhere.
std::unique_ptr<Ownership> own(const std::string& path, const RunOptions& options) {
  OwnershipOptions ask;
  ask.take_over = options.take_over;
  ask.wait = true;
  ask.stop = [] { return interrupted(); };
  ask.tell = [](const std::string& text) { tell(text + "\n"); };
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

std::vector<Progress::Run> progress_runs(const Sweep& sweep, const SweepPlan& plan,
                                         const std::vector<RunJob>& jobs) {
  std::vector<Progress::Run> runs;
  RunReader reader;
  for (size_t i = 0; i < sweep.runs.size(); ++i) {
    const RunPlan& run = plan.runs[i];
    const int64_t iterations = run.shape ? reader.read(sweep.runs[i]).dqn.iterations() : 0;
    runs.push_back({run_label(sweep, sweep.runs[i]), iterations, run.iteration_work,
                    run.evaluations, run.evaluation_work, run.simulation_work});
  }
  for (const RunJob& job : jobs)
    if (!job.settings.has(Policy::dqn)) runs[job.run] = {runs[job.run].label, 0, 0, 0, 0, 0};
  return runs;
}

int report(const StoredSweep& sweep, const std::string& path, const RunOptions& options,
           Clock::time_point start) {
  print_output("{}", render_text(make_result_table(sweep)));
  size_t failed = 0;
  for (const StoredRun& run : sweep.runs) failed += run.result.status == RunStatus::failed;
  print_output("\n{} of {} runs in {} after {}{}.\n", sweep.runs.size(), sweep.total_runs, path,
               clock_text(std::chrono::duration<double>(Clock::now() - start).count()),
               failed > 0 ? fmt::format("; {} of them failed", failed) : "");
  if (interrupted() && static_cast<int64_t>(sweep.runs.size()) < sweep.total_runs) {
    print_output("Interrupted; the same command{} resumes where it stopped.\n",
                 options.force ? " without --force" : "");
    return kInterrupted;
  }
  return failed > 0 ? 1 : 0;
}

void announce(const Sweep& sweep, const SweepPlan& plan, size_t jobs, const ChosenBackend& chosen) {
  const std::string work = plan.work > 0 ? ", " + with_prefix(plan.work, "FLOP") + " of work" : "";
  tell(fmt::format("{}: {} runs ({} to do){}, on {}\n", sweep.name, sweep.runs.size(), jobs, work,
                   chosen.text()));
}

std::vector<CheckpointOwner> checkpoint_owners(const Sweep& sweep, InputHashes& hashes) {
  std::vector<CheckpointOwner> owners;
  for (const RunSpec& spec : sweep.runs) owners.push_back({spec.id, hashes.of_run(spec)});
  return owners;
}

}  // namespace

int run_command(const RunOptions& options) {
  end_on_interrupts();
  return run_sweep(load_sweep(options.config, options.changes), options, nullptr);
}

int run_sweep(const Sweep& sweep, const RunOptions& options, const TrainingState* network) {
  const auto start = Clock::now();
  const ChosenBackend chosen = choose_backend(options.backend);
  Backend* const backend = chosen.backend.get();
  const SweepPlan plan = make_plan(sweep.runs.size(), settings_of(sweep), 1);
  check_memory(sweep, plan);
  check_memory_limit(plan, options.backend.memory);
  InputCache inputs;
  check_inputs(sweep, inputs);
  StoredSweep fresh = stored_sweep(sweep);
  InputHashes hashes(inputs);
  hashes.describe(sweep, fresh);
  fresh.version = EDGESWEEP_VERSION;
  fresh.backend = backend->name();
  fresh.device = backend->device();

  const std::string path = output_path(options, sweep);
  make_folder_of(path);
  catch_interrupts();
  const std::unique_ptr<Ownership> ownership = own(path, options);
  if (!ownership) return kInterrupted;
  if (options.force) forget_earlier_results(path);
  EarlierResults earlier;
  if (options.force)
    earlier.sweep = std::move(fresh);
  else
    earlier = earlier_results(path, sweep, std::move(fresh), options.drop);
  if (!options.quiet) tell(earlier.message);
  remove_stale_checkpoints(path, earlier);
  const std::vector<bool> finished = finished_runs(sweep, earlier.sweep);
  std::vector<RunJob> jobs = make_jobs(sweep, plan, earlier, path, hashes, network);
  const std::vector<std::string> notes = keep_reward_factors(sweep, earlier, jobs, inputs);
  if (jobs.empty()) remove_searches(checkpoint_folder(path));
  if (jobs.empty() && earlier.complete) {
    remove_earlier_runs(checkpoint_folder(path));
    return report(earlier.sweep, path, options, start);
  }

  if (!options.quiet) {
    announce(sweep, plan, jobs.size(), chosen);
    tell_notes(notes);
    tell_notes(reward_size_notes(sweep, inputs));
  }
  Progress progress(progress_runs(sweep, plan, jobs), finished, options.quiet);
  keep_parts(path, sweep, earlier);
  Recorder recorder(path, std::move(earlier.sweep), sweep.runs,
                    [&](size_t run, const RunResult& result) { progress.saved(run, result); });
  RunReporter reporter(sweep.runs, earlier, checkpoint_owners(sweep, hashes), *backend, progress,
                       recorder, *ownership, checkpoint_folder(path), options.checkpoint_seconds);
  backend->execute(jobs, inputs, reporter);
  const StoredSweep stored = recorder.finish([&] { progress.message("Writing " + path + " ..."); });
  progress.stop();
  ownership->require();  // where it was lost, nothing may have been left to write
  if (static_cast<int64_t>(stored.runs.size()) == stored.total_runs) {
    remove_searches(checkpoint_folder(path));
    remove_earlier_runs(checkpoint_folder(path));
  }
  return report(stored, path, options, start);
}

}  // namespace edgesweep
