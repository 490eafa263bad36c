// The tables of a results file, column by column.
#include <algorithm>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>

#include "host/results/results_file.h"
#include "host/results/results_format.h"
#include "host/results/run_fields.h"
#include "host/results/settings_columns.h"
#include "host/results/summary.h"

namespace edgesweep {
namespace {

using Runs = std::span<const StoredRun* const>;

/// One value of every run as a column.
template <typename Values, typename Get>
Column run_column(Runs runs, const std::string& name, const std::string& description, Get get) {
  Values values;
  values.reserve(runs.size());
  for (const StoredRun* run : runs) values.push_back(get(run->result));
  return {name, std::move(values), description};
}

std::string policy_words(const RunResult& result) {
  std::vector<std::string> names;
  for (const PolicyResult& policy : result.policies) names.emplace_back(policy_name(policy.policy));
  return join_words(names);
}

void add_policy_columns(Runs runs, const std::vector<Policy>& policies, Table& table) {
  for (const Policy policy : policies) {
    for (const auto& field : kPolicyNumbers) {
      const std::string name = policy_name(policy) + std::string("_") + field.name;
      table.columns.push_back(
          run_column<Numbers>(runs, name, field.description, [&](const RunResult& result) {
            const PolicyResult* found = find_policy(result, policy);
            return found == nullptr ? std::numeric_limits<double>::quiet_NaN()
                                    : found->*field.member;
          }));
    }
  }
}

std::string columns_json(const StoredRun& run) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  auto& members = object.get_ref<nlohmann::ordered_json::object_t&>();
  run.config.visit_columns([&](const std::string& name, std::string_view text) {
    members.push_back({name, std::string(text)});  // names differ: no search for them
  });
  return object.dump();
}

/// A row of a table with several rows a run: the number in its run counts from 0.
struct RowOfRun {
  const RunResult& result;
  size_t number = 0;
};

/// A table with `rows_of(result)` rows for each run.
TableBlocks rows_of_runs(const SweepView& sweep,
                         const std::function<size_t(const RunResult&)>& rows_of,
                         const std::function<Table(const std::vector<RowOfRun>&)>& make) {
  std::vector<size_t> ends;  // of each run's rows
  size_t rows = 0;
  for (const StoredRun* run : sweep.runs) ends.push_back(rows += rows_of(run->result));
  return {rows, [&sweep, ends = std::move(ends), make](size_t first, size_t count) {
            std::vector<RowOfRun> chosen;
            auto run = static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), first) -
                                           ends.begin());
            for (size_t row = first; row < first + count; ++row) {
              while (ends[run] <= row) ++run;
              chosen.push_back({sweep.runs[run]->result, row - (run == 0 ? 0 : ends[run - 1])});
            }
            return make(chosen);
          }};
}

/// A value of each row as a column.
template <typename Values, typename Rows, typename Get>
Column row_column(const Rows& rows, const std::string& name, const std::string& description,
                  Get get) {
  Values values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(get(row));
  return {name, std::move(values), description};
}

std::string id_of(const RowOfRun& row) { return row.result.id; }

}  // namespace

std::string join_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> split_words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string layer_words(const RunResult& result) {
  std::vector<std::string> sizes;
  for (const int32_t size : result.layer_sizes) sizes.push_back(std::to_string(size));
  return join_words(sizes);
}

Table experiments_table(const SweepView& sweep) {
  const std::vector<Experiment>& rows = sweep.header.experiments;
  return {
      "The experiments of the config, one row each, in the order written.",
      {row_column<Texts>(rows, "name", "of the experiment",
                         [](const Experiment& row) { return row.name; }),
       row_column<Texts>(rows, "description", "",  // the attribute is the table's
                         [](const Experiment& row) { return row.description; }),
       row_column<Texts>(rows, "swept",
                         "columns of /runs in which its runs differ, in axis order, spaces between",
                         [](const Experiment& row) { return join_words(row.swept); }),
       row_column<Integers>(
           rows, "runs", "number of its rows in /experiment_runs",
           [](const Experiment& row) { return static_cast<int64_t>(row.runs.size()); })}};
}

TableBlocks experiment_runs_table(const SweepView& sweep) {
  const std::vector<Experiment>& experiments = sweep.header.experiments;
  size_t rows = 0;
  for (const Experiment& experiment : experiments) rows += experiment.runs.size();
  return {rows, [&experiments](size_t first, size_t count) {
            Texts names;
            Integers positions;
            Texts runs;
            for (const Experiment& experiment : experiments) {
              for (size_t i = first; i < experiment.runs.size() && names.size() < count; ++i) {
                names.push_back(experiment.name);
                positions.push_back(static_cast<int64_t>(i));
                runs.push_back(experiment.runs[i]);
              }
              first -= std::min(first, experiment.runs.size());
            }
            return Table{
                "Which runs each experiment has, in its own order; a run may belong to several.",
                {{"experiment", std::move(names), "name in /experiments"},
                 {"position", std::move(positions), "in the experiment, from 0"},
                 {"run", std::move(runs), "id in /runs once the run is finished"}}};
          }};
}

