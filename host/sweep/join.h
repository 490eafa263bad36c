#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "host/config/json_text.h"
#include "host/sweep/run_spec.h"

namespace edgesweep {

/// A run of valid settings, whose defaults are filled in here. folder: what relative paths start
/// from.
RunSpec make_run_spec(Json settings, const std::filesystem::path& folder);

/// Names of the columns in which the runs differ, in schema order. runs: at least one.
std::vector<std::string> differing_columns(const std::vector<RunSpec>& runs);

/// Joins the runs of several experiments: those that are equal but for policies and store, and
/// read the same files by whatever path, become one.
class RunJoin {
 public:
  explicit RunJoin(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// experiment: without runs.
  void add(Experiment experiment, std::vector<RunSpec> runs);
  size_t run_count() const { return runs_.size(); }
  /// The experiments as added and the joined runs in order of first use. Ends the join.
  void take(std::vector<Experiment>& experiments, std::vector<RunSpec>& runs);

 private:
  std::string key_of(Json settings);
  const std::string& file_of(const std::string& path);

  std::filesystem::path folder_;
  std::map<std::string, std::string> files_;  ///< absolute path of each path
  std::map<std::string, size_t> number_of_key_;
  std::vector<Experiment> experiments_;
  std::vector<std::vector<size_t>> numbers_;  ///< of each experiment's runs
  std::vector<Json> runs_;                    ///< their settings
};

}  // namespace edgesweep
