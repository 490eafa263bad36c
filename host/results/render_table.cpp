// How a ResultTable reads as text, CSV and JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "host/results/loss_format.h"
#include "host/results/result_table.h"
#include "host/results/results_file.h"

namespace edgesweep {
namespace {

using Cell = ResultGrid::Cell;
using Words = std::vector<std::string>;

/// The losses of a table, whatever the policy.
LossFormat loss_format(const ResultGrid& grid) {
  std::vector<double> losses;
  for (size_t c = 0; c < grid.columns.size(); ++c) {
    if (!grid.columns[c].ends_with("_loss")) continue;
    for (const auto& row : grid.rows)
      if (const auto* loss = std::get_if<double>(&row[c])) losses.push_back(*loss);
  }
  return LossFormat(losses);
}

std::string probability(double value) {
  return std::isnan(value) ? "nan" : fmt::format("{:.3f}", value);
}

/// Number with all digits that identify it; an empty cell is empty.
std::string exact(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* integer = std::get_if<int64_t>(&cell)) return fmt::format("{}", *integer);
  if (const auto* number = std::get_if<double>(&cell)) return fmt::format("{}", *number);
  return "";
}

/// Losses in their format, everything else as it is; "-" where nothing applies.
std::string readable(const std::string& column, const Cell& cell, const LossFormat& format) {
  if (std::holds_alternative<std::monostate>(cell)) return "-";
  const auto* number = std::get_if<double>(&cell);
  const bool is_loss = column.find("_loss") != std::string::npos;
  const bool is_gain = column == "dqn_gain";
  if (number != nullptr && column == "dqn_improvement") return probability(*number);
  if (number == nullptr || !(is_loss || is_gain)) return exact(cell);
  return is_gain ? format.signed_text(*number) : format.text(*number);
}

/// Columns on a terminal: letters, not bytes, of UTF-8.
size_t width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

/// Lines without control characters: a name or cause from a file must not steer a terminal.
std::string printable_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return text;
}

/// "[0.1, 0.2]"
template <typename Text>
std::string interval_text(const Interval& interval, const Text& text) {
  return fmt::format("[{}, {}]", text(interval.low), text(interval.high));
}

struct TextColumn {
  Words cells;  ///< header first
  bool left = false;
};

/// What stands behind a loss or a probability: its standard error "± 0.000012", or its interval
/// over seeds "[0.123, 0.124]"; nothing if it is NaN, or if the policy is not simulated.
class Beside {
 public:
  Beside(const ResultGrid& grid, const std::string& name, const LossFormat& format)
      : format_(format),
        error_(find(grid, name + "_se")),
        low_(find(grid, name + (name.ends_with("_loss") ? "_mean_low" : "_low"))),
        high_(find(grid, name + (name.ends_with("_loss") ? "_mean_high" : "_high"))),
        is_exact_(is_exact(name)),
        is_probability_(name == "dqn_improvement") {}

  std::string text(const std::vector<Cell>& row) const {
    if (is_exact_) return "";
    if (is_number(row, error_)) return " ± " + format_.text(std::get<double>(row[error_]));
    if (is_number(row, low_) && is_number(row, high_))
      return " " + interval_text({std::get<double>(row[low_]), std::get<double>(row[high_])},
                                 [&](double end) {
                                   return is_probability_ ? probability(end) : format_.text(end);
                                 });
    return "";
  }

 private:
  static size_t find(const ResultGrid& grid, const std::string& name) {
    return static_cast<size_t>(std::find(grid.columns.begin(), grid.columns.end(), name) -
                               grid.columns.begin());
  }
  static bool is_number(const std::vector<Cell>& row, size_t at) {
    return at < row.size() && std::holds_alternative<double>(row[at]) &&
           !std::isnan(std::get<double>(row[at]));
  }

  /// The loss of a policy that is computed over all images, without sequences.
  static bool is_exact(const std::string& column) {
    const size_t end = column.rfind("_loss");
    const auto policy = policy_from_name(column.substr(0, end));
    return policy && !has_bucket(*policy);
  }

  const LossFormat& format_;
  size_t error_;
  size_t low_;
  size_t high_;
  bool is_exact_;
  bool is_probability_;
};

