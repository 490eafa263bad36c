#pragma once
#include <string>
#include <vector>

#include "host/compare/comparison.h"

namespace edgesweep {

/// One curve of one figure, or of all.
struct ComparisonLine {
  std::string figure;  ///< "all": the sum of the figures
  std::string curve;
  bool in_all = true;  ///< its values are counted in "all"
  int64_t compared = 0;
  int64_t absent = 0;
  int64_t ambiguous = 0;  ///< or of another level
  double mean_difference = 0;
  double mean_absolute = 0;
  double largest = 0;          ///< the difference that is largest in absolute value, with its sign
  std::string largest_point;   ///< "panel a, b 2"
  int64_t with_interval = 0;   ///< points that have one
  int64_t in_ours = 0;         ///< of them, published values inside ComparedIntervals::ours
  int64_t in_both = 0;         ///< ... ::both
  int64_t with_tolerance = 0;  ///< compared points that have a tolerance
  int64_t within_goal = 0;  ///< of them, with ours at most the tolerance above the published loss
  double tolerance = 0;     ///< the largest of them
};

struct Comparison {
  std::vector<ComparedPoint> points;
  std::vector<ComparisonLine> lines;  ///< figure by figure, then all; only figures with a value of
                                      ///< ours
  std::vector<std::string> absent_figures;  ///< figures of which no value is compared
};

/// The points with what they sum up to.
Comparison summed_up(std::vector<ComparedPoint> points);

}  // namespace edgesweep
