#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>

#include "host/cli/commands.h"
#include "host/cli/interrupt.h"
#include "host/cli/progress.h"
#include "host/cli/recorder.h"
#include "host/cli/run_label.h"
#include "host/cli/units.h"
#include "host/engine/backend.h"
#include "host/engine/plan.h"
#include "host/error.h"
#include "host/results/atomic_file.h"
#include "host/results/checkpoint.h"
#include "host/results/file_lock.h"
#include "host/results/result_table.h"
#include "host/sweep/expand.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Passes what the backend reports to progress, checkpoints and the results file.
class RunReporter : public RunObserver {
 public:
  RunReporter(const std::vector<RunSpec>& runs, Progress& progress, Recorder& recorder,
              std::string checkpoints, double checkpoint_seconds)
      : runs_(runs),
        progress_(progress),
        recorder_(recorder),
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
    write_checkpoint(checkpoints_, runs_[run].id, state);
    last_checkpoint_[run] = Clock::now();
  }
  void on_finished(size_t run, RunResult result) override {
    progress_.finish(run, result);
    recorder_.add(runs_[run], std::move(result));
  }
  bool stop_requested() override { return interrupted() || recorder_.failed(); }

 private:
  const std::vector<RunSpec>& runs_;
  Progress& progress_;
  Recorder& recorder_;
  const std::string checkpoints_;
  const double checkpoint_seconds_;
  std::vector<Clock::time_point> last_checkpoint_;
};

std::string output_path(const RunOptions& options) {
  if (!options.output.empty()) return options.output;
  return (fs::path("results") / fs::path(options.config).stem()).string() + ".h5";
}

void make_folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) throw SystemError(folder.string() + ": cannot make this folder: " + error.message());
}

/// What the file holds already, if it belongs to this sweep.
StoredSweep earlier_results(const std::string& path, const Sweep& sweep,
                            const std::string& dataset_sha256, bool force) {
  StoredSweep fresh = stored_sweep(sweep);
  fresh.dataset_sha256 = dataset_sha256;
  if (force) {
    std::error_code ignored;
    fs::remove_all(checkpoint_folder(path), ignored);
    return fresh;
  }
  const std::optional<StoredSweep> stored = read_results(path);
  if (!stored) return fresh;
  if (stored->resolved_json != sweep.resolved_json)
    throw InputError(
        path, "",
        "the results of another config (" + stored->name + ", " + stored->config_path + ")",
        "the same config, another file with -o, or --force to overwrite it");
  if (stored->dataset_sha256 != dataset_sha256)
    throw InputError(
        path, "",
        "results on another dataset (SHA-256 " + stored->dataset_sha256.substr(0, 12) + "...)",
        "the same dataset (" + dataset_sha256.substr(0, 12) +
            "...), another file with -o, or --force");
  fresh.runs = stored->runs;
  return fresh;
}

/// The dataset of the sweep's first run names the file's dataset; sweeps over datasets hash all of
/// them together.
std::string check_inputs(const Sweep& sweep, InputCache& inputs) {
  std::string hashes;
  std::string last;
  for (const RunSpec& spec : sweep.runs) {
    try {
      check_run_inputs(spec.settings, inputs);
    } catch (const InputError& error) {
      if (!error.names_file())
        throw InputError(sweep.config_path,
                         "run " + run_label(spec, sweep.swept) + ": " + error.what(), "", "");
      throw;
    }
    const std::string& hash = inputs.dataset(spec.settings.dataset)->sha256;
    if (hash != last) hashes += (hashes.empty() ? "" : " ") + hash;
    last = hash;
  }
  return hashes;
}

/// Refused before any work: a network that this machine could never hold.
void check_memory(const Sweep& sweep, const SweepPlan& plan) {
  const double physical = physical_memory_bytes();
  for (size_t i = 0; i < plan.runs.size(); ++i)
    if (plan.runs[i].memory_bytes() > physical)
      throw InputError(
          sweep.config_path, "run " + run_label(sweep.runs[i], sweep.swept),
          "a network that takes " + with_prefix(plan.runs[i].memory_bytes(), "B") + " to train",
          "up to this machine's memory of " + with_prefix(physical, "B") +
              "; a smaller depth, batch or number of mini-batches needs less");
}

