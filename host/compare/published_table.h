#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/engine/problem/run_result.h"

namespace edgesweep {

/// A setting that a row of a table states: only runs that have this value stand for the row.
struct StatedSetting {
  std::string column;            ///< as in /runs: metric_sequence_spread
  std::string text;              ///< as it stands in the table
  std::optional<double> number;  ///< where it is one
  bool preferred = false;        ///< runs with another value stand for the row if none has this
};

/// A value of a policy in a row.
struct PublishedLoss {
  double loss = 0;
  std::optional<double> tolerance;  ///< how far above it our loss may be
};

/// What is known about the noise of a row's losses.
struct PublishedNoise {
  double level_se = 0;           ///< standard error that all losses of the row share
  std::optional<double> images;  ///< test images behind each loss; none: no noise of sequences
  double dqn_training_sd = 0;    ///< standard deviation of one training of the DQN
};

/// One row of a table of published losses, at the level of ours (docs/model.md#loss).
struct PublishedPoint {
  std::string figure;  ///< what rows are summed up by
  std::string panel;   ///< where the row lies in its figure, for people
  std::string x_name;
  std::optional<double> x;
  bool in_all = true;  ///< false: listed, but left out of the sums over all figures
  std::vector<StatedSetting> settings;
  std::map<Policy, PublishedLoss> losses;
  std::optional<double> mean_weak_cost;  ///< of the test images that the losses are of
  PublishedNoise noise;
  std::vector<std::string> notes;  ///< what is to be known of the figure's values
  std::string file;                ///< where it stands
  int64_t line = 0;
};

struct PublishedTables {
  std::vector<PublishedPoint> points;    ///< file by file in the order of names, line by line
  std::vector<Policy> policies;          ///< that have a column, in the order of the columns
  std::vector<std::string> files;        ///< names of the files they are from
  std::vector<std::string> passed_over;  ///< names of CSV files without a column <policy>_loss
};

/// What the columns of a table are, for people.
constexpr const char* kPublishedColumns =
    "settings (rate, metric_sequence.spread, ...; prefer:NAME), <policy>_loss, <policy>_tolerance, "
    "figure, panel, x_name, x, in_all, mean_weak_cost, level_se, published_images, "
    "dqn_training_sd, note, note_... (experiments/paper.py --published FOLDER -o TABLES makes such "
    "tables of the paper's own)";

/// Reads a CSV file, or every CSV file of a folder that has a column <policy>_loss; the others are
/// passed over, and without any there are no points. An empty field states nothing. settings: names
/// of all settings, as columns of /runs. Throws InputError for a missing path, an unknown column
/// (naming the nearest), a field that is no number in range, and a point that stands there twice.
PublishedTables read_published(const std::string& path, const std::vector<std::string>& settings);

/// Are two settings the same number? Tables may have six significant digits (a log10 axis has
/// 10^-2.5 as 0.00316228), so up to 5e-6 of a value is rounding.
bool same_setting(double a, double b);

/// The whole text as a number, or nothing.
std::optional<double> number_in(std::string_view text);

}  // namespace edgesweep
