#include <CLI/CLI.hpp>
#include <cmath>

#include "host/cli/command_options.h"
#include "host/cli/shipped_files.h"
#include "host/cli/terminal.h"
#include "host/engine/plan/device_limits.h"

namespace edgesweep {
namespace {

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

/// CLI11 takes "-1" for a very large size.
const CLI::Validator kSomeMemory(
    [](std::string& text) {
      const size_t digit = text.find_first_not_of(" 0.");
      const bool some = digit != std::string::npos && text[digit] >= '1' && text[digit] <= '9';
      return some ? std::string()
                  : "\"" + text + "\" is not a size above 0, as 800MB, 2GB or 1500000";
    },
    "");

/// A config that is not here may be one that comes with the program.
const CLI::Validator kConfigPath(
    [](std::string& path) {
      path = config_path(path);
      return std::string();
    },
    "");

const CLI::Validator kNotEmpty(
    [](std::string& text) { return text.empty() ? "an empty value" : std::string(); }, "");

void add_memory(CLI::App* command, uint64_t& bytes) {
  command
      ->add_option("--memory", bytes,
                   "Memory to stay within, as 800MB or 2GB: fewer networks train at once; default "
                   "most of what is available")
      ->transform(CLI::AsSizeValue(true))
      ->transform(kSomeMemory)  // before the one above
      ->type_name("SIZE");
}

/// What `run` and `simulate` share.
void add_execution(CLI::App* command, RunOptions& options) {
  command
      ->add_option("CONFIG", options.config,
                   "JSON config, see configs/schema.json; - reads it from standard input")
      ->required()
      ->transform(kConfigPath);
  add_changes(command, options.changes);
  add_backend(command, options.backend);
  add_memory(command, options.backend.memory);
  command->add_flag("--fallback", options.backend.fallback,
                    "When the GPU fails, continue on the CPU from the last checkpoints; same bits");
  command
      ->add_option("--checkpoint-every", options.checkpoint_seconds,
                   "Seconds between two checkpoints of a run; default 60")
      ->check(kFiniteSeconds)
      ->type_name("SECONDS");
  CLI::Option* force = command->add_flag(
      "--force", options.force, "Start from nothing, also over a results file of another config");
  command
      ->add_flag("--drop", options.drop,
                 "Keep of the results file what the config asks for, and give up the rest of its "
                 "runs and policies")
      ->excludes(force);
  command->add_flag("--take-over", options.take_over,
                    "Take the results file over from the process that FILE.lock names, if you know "
                    "that it has ended; if it has not, it stops");
  command->add_flag("--quiet", options.quiet, "No progress");
}

}  // namespace

void add_message_form(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands({}))
    command
        ->add_option_function<std::string>(
            "--progress",
            [](const std::string& form) {
              if (form == "json") write_json_messages();
            },
            "Form of progress, notes and errors on standard error: text, or json for programs")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORM")
        ->trigger_on_parse();
}

void refuse_empty_values(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands({}))
    for (CLI::Option* option : command->get_options()) {
      const bool shown = !option->get_group().empty();  // what is hidden has no name in messages
      if (shown && option->get_items_expected_max() > 0) option->check(kNotEmpty);
    }
}

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
      ->add_option("--gpus", options.gpus,
                   "GPUs to use, as 0,2: see `edgesweep devices`; default all that can run the "
                   "program. Results do not depend on it")
      ->type_name("NUMBERS");
  command
      ->add_option("--threads", options.threads,
                   "Threads of the CPU, also with a GPU; default: all this process may use, see "
                   "`edgesweep devices`. Results do not depend on it")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  command
      ->add_option("--isa", options.instruction_set,
                   "Instruction set, see `edgesweep devices`; default the best. Results do not "
                   "depend on it")
      ->type_name("NAME");
}

void add_run(CLI::App& app, RunOptions& options, int& exit_code) {
  CLI::App* run = app.add_subcommand(
      "run", "Train and simulate the runs of a config; resumes where it was interrupted");
  run->footer(R"(
Examples:
  edgesweep run configs/quickstart.json
  edgesweep run configs/quickstart.json -o /tmp/q.h5 --set seed=[1,2,3] --threads 4
  edgesweep run configs/paper/paper.json --scale 0.01
Ctrl-C, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 and SIGXCPU write checkpoints and end with exit code 130; the same command
continues and ends with the same bits. A second Ctrl-C ends at once, without checkpoints.
With more rates, seeds, policies or things to store, the file grows: what it has is taken over.
Exit code 75: another process is writing the file, or has taken it over; try again later. Of a process on another machine
that is known after at most 5 minutes.)");
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
      "  edgesweep plan configs/quickstart.json --device h100\n"
      "  edgesweep plan configs/quickstart.json --json > plan.json\n"
      "--json prints one object: name, description, config_path, swept (columns of /runs), "
      "experiments (name, description,\nswept, ids of runs), threads, work_flop, memory_bytes, and "
      "runs. A run has its id, dataset (from this folder), config (every\nsetting with its "
      "value, as /configs of a results file) and cost (bucket, network, parameters, iterations, "
      "training_flop,\nsimulation_flop, memory_bytes).");
  plan->add_option("CONFIG", options.config,
                   "JSON config, see configs/schema.json; - reads it from standard input")
      ->required()
      ->transform(kConfigPath);
  add_changes(plan, options.changes);
  plan->add_option("--threads", options.threads, "Threads to plan for")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  CLI::Option* device =
      plan->add_option("--device", options.device,
                       "Also what a GPU would hold where: " + known_devices_text() +
                           ", or auto for this machine's")
          ->type_name("NAME");
  add_memory(plan, options.memory);
  plan->add_flag("--json", options.json, "The runs with all their settings and costs, as JSON")
      ->excludes(device);
  plan->callback([&] { exit_code = plan_command(options); });
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
computed again. Metrics are normalised as when the network was trained, also those of another dataset.)");
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

}  // namespace edgesweep
