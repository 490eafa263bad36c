#include "host/results/published/comparison_table.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <type_traits>

namespace edgesweep {
namespace {

using Cell = ResultGrid::Cell;
using Status = ComparedPoint::Status;

/// Name, description, and what of a row it is.
template <typename Row>
struct GridColumn {
  const char* name;
  const char* description;
  Cell (*cell)(const Row& row);
};

Cell cell_of(const std::optional<double>& value) { return value ? Cell(*value) : Cell(); }
Cell cell_of(bool value) { return static_cast<int64_t>(value); }

/// A value that only a compared point has.
Cell if_compared(const ComparedPoint& point, double value) {
  return point.status == Status::compared ? Cell(value) : Cell();
}
Cell if_any(const ComparisonLine& line, double value) {
  return line.compared > 0 ? Cell(value) : Cell();
}

using Point = ComparedPoint;
constexpr GridColumn<Point> kPointColumns[] = {
    {"figure", "", [](const Point& p) -> Cell { return p.published.figure; }},
    {"panel", "", [](const Point& p) -> Cell { return p.published.panel; }},
    {"curve", "policy, or dqn_gain: loss of the mdp - loss of the dqn",
     [](const Point& p) -> Cell { return p.curve; }},
    {"x_name", "what is on the x axis", [](const Point& p) -> Cell { return p.published.x_name; }},
    {"x", "", [](const Point& p) { return cell_of(p.published.x); }},
    {"rate", "r", [](const Point& p) { return cell_of(p.published.settings.rate); }},
    {"depth", "b", [](const Point& p) { return cell_of(p.published.settings.depth); }},
    {"spread", "NaN: iid metrics",
     [](const Point& p) { return cell_of(p.published.settings.spread); }},
    {"reset_probability", "NaN: iid metrics",
     [](const Point& p) { return cell_of(p.published.settings.reset_probability); }},
    {"interval_1", "NaN: periodic arrivals",
     [](const Point& p) { return cell_of(p.published.settings.interval_1); }},
    {"interval_2", "NaN: periodic arrivals",
     [](const Point& p) { return cell_of(p.published.settings.interval_2); }},
    {"p_12", "NaN: periodic arrivals",
     [](const Point& p) { return cell_of(p.published.settings.p_12); }},
    {"p_21", "NaN: periodic arrivals",
     [](const Point& p) { return cell_of(p.published.settings.p_21); }},
    {"history_T", "length of the history; NaN: not stated",
     [](const Point& p) { return cell_of(p.published.history); }},
    {"settings_assumed", "1: the figure states no settings, those of Fig. E were taken",
     [](const Point& p) { return cell_of(p.published.settings_assumed); }},
    {"status", "compared, absent, ambiguous or no weak loss known",
     [](const Point& p) -> Cell { return std::string(status_name(p.status)); }},
    {"unidentified", "1: the published value is of a sequence that is not known",
     [](const Point& p) { return cell_of(p.unidentified); }},
    {"run", "id in /runs of the first of ours", [](const Point& p) -> Cell { return p.run; }},
    {"seeds", "runs of ours that differ in seed alone",
     [](const Point& p) -> Cell { return p.seeds; }},
    {"replayed", "1: ours met replayed test sequences",
     [](const Point& p) { return cell_of(p.replayed); }},
    {"published", "as published; the gain: difference of the two published losses",
     [](const Point& p) -> Cell {
       return p.curve == kGainCurve ? if_compared(p, p.value) : Cell(p.published.loss);
     }},
    {"published_at_our_level",
     "published - weak loss of its sequence + mean weak cost of the test images",
     [](const Point& p) { return if_compared(p, p.value); }},
    {"ours", "mean over seeds", [](const Point& p) { return if_compared(p, p.ours); }},
    {"difference", "ours - published_at_our_level",
     [](const Point& p) { return if_compared(p, p.difference); }},
    {"ours_low", "lower end of our 95 % interval; NaN: nothing varies, or it is not known how much",
     [](const Point& p) { return if_compared(p, p.intervals.ours.low); }},
    {"ours_high", "upper end",
     [](const Point& p) { return if_compared(p, p.intervals.ours.high); }},
    {"both_low", "lower end of the 95 % interval with the noise of the published value",
     [](const Point& p) { return if_compared(p, p.intervals.both.low); }},
    {"both_high", "upper end",
     [](const Point& p) { return if_compared(p, p.intervals.both.high); }},
    {"file", "of the published value", [](const Point& p) -> Cell { return p.published.file; }},
    {"line", "there", [](const Point& p) -> Cell { return p.published.line; }},
};

using Line = ComparisonLine;
constexpr GridColumn<Line> kLineColumns[] = {
    {"figure", "all: the figures above together, without unidentified points",
     [](const Line& l) -> Cell { return l.figure; }},
    {"curve", "policy, or dqn_gain: loss of the mdp - loss of the dqn",
     [](const Line& l) -> Cell { return l.curve; }},
    {"unidentified", "1: the published values are of a sequence that is not known",
     [](const Line& l) { return cell_of(l.unidentified); }},
    {"compared", "points", [](const Line& l) -> Cell { return l.compared; }},
    {"absent", "published points that no run of ours has",
     [](const Line& l) -> Cell { return l.absent; }},
    {"ambiguous", "points that several runs have with different losses, or of unknown level",
     [](const Line& l) -> Cell { return l.ambiguous; }},
    {"mean_difference", "ours - published",
     [](const Line& l) { return if_any(l, l.mean_difference); }},
    {"mean_absolute", "mean of its absolute value",
     [](const Line& l) { return if_any(l, l.mean_absolute); }},
    {"largest", "difference with the largest absolute value",
     [](const Line& l) { return if_any(l, l.largest); }},
    {"largest_point", "where", [](const Line& l) -> Cell { return l.largest_point; }},
    {"with_interval", "points that have an interval",
     [](const Line& l) -> Cell { return l.with_interval; }},
    {"in_ours", "of them, with the published value in our interval",
     [](const Line& l) -> Cell { return l.in_ours; }},
    {"in_both", "of them, with it in the interval that has the published noise too",
     [](const Line& l) -> Cell { return l.in_both; }},
    {"within_goal", "dqn: points with ours at most 0.0003 above the published loss",
     [](const Line& l) -> Cell { return l.curve == "dqn" ? Cell(l.within_goal) : Cell(); }},
};

template <typename Row, size_t kCount>
ResultGrid grid_of(const GridColumn<Row> (&columns)[kCount], const std::vector<Row>& rows) {
  ResultGrid grid;
  for (const GridColumn<Row>& column : columns) grid.columns.emplace_back(column.name);
  for (const Row& row : rows) {
    std::vector<Cell> cells;
    for (const GridColumn<Row>& column : columns) cells.push_back(column.cell(row));
    grid.rows.push_back(std::move(cells));
  }
  return grid;
}

/// The values of one column as texts if any is one, as integers if all are, else as numbers with
/// NaN for nothing.
template <typename Row>
Column table_column(const GridColumn<Row>& column, const std::vector<Row>& rows) {
  Texts texts;
  Integers integers;
  Numbers numbers;
  for (const Row& row : rows)
    std::visit(
        [&](const auto& value) {
          using Value = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<Value, std::string>) texts.push_back(value);
          if constexpr (std::is_same_v<Value, int64_t>) integers.push_back(value);
          if constexpr (std::is_same_v<Value, std::monostate>)
            numbers.push_back(std::numeric_limits<double>::quiet_NaN());
          else if constexpr (std::is_arithmetic_v<Value>)
            numbers.push_back(static_cast<double>(value));
        },
        column.cell(row));
  if (!rows.empty() && texts.size() == rows.size())
    return {column.name, std::move(texts), column.description};
  if (integers.size() == rows.size()) return {column.name, std::move(integers), column.description};
  return {column.name, std::move(numbers), column.description};
}

template <typename Row, size_t kCount>
Table table_of(const char* description, const GridColumn<Row> (&columns)[kCount],
               const std::vector<Row>& rows) {
  Table table{description, {}};
  for (const GridColumn<Row>& column : columns) table.columns.push_back(table_column(column, rows));
  return table;
}

}  // namespace

