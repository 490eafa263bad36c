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
        throw InputError(sweep.config_path, "run " + run_label(sweep, spec) + ": " + error.what(),
                         "", "");
      throw;
    }
  }
}

const std::string& InputHashes::of_file(const InputFileName& file) {
  std::string& hash = of_path_[*file.path];
  if (hash.empty())
    hash = std::string(file.column) == "dataset" ? inputs_.dataset(*file.path)->sha256
                                                 : sha256_of_file(*file.path);
  return hash;
}

void InputHashes::describe(const Sweep& sweep, StoredSweep& stored) {
  std::set<std::string> known;
  std::string last;
  for (const RunSpec& spec : sweep.runs) {
    for (const InputFileName& file : input_files(spec.settings))
      if (known.insert(*file.path).second)
        stored.inputs.push_back({plain_text(setting_of(spec, file.column)), of_file(file)});
    // Sweeps over datasets have several hashes there.
    const std::string& hash = of_file({"dataset", &spec.settings.dataset});
    if (hash != last) stored.dataset_sha256 += (stored.dataset_sha256.empty() ? "" : " ") + hash;
    last = hash;
  }
}

std::string InputHashes::of_run(const RunSpec& spec) {
  std::string hashes;
  for (const InputFileName& file : input_files(spec.settings))
    hashes += std::string(file.column) + " " + of_file(file) + "\n";
  return sha256_hex(hashes.data(), hashes.size());
}

}  // namespace edgesweep
