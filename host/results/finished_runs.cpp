#include "host/results/finished_runs.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "host/error.h"
#include "host/results/atomic_file.h"
#include "host/results/checkpoint.h"
#include "host/results/config_identity.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStart = "finished-";

/// In the order of their names; none when there is no folder.
std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code ignored;
  fs::directory_iterator entry(folder, ignored);
  for (; entry != fs::directory_iterator(); entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kStart) && name.ends_with(".h5")) files.push_back(entry->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

void write_finished_runs(const std::string& folder, size_t number, const StoredSweep& part) {
  make_folder(folder);
  write_results(folder + "/" + kStart + std::to_string(number) + ".h5", part);
}

std::vector<StoredRun> read_finished_runs(const std::string& folder, const StoredSweep& sweep) {
  std::vector<StoredRun> runs;
  for (const std::string& file : files_in(folder)) {
    std::optional<StoredSweep> part = read_results(file);
    if (!part) continue;
    if (!same_config(part->resolved_json, sweep.resolved_json) || part->inputs != sweep.inputs)
      throw InputError(file, "", "finished runs of another config or of other input files",
                       "those of this sweep; another file with -o, or --force to begin anew");
    std::move(part->runs.begin(), part->runs.end(), std::back_inserter(runs));
  }
  return runs;
}

void remove_finished_runs(const std::string& folder) {
  std::error_code error;
  for (const std::string& file : files_in(folder)) {
    fs::remove(file, error);
    if (error) throw SystemError(file + ": cannot be removed: " + error.message());
  }
  remove_empty_folder(folder);
}

}  // namespace edgesweep
