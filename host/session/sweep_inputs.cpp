#include "host/session/sweep_inputs.h"

#include <filesystem>
#include <set>

#include "host/engine/problem/resolve.h"
#include "host/error.h"
#include "host/results/settings_columns.h"
#include "host/session/run_label.h"
#include "host/sha256.h"

namespace edgesweep {

/// Who asks for a file that is not there, and where the config starts from, the file's name alone
/// does not say.
void check_presence(const Sweep& sweep) {
  RunReader reader;
  std::set<std::string> present;
  for (const RunSpec& spec : sweep.runs) {
    for (const InputFileName& file : input_files(reader.read(spec))) {
      if (!present.insert(*file.path).second) continue;
      std::error_code none;
      const auto type = std::filesystem::status(*file.path, none).type();
      if (type == std::filesystem::file_type::not_found)
        throw InputError(*file.path, "", "no such file",
                         std::string("the ") + file.column + " of run " + run_label(sweep, spec) +
                             " of " + sweep.config_path + " (paths start at the config's folder)");
    }
  }
}

void check_inputs(const Sweep& sweep, InputCache& inputs) {
  check_presence(sweep);
  RunReader reader;
  for (const RunSpec& spec : sweep.runs) {
    try {
      check_run_inputs(reader.read(spec), inputs);
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
  std::set<std::string> known, datasets;
  for (const RunSpec& spec : sweep.runs) {
    const RunSettings& settings = reader_.read(spec);
    // Each spelling of a path: settings are stored with the one that the config has.
    for (const InputFileName& file : input_files(settings)) {
      const std::string written(plain_text(setting_of(spec, file.column)));
      if (known.insert(written).second) stored.inputs.push_back({written, of_file(file)});
    }
    const std::string& dataset = settings.dataset;
    if (datasets.insert(dataset).second)
      stored.dataset_sha256 +=
          (stored.dataset_sha256.empty() ? "" : " ") + of_file({"dataset", &dataset});
  }
}

std::string InputHashes::of_run(const RunSpec& spec) {
  std::string hashes;
  for (const InputFileName& file : input_files(reader_.read(spec)))
    hashes += std::string(file.column) + " " + of_file(file) + "\n";
  return sha256_hex(hashes.data(), hashes.size());
}

}  // namespace edgesweep
