#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "host/cli/commands.h"
#include "host/cli/interrupt.h"
#include "host/cli/progress.h"
#include "host/cli/terminal.h"
#include "host/error.h"
#include "host/results/result_table.h"
#include "host/session/run_label.h"
#include "host/session/session.h"
#include "host/sweep/expand.h"
#include "host/text.h"

namespace edgesweep {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<Progress::Run> progress_runs(const Sweep& sweep, const SweepPlan& plan,
                                         const std::vector<RunJob>& jobs) {
  std::vector<Progress::Run> runs;
  RunReader reader;
  for (size_t i = 0; i < sweep.runs.size(); ++i) {
    const RunPlan& run = plan.runs[i];
    const int64_t iterations = run.shape ? reader.read(sweep.runs[i]).dqn.iterations() : 0;
    runs.push_back({sweep.runs[i].id, run_label(sweep, sweep.runs[i]), iterations,
                    run.iteration_work, run.evaluations, run.evaluation_work, run.simulation_work});
  }
  for (const RunJob& job : jobs)
    if (!job.settings.has(Policy::dqn)) {
      Progress::Run& run = runs[job.run];
      run = {run.id, run.label, 0, 0, 0, 0, 0};
    }
  return runs;
}

void announce(const Sweep& sweep, const SweepPlan& plan, size_t jobs, const ChosenBackend& chosen) {
  if (json_messages()) {
    print_event({{"event", "begin"},
                 {"name", sweep.name},
                 {"runs", sweep.runs.size()},
                 {"to_do", jobs},
                 {"work_flop", plan.work},
                 {"backend", chosen.text()}});
    return;
  }
  const std::string work = plan.work > 0 ? ", " + with_prefix(plan.work, "FLOP") + " of work" : "";
  print_message(fmt::format("{}: {} runs ({} to do){}, on {}\n", sweep.name, sweep.runs.size(),
                            jobs, work, chosen.text()));
}

/// Tells people what a session does, and passes their signals to it.
class SessionReporter : public SessionObserver {
 public:
  SessionReporter(const Sweep& sweep, const ChosenBackend& chosen, std::string path, bool quiet)
      : sweep_(sweep), chosen_(chosen), path_(std::move(path)), quiet_(quiet) {}

  bool stop_requested() override { return interrupted(); }
  void on_checked() override { catch_interrupts(); }
  void on_waiting(const std::string& text) override { print_message(text + "\n"); }
  void on_earlier_results(const std::string& text) override {
    if (!quiet_) print_message(text);
  }
  void on_begin(const SessionStart& start) override {
    if (!quiet_) {
      announce(sweep_, start.plan, start.jobs.size(), chosen_);
      print_notes(start.notes);
    }
    progress_.emplace(progress_runs(sweep_, start.plan, start.jobs), start.finished, quiet_);
  }
  void on_search(const SearchProgress& search) override { progress_->search(search); }
  void on_start(size_t run, int64_t done) override { progress_->start(run, done); }
  void on_iteration(size_t run, int64_t iteration) override {
    progress_->iteration(run, iteration);
  }
  void on_evaluation(size_t run, const CurvePoint& point) override {
    progress_->evaluation(run, point);
  }
  void on_result(size_t run, const RunResult& result) override { progress_->end(run, result); }
  void on_saved(size_t run, const RunResult& result) override { progress_->saved(run, result); }
  void on_long_write() override { progress_->message("Writing " + path_ + " ..."); }

  /// The last line of progress; none after it.
  void end() {
    if (progress_) progress_->stop();
  }

 private:
  const Sweep& sweep_;
  const ChosenBackend& chosen_;
  const std::string path_;
  const bool quiet_;
  std::optional<Progress> progress_;  ///< from on_begin on
};

int report(const StoredSweep& sweep, const std::string& path, const RunOptions& options,
           Clock::time_point start) {
  size_t failed = 0;
  for (const StoredRun& run : sweep.runs) failed += run.result.status == RunStatus::failed;
  const bool stopped = interrupted() && static_cast<int64_t>(sweep.runs.size()) < sweep.total_runs;
  if (json_messages()) {
    print_event({{"event", "end"},
                 {"output", path},
                 {"runs", sweep.runs.size()},
                 {"total_runs", sweep.total_runs},
                 {"failed", failed},
                 {"interrupted", stopped}});
    return stopped ? kInterrupted : failed > 0 ? 1 : 0;
  }
  print_output("{}", render_text(make_result_table(sweep)));
  print_output("\n{} of {} runs in {} after {}{}.\n", sweep.runs.size(), sweep.total_runs, path,
               clock_text(std::chrono::duration<double>(Clock::now() - start).count()),
               failed > 0 ? fmt::format("; {} of them failed", failed) : "");
  if (stopped) {
    print_output("Interrupted; the same command{} resumes where it stopped.\n",
                 options.force ? " without --force" : "");
    return kInterrupted;
  }
  return failed > 0 ? 1 : 0;
}

std::string output_path(const RunOptions& options) {
  if (!options.output.empty()) return options.output;
  if (options.config == "-")
    throw InputError("", "-o", "nothing",
                     "a results file, as the config comes from standard input");
  return ("results" / std::filesystem::path(options.config).stem().concat(".h5")).string();
}

}  // namespace

int run_command(const RunOptions& options) {
  end_on_interrupts();
  return run_sweep(load_sweep(options.config, options.changes), options, nullptr);
}

int run_sweep(const Sweep& sweep, const RunOptions& options, const TrainingState* network) {
  const auto start = Clock::now();
  const ChosenBackend chosen = choose_backend(options.backend);
  SessionOptions session;
  session.output = output_path(options);
  session.checkpoint_seconds = options.checkpoint_seconds;
  session.memory = options.backend.memory;
  session.force = options.force;
  session.drop = options.drop;
  session.take_over = options.take_over;
  SessionReporter reporter(sweep, chosen, session.output, options.quiet);
  const std::optional<StoredSweep> stored =
      run_sweep(sweep, *chosen.backend, session, reporter, network);
  if (!stored) return kInterrupted;
  reporter.end();
  return report(*stored, session.output, options, start);
}

}  // namespace edgesweep
