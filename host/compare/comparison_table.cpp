#include "host/compare/comparison_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
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
constexpr GridColumn<Point> kPlaceColumns[] = {
    {"figure", "", [](const Point& p) -> Cell { return p.row->figure; }},
    {"panel", "", [](const Point& p) -> Cell { return p.row->panel; }},
    {"curve", "policy, or dqn_gain: loss of the mdp - loss of the dqn",
     [](const Point& p) -> Cell { return p.curve; }},
    {"x_name", "what is on the x axis", [](const Point& p) -> Cell { return p.row->x_name; }},
    {"x", "", [](const Point& p) { return cell_of(p.row->x); }},
};

// The settings that the tables state stand between these.

constexpr GridColumn<Point> kValueColumns[] = {
    {"status", "compared, absent, ambiguous, or other level: of other test images",
     [](const Point& p) -> Cell { return std::string(status_name(p.status)); }},
    {"in_all", "0: left out of the sums over all figures",
     [](const Point& p) { return cell_of(p.row->in_all); }},
    {"run", "id in /runs of the first of ours", [](const Point& p) -> Cell { return p.run; }},
    {"seeds", "runs of ours that differ in seed alone",
     [](const Point& p) -> Cell { return p.seeds; }},
    {"replayed", "1: ours met replayed test sequences",
     [](const Point& p) { return cell_of(p.replayed); }},
    {"published_at_our_level", "as in the table; the gain: difference of its two losses",
     [](const Point& p) -> Cell { return p.value; }},
    {"tolerance", "how far above it ours may be; NaN: not stated",
     [](const Point& p) { return cell_of(p.tolerance); }},
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
    {"file", "of the published value", [](const Point& p) -> Cell { return p.row->file; }},
    {"line", "there", [](const Point& p) -> Cell { return p.row->line; }},
};

using Line = ComparisonLine;
constexpr GridColumn<Line> kLineColumns[] = {
    {"figure", "all: the figures above together, of the values that are in_all",
     [](const Line& l) -> Cell { return l.figure; }},
    {"curve", "policy, or dqn_gain: loss of the mdp - loss of the dqn",
     [](const Line& l) -> Cell { return l.curve; }},
    {"in_all", "0: left out of the sums over all figures",
     [](const Line& l) { return cell_of(l.in_all); }},
    {"compared", "points", [](const Line& l) -> Cell { return l.compared; }},
    {"absent", "published points that no run of ours has",
     [](const Line& l) -> Cell { return l.absent; }},
    {"ambiguous", "points that several runs have with different losses, or of another level",
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
    {"within_goal", "points with ours at most the tolerance above the published loss",
     [](const Line& l) { return l.with_tolerance > 0 ? Cell(l.within_goal) : Cell(); }},
    {"tolerance", "the largest of the points; NaN: not stated",
     [](const Line& l) { return l.with_tolerance > 0 ? Cell(l.tolerance) : Cell(); }},
};

/// A column of a grid and a table: its cells, row by row.
struct Cells {
  std::string name;
  std::string description;
  std::vector<Cell> cells;
};

template <typename Row, size_t kCount>
void add_columns(const GridColumn<Row> (&columns)[kCount], const std::vector<Row>& rows,
                 std::vector<Cells>& all) {
  for (const GridColumn<Row>& column : columns) {
    Cells cells{column.name, column.description, {}};
    for (const Row& row : rows) cells.cells.push_back(column.cell(row));
    all.push_back(std::move(cells));
  }
}

/// What the row says of a setting: nothing, a number, or a text.
Cell stated_cell(const PublishedPoint& row, const std::string& column) {
  for (const StatedSetting& stated : row.settings)
    if (stated.column == column) return stated.number ? Cell(*stated.number) : Cell(stated.text);
  return {};
}

/// One setting that the tables state. Where any row has a text, all have.
Cells setting_cells(const std::string& column, const std::vector<Point>& points) {
  Cells cells{column, "as in /runs; what the table does not state is empty, or NaN", {}};
  for (const Point& point : points) cells.cells.push_back(stated_cell(*point.row, column));
  const auto is_text = [](const Cell& cell) { return std::holds_alternative<std::string>(cell); };
  if (std::any_of(cells.cells.begin(), cells.cells.end(), is_text))
    for (Cell& cell : cells.cells)
      if (!is_text(cell))
        cell = std::holds_alternative<double>(cell) ? fmt::format("{}", std::get<double>(cell))
                                                    : std::string();
  return cells;
}

std::vector<Cells> columns_of(const std::vector<Point>& points) {
  std::vector<Cells> all;
  add_columns(kPlaceColumns, points, all);
  std::vector<std::string> settings;
  for (const Point& point : points)
    for (const StatedSetting& stated : point.row->settings)
      if (std::find(settings.begin(), settings.end(), stated.column) == settings.end())
        settings.push_back(stated.column);
  for (const std::string& setting : settings) all.push_back(setting_cells(setting, points));
  add_columns(kValueColumns, points, all);
  return all;
}

std::vector<Cells> columns_of(const std::vector<Line>& lines) {
  std::vector<Cells> all;
  add_columns(kLineColumns, lines, all);
  return all;
}

template <typename Row>
ResultGrid grid_of(const std::vector<Row>& rows) {
  ResultGrid grid;
  grid.rows.resize(rows.size());
  for (Cells& column : columns_of(rows)) {
    grid.columns.push_back(column.name);
    for (size_t i = 0; i < rows.size(); ++i) grid.rows[i].push_back(std::move(column.cells[i]));
  }
  return grid;
}

/// The values of one column as texts if any is one, as integers if all are, else as numbers with
/// NaN for nothing.
Column table_column(const Cells& column) {
  Texts texts;
  Integers integers;
  Numbers numbers;
  for (const Cell& cell : column.cells)
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
        cell);
  const size_t rows = column.cells.size();
  if (rows > 0 && texts.size() == rows) return {column.name, std::move(texts), column.description};
  if (integers.size() == rows) return {column.name, std::move(integers), column.description};
  return {column.name, std::move(numbers), column.description};
}

