#include <CLI/CLI.hpp>

#include "host/cli/command_options.h"

namespace edgesweep {

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

void add_verify(CLI::App& app, VerifyOptions& options, int& exit_code) {
  CLI::App* verify = app.add_subcommand(
      "verify", "Execute some runs of a results file again and compare every bit");
  verify->footer(
      "\nExamples:\n  edgesweep verify results/quickstart.h5\n"
      "  edgesweep verify results/quickstart.h5 --sample 0 --backend cuda   all runs, on the GPU\n"
      "  edgesweep verify moved/q.h5 --config moved/quickstart.json --set seed=[1,2]   made with "
      "this --set\n"
      "Datasets and replays are looked for from the folder of the config and from those of the "
      "results file and above it.\n"
      "Exit code 0: the bits are those of the file; 1: they are not.");
  verify->add_option("FILE", options.file, "Results file")->required()->type_name("FILE.h5");
  verify
      ->add_option("--sample", options.sample,
                   "Runs to execute again, spread over the file; 0: all")
      ->check(CLI::Range(0, 100000))
      ->type_name("N");
  verify
      ->add_option("--config", options.config,
                   "The file's config where it lies now: it is compared with the file, and the "
                   "files that runs read are looked for from its folder first")
      ->type_name("CONFIG.json");
  add_changes(verify, options.changes);
  add_backend(verify, options.backend);
  verify->callback([&] { exit_code = verify_command(options); });
}

void add_compare(CLI::App& app, CompareOptions& options, int& exit_code) {
  CLI::App* compare = app.add_subcommand(
      "compare", "Published losses next to those of a results file, figure by figure");
  compare->footer(
      "\nExamples:\n  edgesweep compare results/figure_6.h5\n"
      "  edgesweep compare results/figure_6.h5 --figure 6 --csv > points.csv   every point\n"
      "  edgesweep compare results/mine.h5 mine.csv --dry-run\n"
      "A table is a CSV file. A row is a point: settings by which its runs are found "
      "(rate, metric_sequence.spread, ...; an empty field\nstates nothing; prefer:NAME counts only "
      "if any run has it), and for each policy <policy>_loss, at the level of our losses, and\n"
      "<policy>_tolerance, how far above it ours may be. Optional: figure, panel, x_name, x (where "
      "the point lies), in_all (0: left out\nof sums over all figures), mean_weak_cost (of the "
      "test images), level_se, published_images, dqn_training_sd (the losses' noise),\nnote, "
      "note_... (printed once). CSV files without losses are passed over. Without --dry-run the "
      "results file gets the tables\n/comparison and /comparison_summary.");
  compare->add_option("FILE", options.file, "Results file")->required()->type_name("FILE.h5");
  compare->add_option("TABLES", options.tables,
                      "Published losses, a CSV file or a folder; default "
                      "experiments/published/at_our_level, in this folder or next to the program");
  compare->add_option("--figure", options.figures, "Only this figure. May be given several times")
      ->type_name("NAME")
      ->allow_extra_args(false);
  compare->add_option("--weak-losses", options.weak_losses)->group("");
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
      "\nExample:\n  edgesweep latency results/quickstart.h5 --run 3fa9\n"
      "The file needs stored weights: edgesweep run CONFIG.json --set store.weights=true");
  latency->add_option("FILE", options.file, "Results file")->required()->type_name("FILE.h5");
  latency
      ->add_option("--run", options.run,
                   "Run to take the network of: its id, or enough of its beginning; default the "
                   "first that has one")
      ->type_name("ID");
  latency->add_option("--decisions", options.decisions, "Decisions to measure; default 100000")
      ->check(CLI::Range(1, 100'000'000))
      ->type_name("N");
  latency->add_flag("--json", options.json, "As JSON");
  latency->callback([&] { exit_code = latency_command(options); });
}

}  // namespace edgesweep
