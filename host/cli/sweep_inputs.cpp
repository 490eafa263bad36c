#include "host/cli/sweep_inputs.h"

#include <set>

#include "host/cli/run_label.h"
#include "host/error.h"
#include "host/results/settings_columns.h"
#include "host/sha256.h"

namespace edgesweep {

void check_inputs(const Sweep& sweep, InputCache& inputs) {
  for (const RunSpec& spec : sweep.runs) {
    try {
      check_run_inputs(spec.settings, inputs);
    } catch (const InputError& error) {
      if (!error.names_file())
        throw InputError(sweep.config_path,
                         "run " + run_label(spec, sweep.swept) + ": " + error.what(), "", "");
      throw;
    }
  }
}

void describe_inputs(const Sweep& sweep, InputCache& inputs, StoredSweep& stored) {
  std::set<std::string> known;
  std::string last;
  for (const RunSpec& spec : sweep.runs) {
    for (const InputFileName& file : input_files(spec.settings))
      if (known.insert(*file.path).second)
        stored.inputs.push_back(
            {plain_text(setting_of(spec, file.column)), inputs.sha256(*file.path)});
    // Sweeps over datasets have several hashes there.
    const std::string hash = inputs.sha256(spec.settings.dataset);
    if (hash != last) stored.dataset_sha256 += (stored.dataset_sha256.empty() ? "" : " ") + hash;
    last = hash;
  }
}

std::string inputs_sha256(const RunSpec& spec, InputCache& inputs) {
  std::string hashes;
  for (const InputFileName& file : input_files(spec.settings))
    hashes += std::string(file.column) + " " + inputs.sha256(*file.path) + "\n";
  return sha256_hex(hashes.data(), hashes.size());
}

}  // namespace edgesweep