namespace {

Table some_runs(Runs runs, const SettingsTable& settings, const std::vector<Policy>& policies) {
  Table table{
      "One row a finished run: its settings, then its results. NaN: setting or policy does not "
      "apply.",
      {}};
  table.columns.push_back(
      run_column<Texts>(runs, "id", "12 hex digits of the SHA-256 of the run's resolved config",
                        [](const RunResult& result) { return result.id; }));
  for (Column& column : settings.columns(runs)) table.columns.push_back(std::move(column));
  table.columns.push_back(
      run_column<Texts>(runs, "status", "done or failed", [](const RunResult& result) {
        return std::string(result.status == RunStatus::done ? "done" : "failed");
      }));
  table.columns.push_back(
      run_column<Texts>(runs, "failure", "cause and iteration when failed",
                        [](const RunResult& result) { return result.failure; }));
  table.columns.push_back(run_column<Texts>(runs, "result_policies",
                                            "policies with results in this row", policy_words));
  add_policy_columns(runs, policies, table);
  for (const auto& field : kRunNumbers)
    table.columns.push_back(
        run_column<Numbers>(runs, field.name, field.description,
                            [&](const RunResult& result) { return result.*field.member; }));
  for (const auto& field : kRunIntegers)
    table.columns.push_back(
        run_column<Integers>(runs, field.name, field.description,
                             [&](const RunResult& result) { return result.*field.member; }));
  for (const auto& field : kRunSmallIntegers)
    table.columns.push_back(
        run_column<Integers>(runs, field.name, field.description,
                             [&](const RunResult& result) { return result.*field.member; }));
  table.columns.push_back(run_column<Texts>(
      runs, "layer_sizes", "of the network: inputs, hidden layers, outputs", layer_words));
  return table;
}

}  // namespace

TableBlocks runs_table(const SweepView& sweep) {
  return {sweep.runs.size(), [&sweep, settings = SettingsTable(sweep.runs),
                              policies = policies_of(sweep)](size_t first, size_t count) {
            return some_runs(Runs(sweep.runs).subspan(first, count), settings, policies);
          }};
}

TableBlocks configs_table(const SweepView& sweep) {
  return {sweep.runs.size(), [&sweep](size_t first, size_t count) {
            const Runs runs = Runs(sweep.runs).subspan(first, count);
            return Table{
                "Every finished run's config, in the order of /runs.",
                {row_column<Texts>(runs, "run", "id in /runs",
                                   [](const StoredRun* run) { return run->result.id; }),
                 row_column<Texts>(runs, "config", "resolved config, JSON",
                                   [](const StoredRun* run) { return run->config.json(); }),
                 row_column<Texts>(runs, "settings", "the settings columns of /runs as text, JSON",
                                   [](const StoredRun* run) { return columns_json(*run); })}};
          }};
}

TableBlocks curves_table(const SweepView& sweep) {
  return rows_of_runs(
      sweep, [](const RunResult& result) { return result.curve.size(); },
      [](const std::vector<RowOfRun>& rows) {
        const auto point = [](const RowOfRun& row) -> const CurvePoint& {
          return row.result.curve[row.number];
        };
        Table table{
            "The DQN's evaluations during training, one row each.",
            {row_column<Texts>(rows, "run", "id in /runs", id_of),
             row_column<Integers>(rows, "iteration", "Q iterations done before",
                                  [&](const RowOfRun& row) { return point(row).iteration; })}};
        for (const auto& field : kCurveNumbers)
          table.columns.push_back(
              row_column<Numbers>(rows, field.name, field.description,
                                  [&](const RowOfRun& row) { return point(row).*field.member; }));
        return table;
      });
}

namespace {

/// Rows of a run in /policies: the baseline's one, then the MDP's.
struct ThresholdRow {
  Policy policy = Policy::mdp;
  int64_t units = 0;
  double threshold = 0;
};

ThresholdRow threshold_row(const RowOfRun& row) {
  const RunResult& result = row.result;
  const size_t baseline = find_policy(result, Policy::baseline) != nullptr ? 1 : 0;
  if (row.number < baseline)
    return {Policy::baseline, result.bucket_cost, result.baseline_threshold};
  const size_t state = row.number - baseline;
  return {Policy::mdp, result.bucket_cost + static_cast<int64_t>(state),
          result.mdp_threshold[state]};
}

}  // namespace

