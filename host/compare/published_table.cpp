#include "host/compare/published_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <system_error>
#include <tuple>

#include "host/data/csv.h"
#include "host/results/results_file.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

constexpr double kAny = std::numeric_limits<double>::infinity();
constexpr std::string_view kPreferred = "prefer:";

/// The policy of a column "dqn_loss"; nothing for another column.
std::optional<Policy> policy_of(const std::string& column, std::string_view ending) {
  if (!column.ends_with(ending)) return std::nullopt;
  return policy_from_name(column.substr(0, column.size() - ending.size()));
}

bool has_losses(const std::vector<std::string>& header) {
  return std::any_of(header.begin(), header.end(), [](const std::string& column) {
    return policy_of(column, "_loss").has_value();
  });
}

/// Reads the fields of one row into a point.
using Reader = std::function<void(const CsvFile&, size_t row, PublishedPoint&)>;

/// Columns that have a meaning of their own.
const std::map<std::string, Reader>& known_columns() {
  static const std::map<std::string, Reader> columns{
      {"figure",
       [](const CsvFile& csv, size_t row, PublishedPoint& point) {
         if (csv.text(row, "figure").empty()) throw csv.refusal(row, "figure", "the figure's name");
         point.figure = csv.text(row, "figure");
       }},
      {"panel", [](const CsvFile& csv, size_t row,
                   PublishedPoint& point) { point.panel = csv.text(row, "panel"); }},
      {"x_name", [](const CsvFile& csv, size_t row,
                    PublishedPoint& point) { point.x_name = csv.text(row, "x_name"); }},
      {"x", [](const CsvFile& csv, size_t row,
               PublishedPoint& point) { point.x = csv.number_if_any(row, "x", -kAny, kAny); }},
      {"in_all",
       [](const CsvFile& csv, size_t row, PublishedPoint& point) {
         const std::string& text = csv.text(row, "in_all");
         if (text != "0" && text != "1") throw csv.refusal(row, "in_all", "0 or 1");
         point.in_all = text == "1";
       }},
      {"mean_weak_cost",
       [](const CsvFile& csv, size_t row, PublishedPoint& point) {
         point.mean_weak_cost = csv.number_if_any(row, "mean_weak_cost", -kAny, kAny);
       }},
      {"level_se",
       [](const CsvFile& csv, size_t row, PublishedPoint& point) {
         point.noise.level_se = csv.number_if_any(row, "level_se", 0, kAny).value_or(0);
       }},
      {"published_images",
       [](const CsvFile& csv, size_t row, PublishedPoint& point) {
         point.noise.images = csv.number_if_any(row, "published_images", 1, kAny);
       }},
      {"dqn_training_sd",
       [](const CsvFile& csv, size_t row, PublishedPoint& point) {
         point.noise.dqn_training_sd =
             csv.number_if_any(row, "dqn_training_sd", 0, kAny).value_or(0);
       }},
  };
  return columns;
}

/// One table: what each of its columns is, then its rows.
class TableReader {
 public:
  TableReader(const CsvFile& csv, std::string file, const std::vector<std::string>& settings)
      : csv_(csv), file_(std::move(file)), settings_(settings) {
    for (const std::string& column : csv.columns()) readers_.push_back(reader(column));
  }

  PublishedPoint point(size_t row) const {
    PublishedPoint point;
    point.figure = fs::path(file_).stem().string();
    point.file = file_;
    point.line = csv_.line(row);
    for (const Reader& read : readers_) read(csv_, row, point);
    return point;
  }

 private:
  Reader reader(const std::string& column) {
    const auto known = known_columns().find(column);
    if (known != known_columns().end()) return known->second;
    if (column == "note" || column.starts_with("note_"))
      return [column](const CsvFile& csv, size_t row, PublishedPoint& point) {
        if (!csv.text(row, column).empty()) point.notes.push_back(csv.text(row, column));
      };
    if (const std::optional<Policy> policy = policy_of(column, "_loss"))
      return [column, policy](const CsvFile& csv, size_t row, PublishedPoint& point) {
        if (const auto loss = csv.number_if_any(row, column, -kAny, kAny))
          point.losses[*policy].loss = *loss;
      };
    if (const std::optional<Policy> policy = policy_of(column, "_tolerance"))
      return tolerance(column, *policy);
    return setting(column);
  }

