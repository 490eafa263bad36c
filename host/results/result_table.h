#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "host/results/results_file.h"
#include "host/results/summary.h"

namespace edgesweep {

/// A table for people, without colour: what the terminal makes of it is the caller's affair.
struct ResultGrid {
  /// Nothing, a text, an integer, or a number.
  using Cell = std::variant<std::monostate, std::string, int64_t, double>;

  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;  ///< each as long as `columns`
};

struct ResultTable {
  std::string name;
  int64_t total_runs = 0;
  int64_t finished_runs = 0;     ///< done or failed
  int64_t unconverged_mdps = 0;  ///< runs whose mdp_converged is 0
  int64_t failed_runs = 0;
  std::vector<std::pair<std::string, std::string>>
      attributes;  ///< of the whole file: dataset, backend, ...
  /// A row a finished run: id, the settings that differ between runs (seed last), <policy>_loss and
  /// <policy>_loss_se for each policy, dqn_gain (loss of the MDP - loss of the DQN: positive where
  /// the DQN is better) and, if any run failed, status and failure. Cells that do not apply hold
  /// nothing.
  ResultGrid runs;
  /// A row a group of done runs that differ in seed alone: the settings that differ, seeds, for
  /// each policy <policy>_loss (mean over seeds), _loss_mean_low and _loss_mean_high (its 95 %
  /// interval), _loss_interquartile_mean, _loss_low and _loss_high (95 % interval of that), then
  /// dqn_gain of the means and dqn_improvement (probability of improvement over the MDP) with
  /// dqn_improvement_low and _high. Without rows if no group has two.
  ResultGrid summary;
  ExperimentSummary experiment;  ///< DQN against MDP over all points
  std::string bound_note;        ///< of runs where lower_bound is above another policy; empty: none
};

/// The runs of one experiment alone, in its order, under its name and with its swept settings;
/// those that are not finished are left out. InputError names the experiments if it has none of
/// that name. file: for the message.
StoredSweep select_experiment(const StoredSweep& sweep, const std::string& name,
                              const std::string& file);

ResultTable make_result_table(const StoredSweep& sweep);

/// UTF-8, aligned columns, losses to six significant digits of the largest, with the standard error
/// beside those that are simulated; failed runs once more below, with their cause.
std::string render_text(const ResultTable& table);

/// One grid with a header line; numbers with all digits that identify them, RFC 4180 quoting.
std::string render_csv(const ResultGrid& grid);

/// One object a row; NaN and infinities become null when it is written out.
nlohmann::ordered_json json_rows(const ResultGrid& grid);

/// {"name", "total_runs", "finished_runs", "failed_runs", "runs": [...], "summary": [...],
/// "experiment": {...}}; NaN and infinities become null.
std::string render_json(const ResultTable& table);

}  // namespace edgesweep
