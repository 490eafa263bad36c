#include <CLI/CLI.hpp>
#include <cmath>
#include <new>

#include "host/cli/commands.h"
#include "host/cli/terminal.h"
#include "host/data/hdf5_handle.h"
#include "host/error.h"

namespace edgesweep {
namespace {

constexpr int kBadInput = 2;

constexpr const char* kExamples = R"(
Examples:
  edgesweep run configs/quickstart.json              train, simulate, write results/quickstart.h5, show the table
  edgesweep run my.json -o out.h5 --set test.images=20000 --set 'rate=[0.1,0.2]'
  edgesweep plan my.json                             runs, networks, memory and work; runs nothing
  edgesweep show results/quickstart.h5 --csv         the table for other programs

Exit codes: 0 all runs done; 1 some failed, or the machine refused something; 2 bad input;
130 interrupted (the same command goes on where it stopped).)";

/// CLI11's own checks let "nan" and "inf" pass.
const CLI::Validator kFiniteSeconds(
    [](std::string& text) {
      double seconds = -1;
      const bool number = CLI::detail::lexical_cast(text, seconds);
      return number && std::isfinite(seconds) && seconds >= 0
                 ? std::string()
                 : "\"" + text + "\" is not a number of seconds, 0 or more";
    },
    "");

void add_changes(CLI::App* command, ConfigChanges& changes) {
  command
      ->add_option("--set", changes.overrides,
                   "Change a setting of the config: key=value, key with dots (dqn.width), value in "
                   "JSON; a list sweeps it. "
                   "May be given several times.")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--scale", changes.scale,
                   "A smaller size of everything, > 0 to 1: iterations of each training phase and "
                   "numbers of test and evaluation sequences, times this, at least 1")
      ->type_name("SIZE");
}

void add_backend(CLI::App* command, BackendOptions& options) {
  command
      ->add_option("--backend", options.name,
                   "auto (the GPU if there is one), cpu or cuda. Results do not depend on it")
      ->type_name("NAME");
  command
      ->add_option("--threads", options.threads,
                   "Threads; default: all this process may use. Results do not depend on it")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  command
      ->add_option("--isa", options.instruction_set,
                   "Instruction set, see `edgesweep devices`; default the best. Results do not "
                   "depend on it")
      ->type_name("NAME");
}

void add_memory(CLI::App* command, uint64_t& bytes) {
  command
      ->add_option("--memory", bytes,
                   "Memory to stay within, as 800MB or 2GB: fewer networks train at once; default "
                   "most of what is available")
      ->transform(CLI::AsSizeValue(true))
      ->type_name("SIZE");
}

/// What `run` and `simulate` share.
void add_execution(CLI::App* command, RunOptions& options) {
  command->add_option("CONFIG", options.config, "JSON config, see configs/schema.json")->required();
  add_changes(command, options.changes);
  add_backend(command, options.backend);
  add_memory(command, options.backend.memory);
  command->add_flag(
      "--fallback", options.backend.fallback,
      "When the GPU fails in mid-run, go on on the CPU from the last checkpoints; same bits");
  command
      ->add_option("--checkpoint-every", options.checkpoint_seconds,
                   "Seconds between two checkpoints of a run; default 60")
      ->check(kFiniteSeconds)
      ->type_name("SECONDS");
  command->add_flag("--force", options.force,
                    "Begin anew, also over a results file of another config");
  command->add_flag("--quiet", options.quiet, "No progress");
}

void add_run(CLI::App& app, RunOptions& options, int& exit_code) {
  CLI::App* run = app.add_subcommand(
      "run", "Train and simulate the runs of a config; goes on where it was interrupted");
  run->footer(R"(
Examples:
  edgesweep run configs/quickstart.json
  edgesweep run configs/quickstart.json -o /tmp/q.h5 --set seed=[1,2,3] --threads 4
  edgesweep run configs/paper/paper.json --scale 0.01
Ctrl-C writes checkpoints and ends with exit code 130; the same command continues and ends with the same bits.)");
  run->add_option("-o,--output", options.output,
                  "Results file; default results/<name of the config file>.h5")
      ->type_name("FILE.h5");
  add_execution(run, options);
  run->callback([&] { exit_code = run_command(options); });
}