  Reader tolerance(const std::string& column, Policy policy) const {
    const std::string loss = std::string(policy_name(policy)) + "_loss";
    csv_.require({loss});
    return [column, loss, policy](const CsvFile& csv, size_t row, PublishedPoint& point) {
      if (csv.text(row, loss).empty()) return;
      point.losses[policy].tolerance = csv.number_if_any(row, column, 0, kAny);
    };
  }

  Reader setting(const std::string& column) {
    const bool preferred = column.starts_with(kPreferred);
    std::string name = preferred ? column.substr(kPreferred.size()) : column;
    std::replace(name.begin(), name.end(), '.', '_');
    if (std::find(settings_.begin(), settings_.end(), name) == settings_.end())
      throw InputError(csv_.path(), "line 1", "the unknown column " + column, kPublishedColumns,
                       nearest_name(name, settings_));
    if (std::find(stated_.begin(), stated_.end(), name) != stated_.end())
      throw InputError(csv_.path(), "line 1", "two columns for the setting " + name,
                       "one column a setting");
    stated_.push_back(name);
    return [column, name, preferred](const CsvFile& csv, size_t row, PublishedPoint& point) {
      const std::string& text = csv.text(row, column);
      if (!text.empty()) point.settings.push_back({name, text, number_in(text), preferred});
    };
  }

  const CsvFile& csv_;
  std::string file_;
  const std::vector<std::string>& settings_;
  std::vector<std::string> stated_;
  std::vector<Reader> readers_;  ///< one a column
};

/// A copy of a file in the folder would count its points twice.
void refuse_repetition(const std::string& folder, const std::vector<PublishedPoint>& points) {
  using Place = std::tuple<std::string, std::vector<std::string>, Policy>;
  std::map<Place, const PublishedPoint*> seen;
  for (const PublishedPoint& point : points) {
    std::vector<std::string> stated{point.panel};
    for (const StatedSetting& setting : point.settings)
      stated.push_back(setting.column + "=" + setting.text);
    for (const auto& [policy, loss] : point.losses) {
      const auto [entry, is_new] = seen.try_emplace(Place{point.figure, stated, policy}, &point);
      if (is_new) continue;
      throw InputError((fs::path(folder) / point.file).string(),
                       "line " + std::to_string(point.line),
                       "the point that stands in " + entry->second->file + ", line " +
                           std::to_string(entry->second->line),
                       "every point of a figure, panel and policy once");
    }
  }
}

std::vector<fs::path> csv_files(const std::string& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return {path};
  std::vector<fs::path> files;
  fs::directory_iterator entry(path, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    if (entry->path().extension() == ".csv") files.push_back(entry->path());
  if (error)
    throw InputError(path, "", "no file or folder that can be read (" + error.message() + ")",
                     "a CSV file of published losses, or a folder of such");
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

PublishedTables read_published(const std::string& path, const std::vector<std::string>& settings) {
  PublishedTables tables;
  for (const fs::path& file : csv_files(path)) {
    const std::string name = file.filename().string();
    const std::vector<std::string> header = csv_header(file.string());
    if (!has_losses(header)) {
      tables.passed_over.push_back(name);
      continue;
    }
    const CsvFile csv(file.string());
    const TableReader reader(csv, name, settings);
    tables.files.push_back(name);
    for (const std::string& column : header) {
      const std::optional<Policy> policy = policy_of(column, "_loss");
      if (policy && std::find(tables.policies.begin(), tables.policies.end(), *policy) ==
                        tables.policies.end())
        tables.policies.push_back(*policy);
    }
    for (size_t row = 0; row < csv.rows(); ++row) tables.points.push_back(reader.point(row));
  }
  const fs::path folder = fs::is_directory(path) ? fs::path(path) : fs::path(path).parent_path();
  refuse_repetition(folder.string(), tables.points);
  return tables;
}

bool same_setting(double a, double b) {
  constexpr double kRounding = 1e-5;
  return std::abs(a - b) <= kRounding * std::max(std::abs(a), std::abs(b));
}

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || rest != text.data() + text.size() || std::isnan(value))
    return std::nullopt;
  return value;
}

}  // namespace edgesweep
