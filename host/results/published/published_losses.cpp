#include "host/results/published/published_losses.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <limits>
#include <map>
#include <system_error>

#include "host/data/csv.h"
#include "host/results/policies.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLossColumn = "average_top5_loss";

/// A setting of a published row.
struct SettingColumn {
  const char* name;
  std::optional<double> PointSettings::*member;
  double least, most;
  double in_figure_e;
};
constexpr SettingColumn kSettings[] = {
    {"r", &PointSettings::rate, 0, 1, 0.1},
    {"b", &PointSettings::depth, 1, 10000, 4},
    {"spread", &PointSettings::spread, 0, 1, 0.1},
    {"rprob", &PointSettings::reset_probability, 0, 1, 0.01},
    {"I1", &PointSettings::interval_1, 1, 10000, 1},
    {"I2", &PointSettings::interval_2, 1, 10000, 3},
    {"tprob1", &PointSettings::p_12, 0, 1, 0.001},
    {"tprob2", &PointSettings::p_21, 0, 1, 0.0005},
};

const std::vector<std::string>& layout() {
  static const std::vector<std::string> columns{
      "figure", "panel",  "r",         "b",
      "spread", "rprob",  "I1",        "I2",
      "tprob1", "tprob2", "history_T", "policy",
      "x_name", "x",      kLossColumn, "not_stated_in_figure"};
  return columns;
}

/// An empty field means "does not apply", but "not known" in Fig. 11, which states nothing but T.
/// Its likely setting is that of Fig. E (experiments/published/README.md, "Settings").
void assume_figure_e(PublishedLoss& loss) {
  if (loss.figure != "11") return;
  for (const SettingColumn& setting : kSettings) {
    if (loss.settings.*setting.member) continue;
    loss.settings.*setting.member = setting.in_figure_e;
    loss.settings_assumed = true;
  }
}

Policy policy_at(const CsvFile& csv, size_t row) {
  const std::optional<Policy> policy = policy_from_name(csv.text(row, "policy"));
  if (!policy)
    throw csv.refusal(row, "policy", "the name of a policy: lower_bound, baseline, mdp, dqn, ...");
  return *policy;
}

/// A kind of sequence or arrivals needs all of its settings.
void check_together(const CsvFile& csv, size_t row, const PointSettings& point) {
  if (!point.rate) throw csv.refusal(row, "r", "a number");
  if (!point.depth) throw csv.refusal(row, "b", "a number");
  if (point.spread.has_value() != point.reset_probability.has_value())
    throw csv.refusal(row, point.spread ? "rprob" : "spread", "a number: both have one, or none");
  for (const SettingColumn& setting : kSettings) {
    const std::string name = setting.name;
    const bool of_arrivals = name == "I2" || name == "tprob1" || name == "tprob2";
    if (of_arrivals && (point.*setting.member).has_value() != point.interval_1.has_value())
      throw csv.refusal(row, name, "a number where I1 has one, and nothing elsewhere");
  }
}

PublishedLoss loss_at(const CsvFile& csv, size_t row, const std::string& file) {
  constexpr double kAny = std::numeric_limits<double>::infinity();
  PublishedLoss loss;
  loss.figure = csv.text(row, "figure");
  if (loss.figure.empty()) throw csv.refusal(row, "figure", "the figure's name");
  loss.panel = csv.text(row, "panel");
  loss.policy = policy_at(csv, row);
  loss.x_name = csv.text(row, "x_name");
  loss.x = csv.number_if_any(row, "x", -kAny, kAny);
  for (const SettingColumn& setting : kSettings)
    loss.settings.*setting.member =
        csv.number_if_any(row, setting.name, setting.least, setting.most);
  loss.history = csv.number_if_any(row, "history_T", 1, 65536);
  loss.loss = csv.number(row, kLossColumn, 0, 1);
  loss.file = file;
  loss.line = csv.line(row);
  assume_figure_e(loss);
  check_together(csv, row, loss.settings);
  return loss;
}

/// A copy of a file in the folder would count its points twice.
void refuse_repetition(const std::string& folder, const std::vector<PublishedLoss>& losses) {
  std::map<std::vector<std::string>, const PublishedLoss*> seen;
  for (const PublishedLoss& loss : losses) {
    const std::vector<std::string> key{loss.figure, loss.panel, policy_name(loss.policy),
                                       loss.x ? std::to_string(*loss.x) : ""};
    const auto [entry, is_new] = seen.try_emplace(key, &loss);
    if (is_new) continue;
    throw InputError(folder + "/" + loss.file, "line " + std::to_string(loss.line),
                     "the point that stands in " + entry->second->file + ", line " +
                         std::to_string(entry->second->line),
                     "every point of a figure, panel and policy once");
  }
}

std::vector<fs::path> csv_files(const std::string& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    if (entry->path().extension() == ".csv") files.push_back(entry->path());
  if (error)
    throw InputError(folder, "", "no folder that can be read (" + error.message() + ")",
                     "a folder of published losses, as experiments/published");
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

PublishedFolder read_published(const std::string& folder) {
  PublishedFolder published;
  for (const fs::path& path : csv_files(folder)) {
    const std::string name = path.filename().string();
    const std::vector<std::string> header = csv_header(path.string());
    if (std::find(header.begin(), header.end(), kLossColumn) == header.end()) {
      published.passed_over.push_back(name);
      continue;
    }
    const CsvFile csv(path.string());
    csv.require(layout());
    published.files.push_back(name);
    for (size_t row = 0; row < csv.rows(); ++row)
      published.losses.push_back(loss_at(csv, row, name));
  }
  if (published.losses.empty())
    throw InputError(folder, "", "no published losses",
                     std::string("CSV files with a column ") + kLossColumn);
  refuse_repetition(folder, published.losses);
  return published;
}

bool same_setting(double a, double b) {
  constexpr double kRounding = 1e-5;
  return std::abs(a - b) <= kRounding * std::max(std::abs(a), std::abs(b));
}

bool same_point(const PointSettings& a, const PointSettings& b) {
  return std::all_of(std::begin(kSettings), std::end(kSettings), [&](const SettingColumn& setting) {
    const std::optional<double>& x = a.*setting.member;
    const std::optional<double>& y = b.*setting.member;
    return x.has_value() == y.has_value() && (!x || same_setting(*x, *y));
  });
}

}  // namespace edgesweep
