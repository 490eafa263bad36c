#include <fmt/format.h>

#include "host/cli/commands.h"
#include "host/cli/terminal.h"
#include "host/error.h"
#include "host/results/result_table.h"

namespace edgesweep {

int show_command(const ShowOptions& options) {
  std::optional<StoredSweep> sweep = read_results(options.file);
  if (!sweep)
    throw InputError(options.file, "", "no such file", "a results file that `edgesweep run` wrote");
  if (!options.experiment.empty())
    sweep = select_experiment(*sweep, options.experiment, options.file);
  ResultTable table = make_result_table(*sweep);
  if (!options.experiment.empty())  // the digest is one of whole files
    std::erase_if(table.attributes, [](const auto& entry) { return entry.first == "digest"; });
  switch (options.form) {
    case ShowOptions::Form::text:
      print_output("{}", render_text(table));
      break;
    case ShowOptions::Form::csv:
      print_output("{}", render_csv(options.summary ? table.summary : table.runs));
      if (options.summary && table.summary.rows.empty())
        print_message(
            "edgesweep: no summary over seeds: no two finished runs differ in their seed alone\n");
      break;
    case ShowOptions::Form::json:
      print_output("{}\n", render_json(table));
      break;
  }
  return 0;
}

}  // namespace edgesweep
