#include <CLI/CLI.hpp>
#include <new>
#include <nlohmann/json.hpp>
#include <system_error>

#include "host/cli/command_options.h"
#include "host/cli/commands.h"
#include "host/cli/interrupt.h"
#include "host/cli/terminal.h"
#include "host/engine/plan/startable_threads.h"
#include "host/error.h"
#include "host/hdf5/hdf5_handle.h"

namespace edgesweep {
namespace {

constexpr int kBadInput = 2;
constexpr int kTryAgain = 75;  // EX_TEMPFAIL of sysexits.h

constexpr const char* kExamples = R"(
Examples:
  edgesweep run configs/quickstart.json              train, simulate, write results/quickstart.h5, show the table
  edgesweep run my.json -o out.h5 --set test.images=20000 --set 'rate=[0.1,0.2]'
  edgesweep plan my.json                             runs, networks, memory and work; runs nothing
  edgesweep show results/quickstart.h5 --csv         the table for other programs

Exit codes: 0 all runs done; 1 some failed, or the machine refused something; 2 bad input;
75 another process is writing the file: try again later;
130 interrupted (the same command resumes where it stopped): by Ctrl-C or by SIGTERM, SIGHUP (unless under nohup), SIGUSR1,
SIGUSR2 or SIGXCPU, however many of them come. Only a second Ctrl-C does not wait for checkpoints.)";

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
  SequencesOptions sequences;
  SimulateOptions simulate;
  CompareOptions compare;
  LatencyOptions latency;
  ExportOptions exported;
  add_run(app, run, exit_code);
  add_plan(app, plan, exit_code);
  add_show(app, show, exit_code);
  add_verify(app, verify, exit_code);
  add_prepare(app, prepare, exit_code);
  add_sequences(app, sequences, exit_code);
  add_simulate(app, simulate, exit_code);
  add_compare(app, compare, exit_code);
  add_latency(app, latency, exit_code);
  add_export(app, exported, exit_code);
  app.add_subcommand("devices", "Show what this machine offers")->callback([&] {
    exit_code = devices_command();
  });
  add_message_form(app);
  refuse_empty_values(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadInput;
  }
  return exit_code;
}

/// Tells what ended the program. kind: input, busy or system, as the exit code says.
int fail(int exit_code, const char* kind, const std::string& text,
         const InputError::Parts& parts = {}) {
  if (!json_messages()) {
    print_message("edgesweep: " + text + "\n");
    return exit_code;
  }
  nlohmann::ordered_json event{{"event", "error"}, {"kind", kind}, {"text", text}};
  if (exit_code == kBadInput)
    event.update({{"file", parts.file},
                  {"place", parts.place},
                  {"found", parts.found},
                  {"allowed", parts.allowed},
                  {"nearest", parts.nearest}});
  print_event(event);
  return exit_code;
}

/// What ended the program, from within a handler.
int fail_by_exception() {
  try {
    throw;
  } catch (const InputError& error) {
    return fail(kBadInput, "input", error.what(), error.parts());
  } catch (const BusyError& error) {
    return fail(kTryAgain, "busy", error.what());
  } catch (const std::bad_alloc&) {
    return fail(1, "system",
                "not enough memory" + address_space_text() +
                    "; `edgesweep plan` tells what a config needs");
  } catch (const std::system_error& error) {
    const bool thread = error.code() == std::errc::resource_unavailable_try_again;
    return fail(1, "system",
                thread
                    ? "a thread cannot be made (" + thread_limit() + "); --threads N asks for fewer"
                    : std::string(error.what()));
  } catch (const std::exception& error) {
    return fail(1, "system", error.what());
  }
}

}  // namespace
}  // namespace edgesweep

// What is thrown while an error is told (no memory for its text) may end the program.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  try {
    edgesweep::keep_hdf5_quiet_at_exit();
    edgesweep::open_standard_files();
    edgesweep::meet_closed_pipe_as_error();
    const int exit_code = edgesweep::main_with_exceptions(argc, argv);
    return edgesweep::output_complete() || exit_code != 0 ? exit_code : 1;
  } catch (...) {
    return edgesweep::fail_by_exception();
  }
}