/// Columns that text shows beside another, below the table, or not at all.
bool hidden(const std::string& name) {
  for (const char* end :
       {"_loss_se", "_loss_low", "_loss_high", "_loss_mean_low", "_loss_mean_high",
        "_loss_interquartile_mean", "_improvement_low", "_improvement_high"})
    if (name.ends_with(end)) return true;
  return name == "failure";
}

std::vector<TextColumn> text_columns(const ResultGrid& grid, const LossFormat& format) {
  std::vector<TextColumn> columns;
  for (size_t c = 0; c < grid.columns.size(); ++c) {
    const std::string& name = grid.columns[c];
    if (hidden(name)) continue;
    const Beside beside(grid, name, format);
    TextColumn column;
    column.cells.push_back(name);
    for (const auto& row : grid.rows) {
      column.left = column.left || std::holds_alternative<std::string>(row[c]);
      column.cells.push_back(
          printable_line(readable(name, row[c], format).append(beside.text(row))));
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

std::string align(const std::vector<TextColumn>& columns) {
  std::vector<size_t> widths;
  for (const TextColumn& column : columns) {
    widths.push_back(0);
    for (const std::string& cell : column.cells)
      widths.back() = std::max(widths.back(), width(cell));
  }
  std::string text;
  const size_t lines = columns.empty() ? 0 : columns.front().cells.size();
  for (size_t line = 0; line < lines; ++line) {
    std::string out;
    for (size_t c = 0; c < columns.size(); ++c) {
      const std::string& cell = columns[c].cells[line];
      const std::string padding(widths[c] - width(cell), ' ');
      if (c > 0) out.append(2, ' ');
      out.append(columns[c].left ? cell : padding).append(columns[c].left ? padding : cell);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    text.append(out).push_back('\n');
  }
  return text;
}

/// "failed: <id>: <cause>" for each failed run.
std::string failures(const ResultGrid& grid) {
  const auto at =
      std::find(grid.columns.begin(), grid.columns.end(), "failure") - grid.columns.begin();
  std::string text;
  for (const auto& row : grid.rows) {
    if (static_cast<size_t>(at) >= row.size() ||
        exact(row[static_cast<size_t>(at) - 1]) != "failed")
      continue;
    text += "failed: " + exact(row[0]) + ": " +
            printable_line(exact(row[static_cast<size_t>(at)])) + "\n";
  }
  return text;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted(1, '"');
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  quoted.push_back('"');
  return quoted;
}

std::string csv_line(const Words& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != fields.data()) line.push_back(',');
    line.append(csv_field(field));
  }
  line.push_back('\n');
  return line;
}

template <typename Text>
std::string beside(const Interval& interval, const Text& text) {
  return std::isnan(interval.low) ? "" : " " + interval_text(interval, text);
}

std::string points_text(int64_t points) {
  return fmt::format("{} {}", points, points == 1 ? "point" : "points");
}

/// "dqn against mdp over 60 points (5 seeds each): mean gain +0.012 [..], probability of
/// improvement 0.98 [..]", intervals only where there are seeds enough for one. Over several
/// datasets the gain of each stands on a line of its own.
std::string experiment_lines(const ExperimentSummary& experiment, const LossFormat& format) {
  if (experiment.points == 0) return "";
  const auto gain = [&](double value) { return format.signed_text(value); };
  const std::string seeds =
      experiment.least_seeds == experiment.most_seeds
          ? fmt::format("{} {} each", experiment.most_seeds,
                        experiment.most_seeds == 1 ? "seed" : "seeds")
          : fmt::format("{} to {} seeds each", experiment.least_seeds, experiment.most_seeds);
  const std::string improvement =
      fmt::format("probability of improvement {}{}", probability(experiment.improvement),
                  beside(experiment.improvement_interval, probability));
  std::string text =
      fmt::format("dqn against mdp over {} ({}): ", points_text(experiment.points), seeds);
  if (experiment.datasets.size() < 2)
    return text + fmt::format("mean gain {}{}, {}\n", gain(experiment.gain),
                              beside(experiment.gain_interval, gain), improvement);
  text += improvement + "; mean gain by dataset, as their costs may have different units:\n";
  for (const DatasetGain& of : experiment.datasets)
    text += fmt::format("  {}: {}{} over {}\n", printable_line(of.dataset), gain(of.gain),
                        beside(of.interval, gain), points_text(of.points));
  return text;
}

nlohmann::ordered_json dataset_gains_json(const std::vector<DatasetGain>& datasets) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const DatasetGain& of : datasets)
    rows.push_back({{"dataset", of.dataset},
                    {"points", of.points},
                    {"dqn_gain", of.gain},
                    {"dqn_gain_low", of.interval.low},
                    {"dqn_gain_high", of.interval.high}});
  return rows;
}

