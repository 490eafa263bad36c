#include <filesystem>

#include "host/cli/commands.h"
#include "host/cli/interrupt.h"
#include "host/error.h"
#include "host/results/results_file.h"
#include "host/session/given_network.h"
#include "host/sweep/expand.h"

namespace edgesweep {

int simulate_command(const SimulateOptions& options) {
  end_on_interrupts();
  const std::optional<StoredSweep> results = read_results(options.results);
  if (!results)
    throw InputError(options.results, "", "no such file",
                     "a results file that `edgesweep run` wrote");
  const StoredRun& source = find_run(*results, options.run, options.results);
  const TrainingState network = given_network(source, options.results);
  RunOptions target = options.target;
  Sweep sweep = load_sweep(target.config, target.changes);
  give_network(*results, source, options.results, sweep);
  sweep.config_files.push_back(options.results);  // never written over
  if (target.output.empty())
    target.output = "results/" + std::filesystem::path(target.config).stem().string() + "-" +
                    source.result.id + ".h5";
  return run_sweep(sweep, target, &network);
}

}  // namespace edgesweep
