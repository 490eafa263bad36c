#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>

#include "host/cli/command_options.h"
#include "host/cli/terminal.h"
#include "host/error.h"
#include "host/exporting/policy_formats.h"
#include "host/results/atomic_file.h"

namespace edgesweep {
namespace {

std::string format_of(const ExportOptions& options) {
  if (!options.format.empty()) return options.format;
  const std::string ending = std::filesystem::path(options.output).extension().string();
  if (ending == ".npz") return "npz";
  if (ending == ".h" || ending == ".c") return "c";
  throw InputError("", "-o", "\"" + options.output + "\"",
                   "a name that ends with .npz, .h or .c, or --format");
}

/// The file's name as the beginning of names in C.
std::string c_name(const std::string& path) {
  std::string name = std::filesystem::path(path).stem().string();
  for (char& letter : name)
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0)
    name.insert(0, "policy_");
  return name;
}

const StoredRun& chosen(const StoredSweep& sweep, const ExportOptions& options) {
  if (!options.run.empty()) return find_run(sweep, options.run, options.file);
  const auto has_weights = [](const StoredRun& run) { return !run.result.weights.empty(); };
  const auto found = std::find_if(sweep.runs.begin(), sweep.runs.end(), has_weights);
  const auto count = std::count_if(sweep.runs.begin(), sweep.runs.end(), has_weights);
  if (count == 1) return *found;
  throw InputError(
      options.file, "/weights", std::to_string(count) + " runs with stored weights",
      count == 0 ? "a run with a dqn of a sweep with store.weights" : "one of them (--run ID)");
}

}  // namespace

int export_command(const ExportOptions& options) {
  const std::string format = format_of(options);
  const std::optional<StoredSweep> sweep = read_results(options.file);
  if (!sweep)
    throw InputError(options.file, "", "no such file", "a results file that `edgesweep run` wrote");
  const StoredRun& run = chosen(*sweep, options);
  if (!options.force && file_exists(options.output))
    throw InputError(options.output, "-o", "a file that is there", "a new file, or --force");
  const ExportedPolicy policy = exported_policy(*sweep, run, options.file, options.example);
  if (format == "npz") {
    replace_file(options.output, policy_as_npz(policy));
  } else {
    const std::string text = policy_as_c(policy, c_name(options.output));
    replace_file(options.output, std::vector<unsigned char>(text.begin(), text.end()));
  }
  print_output("{}: the network of run {}, with an example of {} decisions\n", options.output,
               policy.run, policy.example.offload.size());
  return 0;
}

void add_export(CLI::App& app, ExportOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "export", "Write a trained network with all that it needs to decide elsewhere");
  command->footer(
      "\nExamples:\n  edgesweep export results/quickstart.h5 --run 3fa9 -o camera.npz\n"
      "  edgesweep export results/quickstart.h5 --run 3fa9 -o camera.h     C99, with the same "
      "bits\n"
      "The file needs stored weights: edgesweep run CONFIG.json --set store.weights=true");
  command->add_option("FILE", options.file, "Results file")->required()->type_name("FILE.h5");
  command
      ->add_option("--run", options.run,
                   "Run to take the network of: its id, or enough of its beginning; default the "
                   "only one that has one")
      ->type_name("ID");
  command
      ->add_option("-o,--output", options.output,
                   "File to write; of C, its functions begin with the file's name")
      ->required()
      ->type_name("OUT");
  command
      ->add_option("--format", options.format,
                   "npz (arrays for NumPy) or c (a header); default by the ending of OUT")
      ->check(CLI::IsMember({"npz", "c"}))
      ->type_name("NAME");
  command
      ->add_option("--example", options.example,
                   "Images of the example by which a copy is checked; default 1000")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  command->add_flag("--force", options.force, "Overwrite a file that is there");
  command->callback([&] { exit_code = export_command(options); });
}

}  // namespace edgesweep