nlohmann::ordered_json experiment_json(const ExperimentSummary& experiment) {
  return {{"points", experiment.points},
          {"least_seeds", experiment.least_seeds},
          {"most_seeds", experiment.most_seeds},
          {"dqn_gain", experiment.gain},
          {"dqn_gain_low", experiment.gain_interval.low},
          {"dqn_gain_high", experiment.gain_interval.high},
          {"datasets", dataset_gains_json(experiment.datasets)},
          {"dqn_improvement", experiment.improvement},
          {"dqn_improvement_low", experiment.improvement_interval.low},
          {"dqn_improvement_high", experiment.improvement_interval.high}};
}

}  // namespace

std::string render_text(const ResultTable& table) {
  std::string text = fmt::format("{}: {} of {} runs done", printable_line(table.name),
                                 table.finished_runs - table.failed_runs, table.total_runs);
  if (table.failed_runs > 0) text += fmt::format(", {} failed", table.failed_runs);
  text += "\n";
  for (const auto& [name, value] : table.attributes)
    if (!value.empty()) text += fmt::format("{}: {}\n", name, printable_line(value));
  const LossFormat format = loss_format(table.runs);
  if (!table.runs.rows.empty()) text.append("\n").append(align(text_columns(table.runs, format)));
  const std::string failed = failures(table.runs);
  if (!failed.empty()) text.append("\n").append(failed);
  if (table.unconverged_mdps > 0)
    text += fmt::format(
        "\nnote: value iteration of the MDP stopped at its largest number of sweeps in {} {} "
        "(mdp_converged is 0 in /runs)\n",
        table.unconverged_mdps, table.unconverged_mdps == 1 ? "run" : "runs");
  if (!table.summary.rows.empty())
    text.append("\nover seeds: mean loss [its 95 % interval]\n")
        .append(align(text_columns(table.summary, format)));
  const std::string experiment = experiment_lines(table.experiment, format);
  if (!experiment.empty()) text.append("\n").append(experiment);
  if (!table.bound_note.empty()) text.append("\n").append(table.bound_note).append("\n");
  return text;
}

std::string render_csv(const ResultGrid& grid) {
  if (grid.columns.empty()) return "";
  std::string text = csv_line(grid.columns);
  for (const auto& row : grid.rows) {
    Words fields;
    for (const Cell& cell : row) fields.push_back(exact(cell));
    text += csv_line(fields);
  }
  return text;
}

nlohmann::ordered_json json_rows(const ResultGrid& grid) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const auto& row : grid.rows) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (size_t c = 0; c < row.size(); ++c)
      std::visit(
          [&](const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>)
              object[grid.columns[c]] = nullptr;
            else
              object[grid.columns[c]] = value;  // a number that is not finite is written as null
          },
          row[c]);
    rows.push_back(std::move(object));
  }
  return rows;
}

std::string render_json(const ResultTable& table) {
  nlohmann::ordered_json object = {{"name", table.name},
                                   {"total_runs", table.total_runs},
                                   {"finished_runs", table.finished_runs},
                                   {"failed_runs", table.failed_runs}};
  for (const auto& [name, value] : table.attributes) object[name] = value;
  object["runs"] = json_rows(table.runs);
  object["summary"] = json_rows(table.summary);
  object["experiment"] = experiment_json(table.experiment);
  if (!table.bound_note.empty()) object["note"] = table.bound_note;
  return object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace edgesweep
