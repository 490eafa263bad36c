#pragma once
#include "host/cli/commands.h"

namespace CLI {
class App;
}

namespace edgesweep {

// The options of each command with their help: each function adds a command that fills `options`
// and, when it was given, executes it and stores its exit code. Both outlive the parsing.

void add_run(CLI::App& app, RunOptions& options, int& exit_code);
void add_plan(CLI::App& app, PlanOptions& options, int& exit_code);
void add_simulate(CLI::App& app, SimulateOptions& options, int& exit_code);

void add_show(CLI::App& app, ShowOptions& options, int& exit_code);
void add_verify(CLI::App& app, VerifyOptions& options, int& exit_code);
void add_compare(CLI::App& app, CompareOptions& options, int& exit_code);
void add_latency(CLI::App& app, LatencyOptions& options, int& exit_code);

void add_export(CLI::App& app, ExportOptions& options, int& exit_code);

void add_prepare(CLI::App& app, PrepareOptions& options, int& exit_code);
void add_sequences(CLI::App& app, SequencesOptions& options, int& exit_code);

/// --set and --scale.
void add_changes(CLI::App* command, ConfigChanges& changes);

/// Backend, threads and instruction set, of the commands that simulate.
void add_backend(CLI::App* command, BackendOptions& options);

/// --progress of every command: messages for people, or JSON for programs. After all commands are
/// added.
void add_message_form(CLI::App& app);

/// An empty value of any option of any command is refused by the option's name, as from a variable
/// that is not set (`-o "$FILE"`). After all commands are added.
void refuse_empty_values(CLI::App& app);

}  // namespace edgesweep
