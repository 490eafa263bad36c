#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/config/json_text.h"
#include "host/sweep/run_spec.h"

namespace edgesweep {

/// What makes runs that share their texts and their context.
class RunMaker {
 public:
  explicit RunMaker(RunContext context)
      : context_(std::make_shared<const RunContext>(std::move(context))) {}

  /// A run of these texts.
  RunSpec make(RunConfig config) const;
  /// A run of valid settings, whose defaults are filled in here.
  RunSpec make(Json settings);
  ConfigTexts& texts() { return *texts_; }

 private:
  std::shared_ptr<ConfigTexts> texts_ = ConfigTexts::create();
  std::shared_ptr<const RunContext> context_;
};

/// Names of the columns in which the runs differ, in schema order. runs: at least one.
std::vector<std::string> differing_columns(const std::vector<RunSpec>& runs);

/// Joins the runs of several experiments: those that are equal but for policies and store, and
/// read the same files by whatever path, become one.
class RunJoin {
 public:
  /// maker: of all runs that are added.
  RunJoin(std::filesystem::path folder, RunMaker& maker)
      : folder_(std::move(folder)), maker_(maker) {}

  /// experiment: without runs.
  void add(Experiment experiment, const std::vector<RunSpec>& runs);
  size_t run_count() const { return runs_.size(); }
  /// The experiments as added and the joined runs in order of first use. Ends the join.
  void take(std::vector<Experiment>& experiments, std::vector<RunSpec>& runs);

 private:
  /// A joined run: that of its first use, with the members that others of its runs changed.
  struct Joined {
    RunConfig config;
    Json policies, store;  ///< null: those of config
  };

  std::string key_of(const RunConfig& config);
  uint32_t with_absolute_paths(uint32_t piece);
  const std::string& file_of(const std::string& path);
  void join_into(Joined& run, const RunConfig& other);
  RunConfig texts_of(const Joined& run);

  std::filesystem::path folder_;
  RunMaker& maker_;
  std::map<std::string, std::string> files_;  ///< absolute path of each path
  std::map<uint32_t, uint32_t> absolute_;     ///< piece with absolute paths of each piece
  std::unordered_map<std::string, size_t> number_of_key_;
  std::vector<Experiment> experiments_;
  std::vector<std::vector<size_t>> numbers_;  ///< of each experiment's runs
  std::vector<Joined> runs_;
};

}  // namespace edgesweep
