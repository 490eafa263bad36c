#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/hdf5/hdf5_table.h"
#include "host/results/results_file.h"

namespace edgesweep {

// What writer and reader of a results file share.

constexpr const char* kResultsFormat = "edgesweep results";  ///< attribute `format`
/// Attribute `format_version`. Files from the first of these on can be read; what an older one
/// lacks is marked `since` in run_fields.h. Raise the last with every field that is added.
constexpr int64_t kFirstResultsVersion = 4;
constexpr int64_t kResultsVersion = 5;

/// One text attribute of the file for each text of a StoredSweep.
struct SweepText {
  const char* name;
  std::string StoredSweep::*member;
};
constexpr SweepText kSweepTexts[] = {
    {"name", &StoredSweep::name},
    {"description", &StoredSweep::description},
    {"config_path", &StoredSweep::config_path},
    {"config", &StoredSweep::resolved_json},
    {"dataset", &StoredSweep::dataset},
    {"dataset_sha256", &StoredSweep::dataset_sha256},
    {"version", &StoredSweep::version},
    {"backend", &StoredSweep::backend},
    {"device", &StoredSweep::device},
    {"math", &StoredSweep::math},
};

/// Words with a space between.
std::string join_words(const std::vector<std::string>& words);
std::vector<std::string> split_words(const std::string& text);

/// RunResult::mdp_converged as far as the number of sweeps tells it: what a file of format 4
/// means.
int32_t convergence_by_sweeps(int64_t sweeps);

/// "96 64 64 64 64 64 91"; "" without DQN.
std::string layer_words(const RunResult& result);

// The tables; those that grow with the runs are made some rows at a time, of the sweep that
// outlives them.
Table experiments_table(const SweepView& sweep);
TableBlocks experiment_runs_table(const SweepView& sweep);
TableBlocks runs_table(const SweepView& sweep);
TableBlocks configs_table(const SweepView& sweep);
TableBlocks curves_table(const SweepView& sweep);
TableBlocks policies_table(const SweepView& sweep);
TableBlocks summary_table(const SweepView& sweep);
TableBlocks searches_table(const SweepView& sweep);

}  // namespace edgesweep
