#include <fmt/format.h>

#include "host/cli/commands.h"
#include "host/cli/interrupt.h"
#include "host/cli/terminal.h"
#include "host/error.h"
#include "host/results/results_file.h"
#include "host/session/run_label.h"
#include "host/session/verify.h"
#include "host/sweep/expand.h"
#include "host/text.h"

namespace edgesweep {
namespace {

/// The config that was given must be that of the results.
void check_config(const StoredSweep& stored, const VerifyOptions& options) {
  if (!options.config.empty())
    return check_same_config(stored, options.file, load_sweep(options.config, options.changes));
  if (!options.changes.overrides.empty() || options.changes.scale)
    throw InputError("", "--set", "no --config that it would change",
                     "--config with the file's config");
}

}  // namespace

int verify_command(const VerifyOptions& options) {
  end_on_interrupts();
  const std::optional<StoredSweep> sweep = read_results(options.file);
  if (!sweep) throw InputError(options.file, "", "no such file", "a results file");
  if (sweep->runs.empty()) throw InputError(options.file, "", "no finished run", "one at least");
  const auto count = static_cast<size_t>(options.sample);
  check_config(*sweep, options);
  const std::vector<RunJob> jobs = verification_jobs(*sweep, options.file, options.config, count);
  const ChosenBackend chosen = choose_backend(options.backend);
  catch_interrupts();
  print_message(fmt::format("Executing {} of {} runs of {} (written by {} on {}) on {}\n",
                            jobs.size(), sweep->runs.size(), options.file, sweep->backend,
                            sweep->device, chosen.text()));
  const std::vector<VerifiedRun> verified =
      verify_runs(*sweep, jobs, *chosen.backend, [] { return interrupted(); });
  if (interrupted() && verified.size() < jobs.size()) return kInterrupted;

  std::vector<std::vector<std::string>> rows;
  size_t equal = 0;
  for (const VerifiedRun& run : verified) {
    const StoredRun& stored = sweep->runs[run.run];
    equal += run.equal();
    rows.push_back({stored.result.id, run_label(*sweep, stored), run.stored_digest.substr(0, 16),
                    run.digest.substr(0, 16), run.equal() ? "equal" : "DIFFERS"});
  }
  print_output("{}\n{} of {} runs have the bits of {}.\n",
               text_table({"run", "settings", "digest in the file", "digest now", ""}, rows), equal,
               verified.size(), options.file);
  return equal == verified.size() ? 0 : 1;
}

}  // namespace edgesweep