std::vector<RunJob> make_jobs(const Sweep& sweep, const SweepPlan& plan,
                              const std::vector<bool>& finished, const std::string& checkpoints) {
  std::vector<RunJob> jobs;
  for (const size_t run : plan.order) {
    if (finished[run]) continue;
    const RunSpec& spec = sweep.runs[run];
    RunJob job{run, spec.id, spec.settings, std::nullopt};
    if (plan.runs[run].shape)
      job.resume = read_checkpoint(checkpoints, spec.id, plan.runs[run].shape->parameters());
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::vector<Progress::Run> progress_runs(const Sweep& sweep, const SweepPlan& plan) {
  std::vector<Progress::Run> runs;
  for (size_t i = 0; i < sweep.runs.size(); ++i) {
    const RunPlan& run = plan.runs[i];
    const int64_t iterations = run.shape ? sweep.runs[i].settings.dqn.iterations() : 0;
    const double other = run.training_work - run.iteration_work * static_cast<double>(iterations) +
                         run.simulation_work;
    runs.push_back({run_label(sweep.runs[i], sweep.swept), run.iteration_work, other, iterations});
  }
  return runs;
}

int report(const StoredSweep& sweep, const std::string& path, double seconds) {
  fmt::print("{}", render_text(make_result_table(sweep)));
  size_t failed = 0;
  for (const StoredRun& run : sweep.runs) failed += run.result.status == RunStatus::failed;
  fmt::print("\n{} of {} runs in {} after {}.\n", sweep.runs.size(), sweep.total_runs, path,
             clock_text(seconds));
  if (interrupted() && static_cast<int64_t>(sweep.runs.size()) < sweep.total_runs) {
    fmt::print("Interrupted; the same command goes on where it stopped.\n");
    return 130;
  }
  return failed > 0 ? 1 : 0;
}

std::vector<RunSettings> settings_of(const Sweep& sweep) {
  std::vector<RunSettings> settings;
  for (const RunSpec& spec : sweep.runs) settings.push_back(spec.settings);
  return settings;
}

}  // namespace

int run_command(const RunOptions& options) {
  const auto start = Clock::now();
  const Sweep sweep = load_sweep(options.config, options.overrides);
  const ChosenBackend chosen = choose_backend(options.backend);
  Backend* const backend = chosen.backend.get();
  const SweepPlan plan = make_plan(settings_of(sweep), 1);
  check_memory(sweep, plan);
  InputCache inputs;
  const std::string dataset_sha256 = check_inputs(sweep, inputs);

  const std::string path = output_path(options);
  make_folder_of(path);
  const FileLock lock(path);
  catch_interrupts();
  StoredSweep stored = earlier_results(path, sweep, dataset_sha256, options.force);
  stored.version = EDGESWEEP_VERSION;
  stored.backend = backend->name();
  stored.device = backend->device();

  std::vector<bool> finished(sweep.runs.size());
  for (size_t i = 0; i < sweep.runs.size(); ++i)
    for (const StoredRun& run : stored.runs)
      if (run.result.id == sweep.runs[i].id) finished[i] = true;
  const std::vector<RunJob> jobs = make_jobs(sweep, plan, finished, checkpoint_folder(path));
  if (jobs.empty())
    return report(stored, path, std::chrono::duration<double>(Clock::now() - start).count());

  if (!options.quiet)
    fmt::print(stderr, "{}: {} runs ({} to do), {} of work, on {}\n", sweep.name, sweep.runs.size(),
               jobs.size(), with_prefix(plan.work, "FLOP"), chosen.text());
  Recorder recorder(path, std::move(stored), sweep.runs);
  {
    Progress progress(progress_runs(sweep, plan), finished, options.quiet);
    RunReporter reporter(sweep.runs, progress, recorder, checkpoint_folder(path),
                         options.checkpoint_seconds);
    backend->execute(jobs, inputs, reporter);
  }
  return report(recorder.finish(), path,
                std::chrono::duration<double>(Clock::now() - start).count());
}

}  // namespace edgesweep
