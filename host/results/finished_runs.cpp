#include "host/results/finished_runs.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "host/error.h"
#include "host/results/atomic_file.h"
#include "host/results/checkpoint.h"
#include "host/results/ownership/ownership.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStart = "finished-";
constexpr const char* kEarlier = "/earlier.h5";

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

std::optional<StoredSweep> read_part(const std::string& file) {
  try {
    return read_results(file);
  } catch (const InputError& error) {
    throw InputError(std::string(error.what()) +
                         ". Deleting this file is safe: the runs in it are computed again",
                     "", "", "");
  }
}

}  // namespace

void write_finished_runs(const std::string& folder, size_t number, const SweepView& part) {
  make_folder(folder);
  write_results(folder + "/" + kStart + std::to_string(number) + ".h5", part);
}

std::vector<StoredSweep> read_finished_runs(const std::string& folder) {
  std::vector<StoredSweep> parts;
  for (const std::string& file : files_in(folder))
    if (std::optional<StoredSweep> part = read_part(file)) parts.push_back(std::move(*part));
  return parts;
}

void remove_finished_runs(const std::string& folder) {
  std::error_code error;
  for (const std::string& file : files_in(folder)) {
    require_ownership(file);
    fs::remove(file, error);
    if (error) throw SystemError(file + ": cannot be removed: " + error.message());
  }
  remove_empty_folder(folder);
}

void write_earlier_runs(const std::string& folder, const StoredSweep& earlier) {
  make_folder(folder);
  write_results(folder + kEarlier, earlier);
}

std::optional<StoredSweep> read_earlier_runs(const std::string& folder) {
  return read_part(folder + kEarlier);
}

void remove_earlier_runs(const std::string& folder) {
  require_ownership(folder + kEarlier);
  std::error_code error;
  fs::remove(folder + kEarlier, error);
  if (error) throw SystemError(folder + kEarlier + ": cannot be removed: " + error.message());
  remove_empty_folder(folder);
}

}  // namespace edgesweep