TableBlocks policies_table(const SweepView& sweep) {
  return rows_of_runs(
      sweep,
      [](const RunResult& result) {
        return result.mdp_threshold.size() +
               (find_policy(result, Policy::baseline) != nullptr ? 1 : 0);
      },
      [](const std::vector<RowOfRun>& rows) {
        return Table{
            "Threshold policies: offload if the normalised metric is at least `threshold`.",
            {row_column<Texts>(rows, "run", "id in /runs", id_of),
             row_column<Texts>(rows, "policy",
                               "baseline: one row, for all states from there on; mdp: a row a "
                               "state",
                               [](const RowOfRun& row) {
                                 return std::string(policy_name(threshold_row(row).policy));
                               }),
             row_column<Integers>(rows, "units", "n: bucket units before the image",
                                  [](const RowOfRun& row) { return threshold_row(row).units; }),
             row_column<Numbers>(rows, "tokens", "units / bucket_cost",
                                 [](const RowOfRun& row) {
                                   return static_cast<double>(threshold_row(row).units) /
                                          row.result.bucket_cost;
                                 }),
             row_column<Numbers>(rows, "threshold", "normalised metric", [](const RowOfRun& row) {
               return threshold_row(row).threshold;
             })}};
      });
}

TableBlocks searches_table(const SweepView& sweep) {
  return rows_of_runs(
      sweep, [](const RunResult& result) { return result.search.size(); },
      [](const std::vector<RowOfRun>& rows) {
        const auto number = [&](const char* name, const char* description,
                                double SearchPoint::*member) {
          return row_column<Numbers>(rows, name, description, [=](const RowOfRun& row) {
            return row.result.search[row.number].*member;
          });
        };
        return Table{
            "Buckets that `hierarchical` might give its cameras, as far as they were simulated to "
            "the end: the others earn less for certain. It takes the first of the highest reward.",
            {row_column<Texts>(rows, "run", "id in /runs", id_of),
             number("rate", "of a camera", &SearchPoint::rate),
             number("depth", "of a camera", &SearchPoint::depth),
             number("reward", "mean over all training images of all cameras",
                    &SearchPoint::reward)}};
      });
}

namespace {

struct SummaryRow {
  const StoredRun* first = nullptr;  ///< of the group
  PolicySummary summary;
};

Table some_summary(std::span<const SummaryRow> rows, const SettingsTable& settings) {
  std::vector<const StoredRun*> firsts;
  for (const SummaryRow& row : rows) firsts.push_back(row.first);
  Table table{"Done runs that differ in `seed` alone, together: one row a group and policy.",
              settings.columns(firsts)};
  const auto add = [&]<typename Values>(const Values&, const char* name, const char* description,
                                        auto get) {
    table.columns.push_back(row_column<Values>(
        rows, name, description, [&](const SummaryRow& row) { return get(row.summary); }));
  };
  using Row = PolicySummary;
  add(Texts{}, "policy", "", [](const Row& row) { return std::string(policy_name(row.policy)); });
  add(Integers{}, "seeds", "number of runs", [](const Row& row) { return row.seeds; });
  add(Numbers{}, "loss_mean", "over seeds", [](const Row& row) { return row.loss_mean; });
  add(Numbers{}, "loss_mean_low",
      "lower end of the 95 % bootstrap interval of the mean over seeds; NaN: one seed",
      [](const Row& row) { return row.loss_mean_interval.low; });
  add(Numbers{}, "loss_mean_high", "upper end",
      [](const Row& row) { return row.loss_mean_interval.high; });
  add(Numbers{}, "loss_interquartile_mean",
      "over seeds: mean without the lowest and the highest quarter",
      [](const Row& row) { return row.loss_interquartile_mean; });
  add(Numbers{}, "loss_low",
      "lower end of the 95 % bootstrap interval of the interquartile mean; NaN: one seed",
      [](const Row& row) { return row.loss_interval.low; });
  add(Numbers{}, "loss_high", "upper end", [](const Row& row) { return row.loss_interval.high; });
  add(Numbers{}, "offload_rate_mean", "over seeds",
      [](const Row& row) { return row.offload_rate_mean; });
  add(Numbers{}, "improvement",
      "probability of improvement over the MDP: share of pairs of seeds in which the loss is lower "
      "than the MDP's, ties half; NaN: no MDP to compare with",
      [](const Row& row) { return row.improvement; });
  add(Numbers{}, "improvement_low",
      "lower end of its 95 % bootstrap interval over seeds; NaN: one seed",
      [](const Row& row) { return row.improvement_interval.low; });
  add(Numbers{}, "improvement_high", "upper end",
      [](const Row& row) { return row.improvement_interval.high; });
  return table;
}

}  // namespace

TableBlocks summary_table(const SweepView& sweep) {
  std::vector<SummaryRow> rows;
  std::vector<const StoredRun*> firsts;
  for (const SummaryGroup& group : summarise(sweep)) {
    for (const PolicySummary& summary : group.policies)
      rows.push_back({group.runs.front(), summary});
    if (!group.policies.empty()) firsts.push_back(group.runs.front());
  }
  const size_t count = rows.size();
  return {count, [rows = std::move(rows), settings = SettingsTable(firsts, "seed")](size_t first,
                                                                                    size_t some) {
            return some_summary(std::span(rows).subspan(first, some), settings);
          }};
}

}  // namespace edgesweep