ResultGrid points_grid(const Comparison& comparison) {
  return grid_of(kPointColumns, comparison.points);
}

ResultGrid lines_grid(const Comparison& comparison) {
  return grid_of(kLineColumns, comparison.lines);
}

std::vector<std::pair<std::string, Table>> comparison_tables(const Comparison& comparison) {
  return {{"comparison", table_of("Published losses beside ours, one row a published value.",
                                  kPointColumns, comparison.points)},
          {"comparison_summary",
           table_of("The same, one row a figure and curve.", kLineColumns, comparison.lines)}};
}

std::vector<std::string> comparison_notes(const Comparison& comparison) {
  const auto any = [&](auto property) {
    return std::any_of(comparison.points.begin(), comparison.points.end(), [&](const Point& point) {
      return point.status == Status::compared && property(point);
    });
  };
  std::vector<std::string> notes{
      "difference = ours - published, the published loss at our level: published - weak loss of "
      "its "
      "sequence + mean weak cost of our test images; dqn_gain = loss of the mdp - loss of the dqn, "
      "free of the level. Points of one figure share their sequences: their differences are not "
      "independent"};
  if (any([](const Point& point) { return !point.replayed; }))
    notes.emplace_back(
        "test sequences of our own: `in ours` counts published values in our 95 % interval, which "
        "holds the noise of our sequences (1.96 loss_se) and, of several seeds, their spread (by "
        "bootstrap, too narrow for two or three); of "
        "equal implementations some 83 % would lie in it, as the published sequences are as noisy; "
        "`in both` has their noise too, that of the published training (1.96 x 0.000032; twice for "
        "a "
        "single seed of ours) and that of the level; dqn_gain: no interval, as its noise over "
        "sequences is not stored");
  if (any([](const Point& point) { return point.replayed; }))
    notes.emplace_back(
        "replayed test sequences, taken for the published ones: no noise of sequences; both "
        "intervals hold the spread over our seeds (if several; by bootstrap, too narrow for two or "
        "three), that of the published training "
        "(1.96 x 0.000032; twice for a single seed of ours) and the error of the level; not in "
        "them: what our test images differ from the authors'");
  if (any([](const Point& point) { return point.unidentified; }))
    notes.emplace_back(
        "* lower bounds of correlated images were published for a sequence that is not known; "
        "compared at the level of Fig. 6's, and not counted in `all`");
  if (any([](const Point& point) { return point.published.settings_assumed; }))
    notes.emplace_back(
        "Fig. 11 states no setting but T: Fig. E's are assumed, and that T counts the current "
        "image "
        "(history_metrics = T - 1)");
  if (std::any_of(comparison.points.begin(), comparison.points.end(),
                  [](const Point& point) { return point.status == Status::ambiguous; }))
    notes.emplace_back(
        "ambiguous: several runs have a point's settings and different losses, e.g. with two "
        "schedules of training; compare files with one of them");
  return notes;
}

}  // namespace edgesweep