template <typename Row>
Table table_of(const char* description, const std::vector<Row>& rows) {
  Table table{description, {}};
  for (const Cells& column : columns_of(rows)) table.columns.push_back(table_column(column));
  return table;
}

/// "0.000032", or the range of what the tables state.
std::string training_text(const Comparison& comparison) {
  double most = 0;
  for (const Point& point : comparison.points)
    most = std::max(most, point.row->noise.dqn_training_sd);
  return fmt::format("1.96 x {:f}; twice for a single seed of ours", most);
}

/// Notes of the tables, each once: those of figures of which a value is compared.
void add_notes_of_tables(const Comparison& comparison, std::vector<std::string>& notes) {
  std::set<std::pair<std::string, bool>> compared;
  for (const Point& point : comparison.points)
    if (point.status == Status::compared) compared.emplace(point.row->figure, point.row->in_all);
  for (const Point& point : comparison.points)
    if (compared.contains({point.row->figure, point.row->in_all}))
      for (const std::string& note : point.row->notes)
        if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
}

}  // namespace

ResultGrid points_grid(const Comparison& comparison) { return grid_of(comparison.points); }

ResultGrid lines_grid(const Comparison& comparison) { return grid_of(comparison.lines); }

std::vector<std::pair<std::string, Table>> comparison_tables(const Comparison& comparison) {
  return {
      {"comparison",
       table_of("Published losses next to ours, one row a published value.", comparison.points)},
      {"comparison_summary", table_of("The same, one row a figure and curve.", comparison.lines)}};
}

std::vector<std::string> comparison_notes(const Comparison& comparison) {
  const auto any = [&](auto property) {
    return std::any_of(comparison.points.begin(), comparison.points.end(), [&](const Point& point) {
      return point.status == Status::compared && property(point);
    });
  };
  std::vector<std::string> notes{
      "difference = ours - published; dqn_gain = loss of the mdp - loss of the dqn"};
  if (any([](const Point& point) { return !point.replayed; }))
    notes.push_back(
        "test sequences of our own: `in ours` counts published values in our 95 % interval, which "
        "holds the noise of our sequences (1.96 loss_se) and, of several seeds, their spread (by "
        "bootstrap, too narrow for two or three); of "
        "equal implementations some 83 % would lie in it, as the published sequences are as noisy; "
        "`in both` has their noise too, that of the published training (" +
        training_text(comparison) +
        ") and that of the level; dqn_gain: no interval, as its noise over sequences is not "
        "stored");
  if (any([](const Point& point) { return point.replayed; }))
    notes.push_back(
        "replayed test sequences, taken for the published ones: no noise of sequences; both "
        "intervals hold the spread over our seeds (if several; by bootstrap, too narrow for two or "
        "three), that of the published training (" +
        training_text(comparison) +
        ") and the error of the level; not in "
        "them: what our test images differ from the authors'");
  add_notes_of_tables(comparison, notes);
  if (any([](const Point& point) { return !point.row->in_all; }))
    notes.emplace_back("* not counted in `all`");
  if (std::any_of(comparison.points.begin(), comparison.points.end(),
                  [](const Point& point) { return point.status == Status::ambiguous; }))
    notes.emplace_back(
        "ambiguous: several runs have a point's settings and different losses, e.g. with two "
        "schedules of training; compare files with one of them");
  if (std::any_of(comparison.points.begin(), comparison.points.end(),
                  [](const Point& point) { return point.status == Status::other_level; }))
    notes.emplace_back(
        "other level (counted as ambiguous): the runs' test images have another mean weak cost "
        "than "
        "those that the table's losses are of; make a table at their level");
  return notes;
}

}  // namespace edgesweep