void add_plan(CLI::App& app, PlanOptions& options, int& exit_code) {
  CLI::App* plan = app.add_subcommand(
      "plan", "Show the runs of a config, their networks, memory and work; runs nothing");
  plan->footer(
      "\nExample:\n  edgesweep plan configs/quickstart.json --set dqn.width=128\n"
      "  edgesweep plan configs/quickstart.json --device h100");
  plan->add_option("CONFIG", options.config, "JSON config, see configs/schema.json")->required();
  add_changes(plan, options.changes);
  plan->add_option("--threads", options.threads, "Threads to plan for")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  plan->add_option("--device", options.device,
                   "Also what a GPU would hold where: h100, a100, rtx4090, or auto for this "
                   "machine's")
      ->type_name("NAME");
  add_memory(plan, options.memory);
  plan->callback([&] { exit_code = plan_command(options); });
}

void add_show(CLI::App& app, ShowOptions& options, int& exit_code) {
  CLI::App* show = app.add_subcommand("show", "Print the result table of a results file");
  show->footer(
      "\nExamples:\n  edgesweep show results/quickstart.h5\n  edgesweep show results/quickstart.h5 "
      "--csv > table.csv\n"
      "  edgesweep show results/quickstart.h5 --csv --summary   over seeds: mean, interquartile "
      "mean, 95 % interval\n"
      "  edgesweep show results/paper.h5 --experiment figure_6");
  show->add_option("FILE", options.file, "Results file")->required()->type_name("FILE.h5");
  CLI::Option* csv = show->add_flag_callback(
      "--csv", [&] { options.form = ShowOptions::Form::csv; }, "As CSV");
  show->add_flag_callback(
          "--json", [&] { options.form = ShowOptions::Form::json; }, "As JSON")
      ->excludes(csv);
  show->add_flag("--summary", options.summary,
                 "With --csv: the summary over seeds instead of the runs")
      ->needs(csv);
  show->add_option("--experiment", options.experiment,
                   "Only the runs of this experiment of a config with includes, in its order")
      ->type_name("NAME");
  show->callback([&] { exit_code = show_command(options); });
}

void add_simulate(CLI::App& app, SimulateOptions& options, int& exit_code) {
  CLI::App* simulate = app.add_subcommand(
      "simulate", "Apply the trained network of a results file to the runs of any other config");
  simulate->footer(R"(
Examples:
  edgesweep simulate results/quickstart.h5 --run 3fa9 other.json -o other.h5
  edgesweep simulate results/quickstart.h5 --run 3fa9 configs/quickstart.json --set rate=0.1 --set depth=2 \
                     --set test.metric_sequence.spread=[0.1,0.5]
Every run of CONFIG must have the network's history, layers, width and token bucket. Nothing is trained; thresholds are
computed anew. Metrics are normalised as when the network was trained, also those of another dataset.)");
  simulate->add_option("FILE", options.results, "Results file of the trained network")
      ->required()
      ->type_name("FILE.h5");
  simulate
      ->add_option("--run", options.run, "The network's run: its id, or enough of its beginning")
      ->required()
      ->type_name("ID");
  simulate
      ->add_option("-o,--output", options.target.output,
                   "Results file; default results/<name of the config file>-<id of the run>.h5")
      ->type_name("OUT.h5");
  add_execution(simulate, options.target);
  simulate->callback([&] { exit_code = simulate_command(options); });
}

