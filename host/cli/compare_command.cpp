#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "host/cli/commands.h"
#include "host/cli/shipped_files.h"
#include "host/cli/terminal.h"
#include "host/compare/comparison.h"
#include "host/compare/comparison_table.h"
#include "host/config/defaults.h"
#include "host/error.h"
#include "host/results/atomic_file.h"
#include "host/results/ownership/ownership.h"
#include "host/results/result_table.h"
#include "host/text.h"

namespace edgesweep {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// Only the figures that were asked for.
void keep_figures(const std::vector<std::string>& wanted, std::vector<PublishedPoint>& points) {
  if (wanted.empty()) return;
  std::vector<std::string> known;
  for (const PublishedPoint& point : points)
    if (std::find(known.begin(), known.end(), point.figure) == known.end())
      known.push_back(point.figure);
  for (const std::string& figure : wanted)
    if (std::find(known.begin(), known.end(), figure) == known.end())
      throw InputError("", "--figure", "\"" + figure + "\"", joined(known),
                       nearest_name(figure, known));
  std::erase_if(points, [&](const PublishedPoint& point) {
    return std::find(wanted.begin(), wanted.end(), point.figure) == wanted.end();
  });
}

std::string number(const ComparisonLine& line, double value, bool with_sign) {
  if (line.compared == 0) return "-";
  return with_sign ? fmt::format("{:+.6f}", value) : fmt::format("{:.6f}", value);
}

std::string share(int64_t count, int64_t of) {
  return of == 0 ? "-" : fmt::format("{} of {}", count, of);
}

std::vector<std::string> text_row(const ComparisonLine& line) {
  return {line.figure,
          line.curve + (line.in_all ? "" : "*"),
          std::to_string(line.compared),
          std::to_string(line.absent),
          std::to_string(line.ambiguous),
          number(line, line.mean_difference, true),
          number(line, line.mean_absolute, false),
          number(line, line.largest, true),
          line.largest_point,
          share(line.in_ours, line.with_interval),
          share(line.in_both, line.with_interval)};
}

/// The curves that have a tolerance, in the order of the lines.
std::vector<std::string> curves_with_tolerance(const Comparison& comparison) {
  std::vector<std::string> curves;
  for (const ComparisonLine& line : comparison.lines)
    if (line.with_tolerance > 0 &&
        std::find(curves.begin(), curves.end(), line.curve) == curves.end())
      curves.push_back(line.curve);
  return curves;
}

/// "dqn at most 0.0003 above the published loss: figure 6: 58 of 60 (96.7 %)"
std::string goal_text(const Comparison& comparison, const std::string& curve) {
  std::string text;
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (const ComparedPoint& point : comparison.points)
    if (point.curve == curve && point.tolerance) {
      least = std::min(least, *point.tolerance);
      most = std::max(most, *point.tolerance);
    }
  for (const ComparisonLine& line : comparison.lines)
    if (line.curve == curve && line.with_tolerance > 0)
      text += fmt::format(
          "{}{}: {} of {} ({:.1f} %)", text.empty() ? "" : "; ",
          line.figure == "all" ? "all" : "figure " + line.figure, line.within_goal,
          line.with_tolerance,
          100.0 * static_cast<double>(line.within_goal) / static_cast<double>(line.with_tolerance));
  return fmt::format("{} at most {} above the published loss: {}\n", curve,
                     least == most ? fmt::format("{}", most) : "its tolerance", text);
}

/// Lines of at most 120 letters, broken at spaces.
std::string wrapped(const std::string& text) {
  std::string out;
  size_t start = 0;
  while (text.size() - start > 120) {
    const size_t space = text.rfind(' ', start + 120);
    if (space == std::string::npos || space <= start) break;
    out += text.substr(start, space - start) + "\n  ";
    start = space + 1;
  }
  return out + text.substr(start) + "\n";
}

std::string text_of(const CompareOptions& options, const PublishedTables& published,
                    const Comparison& comparison) {
  std::string text =
      fmt::format("{} next to {} ({})\n\n", options.file, options.tables, joined(published.files));
  std::vector<std::vector<std::string>> rows;
  for (const ComparisonLine& line : comparison.lines) rows.push_back(text_row(line));
  text += text_table({"figure", "curve", "compared", "absent", "ambiguous", "mean difference",
                      "mean absolute", "largest", "at", "in ours", "in both"},
                     rows);
  text += "\n";
  for (const std::string& curve : curves_with_tolerance(comparison))
    text += goal_text(comparison, curve);
  for (const std::string& note : comparison_notes(comparison)) text += wrapped(note);
  if (!comparison.absent_figures.empty())
    text += "no run for: figure " + joined(comparison.absent_figures) + "\n";
  if (!published.passed_over.empty())
    text += wrapped("CSV files without a column <policy>_loss, passed over: " +
                    joined(published.passed_over));
  return text;
}

std::string json_of(const CompareOptions& options, const PublishedTables& published,
                    const Comparison& comparison) {
  nlohmann::ordered_json object = {{"file", options.file},
                                   {"folder", options.tables},
                                   {"files", published.files},
                                   {"passed_over", published.passed_over},
                                   {"notes", comparison_notes(comparison)},
                                   {"absent_figures", comparison.absent_figures},
                                   {"summary", json_rows(lines_grid(comparison))},
                                   {"points", json_rows(points_grid(comparison))}};
  return object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string output_of(const CompareOptions& options, const PublishedTables& published,
                      const Comparison& comparison) {
  switch (options.form) {
    case CompareOptions::Form::csv:
      return render_csv(options.summary ? lines_grid(comparison) : points_grid(comparison));
    case CompareOptions::Form::json:
      return json_of(options, published, comparison);
    case CompareOptions::Form::text:
      break;
  }
  return text_of(options, published, comparison);
}

/// To be held from before the file is read until it is written, so that no other writer's work is
/// undone. Null, with the reason told, where the file cannot be written.
std::unique_ptr<Ownership> own_for_writing(const std::string& path, std::string& reason) {
  try {
    return Ownership::take(path);
  } catch (const std::runtime_error& error) {
    reason = error.what();
    return nullptr;
  }
}

/// The tables of the paper.
std::string default_tables() {
  const std::string name = "experiments/published/at_our_level";
  const std::string path = shipped_file(name);
  if (!path.empty()) return path;
  throw InputError("", "TABLES", "no " + name + " here, nor next to the program",
                   "published losses as second argument: edgesweep compare FILE.h5 TABLES");
}

/// Names of all settings as columns of /runs; no table may state a seed, as values are means over
/// seeds.
std::vector<std::string> settings_of_tables() {
  std::vector<std::string> names;
  for (const auto& [name, text] : setting_columns(Json::object()))
    if (name != "seed") names.push_back(name);
  return names;
}

/// Refuses what older programs took, naming what to do: they knew levels and settings of one paper.
void refuse_older_use(const CompareOptions& options, const PublishedTables& published) {
  if (options.weak_losses)
    throw InputError("", "--weak-losses", "\"" + *options.weak_losses + "\"",
                     "tables with losses at our level: experiments/paper.py --weak-losses FILE.csv "
                     "-o FOLDER writes them");
  if (published.points.empty())
    throw InputError(options.tables, "",
                     published.passed_over.empty()
                         ? "no CSV file"
                         : "no column <policy>_loss in " + joined(published.passed_over),
                     std::string("CSV files whose columns are ") + kPublishedColumns);
}

}  // namespace

int compare_command(const CompareOptions& given) {
  CompareOptions options = given;
  if (options.tables.empty()) options.tables = default_tables();
  PublishedTables published = read_published(options.tables, settings_of_tables());
  refuse_older_use(options, published);
  keep_figures(options.figures, published.points);

  if (!std::filesystem::exists(options.file))
    throw InputError(options.file, "", "no such file", "a results file that `edgesweep run` wrote");
  std::string reason;
  const std::string path = without_link(options.file);
  const std::unique_ptr<Ownership> ownership =
      options.dry_run ? nullptr : own_for_writing(path, reason);
  const std::optional<StoredSweep> sweep = read_results(options.file);
  if (!sweep) throw InputError(options.file, "", "no such file", "a results file");
  TestWeakLoss level(*sweep, options.file);
  const Comparison comparison = summed_up(
      compared_points(*sweep, published, [&](const StoredRun& run) { return level.of(run); }));
  if (comparison.lines.empty())
    throw InputError(options.file, "", "no run with the settings of a published point",
                     "runs of " + options.tables + " (" + joined(published.files) + ")");
  print_output("{}", output_of(options, published, comparison));
  if (ownership)
    write_results(path, *sweep, comparison_tables(comparison));
  else if (!options.dry_run)
    print_message("/comparison was not written: " + reason + "\n");
  return 0;
}

}  // namespace edgesweep
