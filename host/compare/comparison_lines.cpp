#include "host/compare/comparison_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace edgesweep {
namespace {

using Status = ComparedPoint::Status;

bool holds(const Interval& interval, double value) {
  return interval.low <= value && value <= interval.high;
}

/// Tables round their losses, to 1e-7 or so; a difference of doubles rounds once more.
constexpr double kRounding = 1e-9;

void count(const ComparedPoint& point, ComparisonLine& line) {
  if (point.status != Status::compared) {
    ++(point.status == Status::absent ? line.absent : line.ambiguous);
    return;
  }
  ++line.compared;
  line.mean_difference += point.difference;  // sums, until finished
  line.mean_absolute += std::abs(point.difference);
  if (line.compared == 1 || std::abs(point.difference) > std::abs(line.largest)) {
    line.largest = point.difference;
    line.largest_point = place_text(*point.row);
  }
  line.with_interval += !std::isnan(point.intervals.both.low);
  line.in_ours += holds(point.intervals.ours, point.value);
  line.in_both += holds(point.intervals.both, point.value);
  if (!point.tolerance) return;
  ++line.with_tolerance;
  line.within_goal += point.difference <= *point.tolerance + kRounding;
  line.tolerance = std::max(line.tolerance, *point.tolerance);
}

void finish(ComparisonLine& line) {
  const auto compared = static_cast<double>(line.compared);
  line.mean_difference /= compared;  // 0 / 0 is NaN
  line.mean_absolute /= compared;
}

/// Is no point of the figure in our file?
bool is_absent(const Comparison& comparison, const std::string& figure) {
  const std::vector<std::string>& absent = comparison.absent_figures;
  return std::find(absent.begin(), absent.end(), figure) != absent.end();
}

/// Lines of one figure, curve by curve. "": of all figures that are not absent, without
/// what is not in all.
std::vector<ComparisonLine> lines_of(const Comparison& comparison, const std::string& figure) {
  std::vector<std::string> curves;
  for (const ComparedPoint& point : comparison.points)
    if (std::find(curves.begin(), curves.end(), point.curve) == curves.end())
      curves.push_back(point.curve);
  std::vector<ComparisonLine> lines;
  for (const std::string& curve : curves) {
    ComparisonLine line;
    line.figure = figure.empty() ? "all" : figure;
    line.curve = curve;
    for (const ComparedPoint& point : comparison.points) {
      const std::string& of_point = point.row->figure;
      const bool wanted = figure.empty() ? point.row->in_all && !is_absent(comparison, of_point)
                                         : of_point == figure;
      if (point.curve != curve || !wanted) continue;
      line.in_all = line.in_all && point.row->in_all;
      count(point, line);
    }
    finish(line);
    if (line.compared + line.absent + line.ambiguous > 0) lines.push_back(line);
  }
  return lines;
}

/// By number, then by letter: 5a, 5b, 6, 11.
bool figure_before(const std::string& a, const std::string& b) {
  const auto number = [](const std::string& figure) {
    return std::strtol(figure.c_str(), nullptr, 10);
  };
  return std::pair(number(a), a) < std::pair(number(b), b);
}

std::vector<std::string> figures_of(const Comparison& comparison) {
  std::vector<std::string> figures;
  for (const ComparedPoint& point : comparison.points) figures.push_back(point.row->figure);
  std::sort(figures.begin(), figures.end(), figure_before);
  figures.erase(std::unique(figures.begin(), figures.end()), figures.end());
  return figures;
}

}  // namespace

Comparison summed_up(std::vector<ComparedPoint> points) {
  Comparison comparison;
  comparison.points = std::move(points);
  size_t shown = 0;
  for (const std::string& figure : figures_of(comparison)) {
    const std::vector<ComparisonLine> lines = lines_of(comparison, figure);
    const bool any = std::any_of(lines.begin(), lines.end(), [](const ComparisonLine& line) {
      return line.compared + line.ambiguous > 0;
    });
    if (!any) {
      comparison.absent_figures.push_back(figure);
      continue;
    }
    ++shown;
    comparison.lines.insert(comparison.lines.end(), lines.begin(), lines.end());
  }
  if (shown < 2) return comparison;
  const std::vector<ComparisonLine> all = lines_of(comparison, "");
  comparison.lines.insert(comparison.lines.end(), all.begin(), all.end());
  return comparison;
}

}  // namespace edgesweep