void add_verify(CLI::App& app, VerifyOptions& options, int& exit_code) {
  CLI::App* verify = app.add_subcommand(
      "verify", "Execute some runs of a results file again and compare every bit");
  verify->footer(
      "\nExamples:\n  edgesweep verify results/quickstart.h5\n"
      "  edgesweep verify results/quickstart.h5 --sample 0 --backend cuda   all runs, on the GPU\n"
      "Exit code 0: the bits are those of the file; 1: they are not.");
  verify->add_option("FILE", options.file, "Results file")->required()->type_name("FILE.h5");
  verify
      ->add_option("--sample", options.sample,
                   "Runs to execute again, spread over the file; 0: all")
      ->check(CLI::Range(0, 100000))
      ->type_name("N");
  verify->add_option("--config", options.config, "The file's config, if it was moved since")
      ->type_name("CONFIG.json");
  add_backend(verify, options.backend);
  verify->callback([&] { exit_code = verify_command(options); });
}

void add_prepare(CLI::App& app, PrepareOptions& options, int& exit_code) {
  CLI::App* prepare = app.add_subcommand(
      "prepare", "Make a dataset of the outputs of a weak and a strong classifier of your own");
  prepare->footer(R"(
LOGITS holds, as .npz or HDF5 (their names in the reference's files in brackets):
  weak_logits (wlogit)    images x classes
  label (gt)              true class of each image, from 0
  strong_rank (srank)     rank of the true class in the strong classifier's output, from 1, or strong_logits (slogit)
  weak_rank (wrank)       optional; default: from weak_logits
  weak_cost, strong_cost  with --cost own: what each image costs, instead of ranks
  split                   optional: fold of each image
HDF5 logits are read in blocks and may be larger than memory.

Examples:
  edgesweep prepare logits.npz -o dataset.h5
  edgesweep prepare logits.h5 -o fold_2.h5 --cost top1 --folds 3 --fold 2
  edgesweep run my.json --set 'dataset="dataset.h5"'   a relative path starts at the folder of my.json)");
  prepare->add_option("LOGITS", options.logits, "Logits, labels and ranks of both classifiers")
      ->required();
  prepare->add_option("-o,--output", options.output, "Dataset to write")
      ->required()
      ->type_name("DATASET.h5");
  prepare
      ->add_option("--cost", options.cost,
                   "top1 or top5: 1 where the true class is not among the first 1 or 5; rank10: "
                   "its rank, at most 10; own: weak_cost and strong_cost of the file; default top5")
      ->type_name("NAME");
  prepare
      ->add_option("--folds", options.folds,
                   "Without split: image i belongs to fold i mod N; default 3")
      ->check(CLI::Range(2, 1000000))
      ->type_name("N");
  prepare
      ->add_option("--fold", options.fold,
                   "The fold whose images are the test images, the others are for training; "
                   "default 0")
      ->check(CLI::NonNegativeNumber)
      ->type_name("K");
  prepare
      ->add_option("--threads", options.threads,
                   "Threads; default: all this process may use. The dataset does not depend on it")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  prepare->add_flag("--force", options.force, "Overwrite DATASET.h5 if it is there");
  prepare->callback([&] { exit_code = prepare_command(options); });
}

void add_compare(CLI::App& app, CompareOptions& options, int& exit_code) {
  CLI::App* compare = app.add_subcommand(
      "compare", "Published losses beside those of a results file, figure by figure");
  compare->footer(
      "\nExamples:\n  edgesweep compare results/figure_6.h5\n"
      "  edgesweep compare results/figure_6.h5 --figure 6 --csv > points.csv   every point\n"
      "  edgesweep compare results/figure_6.h5 my/published --dry-run\n"
      "Every CSV file of the folder that has the layout of experiments/published/fig6.csv is taken "
      "in. Without --dry-run the results\nfile gets the tables /comparison and "
      "/comparison_summary.");
  compare->add_option("FILE", options.file, "Results file")->required()->type_name("FILE.h5");
  compare->add_option("FOLDER", options.folder, "Published losses; default experiments/published");
  compare->add_option("--figure", options.figures, "Only this figure. May be given several times")
      ->type_name("NAME")
      ->allow_extra_args(false);
  compare
      ->add_option("--weak-losses", options.weak_losses,
                   "Weak loss of each published sequence; default "
                   "FOLDER/../datasets/sequence_weak_loss.csv")
      ->type_name("FILE.csv");
  CLI::Option* csv = compare->add_flag_callback(
      "--csv", [&] { options.form = CompareOptions::Form::csv; }, "Every point as CSV");
  compare
      ->add_flag_callback(
          "--json", [&] { options.form = CompareOptions::Form::json; }, "Everything as JSON")
      ->excludes(csv);
  compare
      ->add_flag("--summary", options.summary,
                 "With --csv: a line a figure and curve instead of one a point")
      ->needs(csv);
  compare->add_flag("--dry-run", options.dry_run, "Write nothing into the results file");
  compare->callback([&] { exit_code = compare_command(options); });
}

void add_latency(CLI::App& app, LatencyOptions& options, int& exit_code) {
  CLI::App* latency = app.add_subcommand(
      "latency", "How long one decision of a stored DQN takes on this processor, on one thread");
  latency->footer(
      "\nExample:\n  edgesweep latency results/quickstart.h5 --run 0123456789ab\n"
      "The file needs stored weights: edgesweep run CONFIG.json --set store.weights=true");
  latency->add_option("FILE", options.file, "Results file")->required()->type_name("FILE.h5");
  latency
      ->add_option("--run", options.run,
                   "Run to take the network of; default the first that has one")
      ->type_name("ID");
  latency->add_option("--decisions", options.decisions, "Decisions to measure; default 100000")
      ->check(CLI::Range(1, 100'000'000))
      ->type_name("N");
  latency->add_flag("--json", options.json, "As JSON");
  latency->callback([&] { exit_code = latency_command(options); });
}

int main_with_exceptions(int argc, char** argv) {
  CLI::App app{"edgesweep: batch experiments on adaptive edge offloading under a token bucket"};
  app.set_version_flag("--version", std::string("edgesweep ") + EDGESWEEP_VERSION);
  app.footer(kExamples);
  app.require_subcommand(1);
  int exit_code = 0;
  RunOptions run;
  PlanOptions plan;
  ShowOptions show;
  VerifyOptions verify;
  PrepareOptions prepare;
  SimulateOptions simulate;
  CompareOptions compare;
  LatencyOptions latency;
  add_run(app, run, exit_code);
  add_plan(app, plan, exit_code);
  add_show(app, show, exit_code);
  add_verify(app, verify, exit_code);
  add_prepare(app, prepare, exit_code);
  add_simulate(app, simulate, exit_code);
  add_compare(app, compare, exit_code);
  add_latency(app, latency, exit_code);
  app.add_subcommand("devices", "Show what this machine offers")->callback([&] {
    exit_code = devices_command();
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadInput;
  }
  return exit_code;
}

}  // namespace
}  // namespace edgesweep

int main(int argc, char** argv) {
  try {
    edgesweep::keep_hdf5_quiet_at_exit();
    edgesweep::open_standard_files();
    const int exit_code = edgesweep::main_with_exceptions(argc, argv);
    return edgesweep::output_complete() || exit_code != 0 ? exit_code : 1;
  } catch (const edgesweep::InputError& error) {
    edgesweep::tell(std::string("edgesweep: ") + error.what() + "\n");
    return edgesweep::kBadInput;
  } catch (const std::bad_alloc&) {
    edgesweep::tell("edgesweep: not enough memory; `edgesweep plan` tells what a config needs\n");
    return 1;
  } catch (const std::exception& error) {
    edgesweep::tell(std::string("edgesweep: ") + error.what() + "\n");
    return 1;
  }
}
