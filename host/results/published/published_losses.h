#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/config/settings.h"

namespace edgesweep {

/// What makes a point of the paper's experiments. A setting that does not apply is empty.
struct PointSettings {
  std::optional<double> rate, depth;
  std::optional<double> spread, reset_probability;           ///< none: iid metrics
  std::optional<double> interval_1, interval_2, p_12, p_21;  ///< none: periodic arrivals
};

/// One published loss (experiments/published): a point of a figure and what a policy lost there.
struct PublishedLoss {
  std::string figure;  ///< "5a"
  std::string panel;   ///< "b"
  Policy policy = Policy::dqn;
  std::string x_name;       ///< the setting on the x axis
  std::optional<double> x;  ///< where the point lies on it
  PointSettings settings;
  std::optional<double> history;  ///< T: length of the DQN's history; none: not stated
  bool settings_assumed = false;  ///< Fig. 11 states none: those of Fig. E were filled in
  double loss = 0;
  std::string file;  ///< where it stands
  int64_t line = 0;
};

struct PublishedFolder {
  std::vector<PublishedLoss> losses;     ///< file by file in the order of names, line by line
  std::vector<std::string> files;        ///< names of the files they are from
  std::vector<std::string> passed_over;  ///< names of CSV files of other layouts
};

/// Reads every CSV file of a folder that has a column average_top5_loss; the others are passed
/// over. Throws InputError for a missing folder, a folder without losses, a loss file that lacks a
/// column, a field that is no number in range, an unknown policy, and a point that stands there
/// twice.
PublishedFolder read_published(const std::string& folder);

/// Are two settings the same number? The files have six significant digits (a log10 axis has
/// 10^-2.5 as 0.00316228), so up to 5e-6 of a value is rounding; neighbouring points are 1e-2 apart
/// or more.
bool same_setting(double a, double b);

/// The same point, setting by setting?
bool same_point(const PointSettings& a, const PointSettings& b);

}  // namespace edgesweep
