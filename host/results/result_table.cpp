#include "host/results/result_table.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "host/results/results_file.h"
#include "host/results/settings_columns.h"

namespace edgesweep {
namespace {

using Cell = ResultGrid::Cell;

/// The swept settings that exist, or, for files that name none, those whose values differ; the seed
/// last.
std::vector<std::string> leading_settings(const StoredSweep& sweep) {
  std::vector<const StoredRun*> runs;
  for (const StoredRun& run : sweep.runs) runs.push_back(&run);
  std::vector<std::string> names;
  for (const std::string& name : setting_names(runs)) {
    const auto differs = [&] {
      return std::any_of(runs.begin(), runs.end(), [&](const StoredRun* run) {
        return run->config.column(name) != runs.front()->config.column(name);
      });
    };
    const bool named = std::find(sweep.swept.begin(), sweep.swept.end(), name) != sweep.swept.end();
    if (sweep.swept.empty() ? differs() : named) names.push_back(name);
  }
  const auto axis = [&](const std::string& name) {
    return std::find(sweep.swept.begin(), sweep.swept.end(), name) - sweep.swept.begin();
  };
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(a == "seed", axis(a)) < std::pair(b == "seed", axis(b));
  });
  return names;
}

Cell setting_cell(const StoredRun& run, const std::string& name) {
  const std::string text = setting_text(run, name);
  if (text.empty()) return {};
  const auto value = nlohmann::json::parse(text, nullptr, false);
  const bool fits =
      value.is_number_integer() &&
      !(value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX));
  if (fits) return value.get<int64_t>();
  if (value.is_number_float()) return value.get<double>();
  return plain_text(text);
}

bool any_failed(const StoredSweep& sweep) {
  return std::any_of(sweep.runs.begin(), sweep.runs.end(),
                     [](const StoredRun& run) { return run.result.status == RunStatus::failed; });
}

bool has(const std::vector<Policy>& policies, Policy policy) {
  return std::find(policies.begin(), policies.end(), policy) != policies.end();
}

std::string column_name(Policy policy, const char* what) {
  return policy_name(policy) + std::string("_") + what;
}

/// Nothing where a policy does not apply.
void add_number(std::vector<Cell>& row, const PolicyResult* result, double PolicyResult::*member) {
  if (result == nullptr)
    row.emplace_back();
  else
    row.emplace_back(result->*member);
}

/// How much lower the DQN's loss is than the MDP's.
template <typename Result>
void add_gain(std::vector<Cell>& row, const Result* mdp, const Result* dqn, double Result::*loss) {
  if (mdp == nullptr || dqn == nullptr)
    row.emplace_back();
  else
    row.emplace_back(mdp->*loss - dqn->*loss);
}

ResultGrid runs_grid(const StoredSweep& sweep, const std::vector<std::string>& settings) {
  const std::vector<Policy> policies = policies_of(sweep);
  const bool with_gain = has(policies, Policy::mdp) && has(policies, Policy::dqn);
  const bool with_status = any_failed(sweep);
  ResultGrid grid;
  grid.columns = {"id"};
  grid.columns.insert(grid.columns.end(), settings.begin(), settings.end());
  for (const Policy policy : policies)
    for (const char* what : {"loss", "loss_se"}) grid.columns.push_back(column_name(policy, what));
  if (with_gain) grid.columns.emplace_back("dqn_gain");
  if (with_status) grid.columns.insert(grid.columns.end(), {"status", "failure"});

  for (const StoredRun& run : sweep.runs) {
    const RunResult& result = run.result;
    std::vector<Cell> row{result.id};
    for (const std::string& name : settings) row.push_back(setting_cell(run, name));
    for (const Policy policy : policies) {
      const PolicyResult* found = find_policy(result, policy);
      add_number(row, found, &PolicyResult::loss);
      add_number(row, found, &PolicyResult::loss_se);
    }
    if (with_gain)
      add_gain(row, find_policy(result, Policy::mdp), find_policy(result, Policy::dqn),
               &PolicyResult::loss);
    if (with_status) {
      row.emplace_back(std::string(result.status == RunStatus::done ? "done" : "failed"));
      row.emplace_back(result.failure);
    }
    grid.rows.push_back(std::move(row));
  }
  return grid;
}

constexpr const char* kSummaryColumns[] = {
    "loss", "loss_mean_low", "loss_mean_high", "loss_interquartile_mean", "loss_low", "loss_high"};
constexpr const char* kImprovementColumns[] = {"improvement", "improvement_low",
                                               "improvement_high"};

const PolicySummary* find_summary(const SummaryGroup& group, Policy policy) {
  for (const PolicySummary& summary : group.policies)
    if (summary.policy == policy) return &summary;
  return nullptr;
}

std::vector<Cell> summary_row(const SummaryGroup& group, const std::vector<std::string>& settings,
                              const std::vector<Policy>& policies, bool with_gain) {
  std::vector<Cell> row;
  for (const std::string& name : settings) row.push_back(setting_cell(*group.runs.front(), name));
  row.emplace_back(static_cast<int64_t>(group.runs.size()));
  for (const Policy policy : policies) {
    const PolicySummary* summary = find_summary(group, policy);
    if (summary == nullptr) {
      row.resize(row.size() + std::size(kSummaryColumns));
      continue;
    }
    for (const double value : {summary->loss_mean, summary->loss_mean_interval.low,
                               summary->loss_mean_interval.high, summary->loss_interquartile_mean,
                               summary->loss_interval.low, summary->loss_interval.high})
      row.emplace_back(value);
  }
  if (!with_gain) return row;
  const PolicySummary* dqn = find_summary(group, Policy::dqn);
  add_gain(row, find_summary(group, Policy::mdp), dqn, &PolicySummary::loss_mean);
  if (dqn == nullptr) {
    row.resize(row.size() + std::size(kImprovementColumns));
    return row;
  }
  for (const double value :
       {dqn->improvement, dqn->improvement_interval.low, dqn->improvement_interval.high})
    row.emplace_back(value);
  return row;
}

ResultGrid summary_grid(const StoredSweep& sweep, const std::vector<SummaryGroup>& groups,
                        std::vector<std::string> settings) {
  ResultGrid grid;
  std::erase(settings, "seed");
  const std::vector<Policy> policies = policies_of(sweep);
  const bool with_gain = has(policies, Policy::mdp) && has(policies, Policy::dqn);
  grid.columns = settings;
  grid.columns.emplace_back("seeds");
  for (const Policy policy : policies)
    for (const char* what : kSummaryColumns) grid.columns.push_back(column_name(policy, what));
  if (with_gain) {
    grid.columns.emplace_back("dqn_gain");
    for (const char* what : kImprovementColumns)
      grid.columns.push_back(column_name(Policy::dqn, what));
  }
  const bool any_has_two = std::any_of(groups.begin(), groups.end(), [](const SummaryGroup& group) {
    return group.runs.size() > 1;
  });
  if (!any_has_two) return grid;
  for (const SummaryGroup& group : groups)
    grid.rows.push_back(summary_row(group, settings, policies, with_gain));
  return grid;
}

/// "figure_5a (33), figure_6 (60)" where there are several.
std::string experiments_text(const StoredSweep& sweep) {
  if (sweep.experiments.size() < 2) return "";
  std::string text;
  for (const Experiment& experiment : sweep.experiments)
    text += (text.empty() ? "" : ", ") + experiment.name + " (" +
            std::to_string(experiment.runs.size()) + ")";
  return text;
}

/// Is a policy that knows no more than the bound, and keeps to the rate as it does, clearly below
/// it?
bool is_no_bound(const RunResult& result) {
  constexpr double kSure = 3;  // standard errors
  const PolicyResult* bound = find_policy(result, Policy::lower_bound);
  return bound != nullptr &&
         std::any_of(result.policies.begin(), result.policies.end(), [&](const PolicyResult& row) {
           const bool may_be_below = row.policy == Policy::clairvoyant ||
                                     row.policy == Policy::clairvoyant_metric ||
                                     row.policy == Policy::strong;  // which knows no rate
           return !may_be_below && row.loss + kSure * row.loss_se < bound->loss;
         });
}

std::string bound_note(const StoredSweep& sweep) {
  const auto runs = std::count_if(sweep.runs.begin(), sweep.runs.end(),
                                  [](const StoredRun& run) { return is_no_bound(run.result); });
  if (runs == 0) return "";
  return "lower_bound is no bound in " + std::to_string(runs) + " of " +
         std::to_string(sweep.runs.size()) +
         " runs, where another policy has a lower loss: it offloads the rate's share of the images "
         "with the highest metrics, also those whose strong answer costs more than the weak one";
}

}  // namespace

ResultTable make_result_table(const StoredSweep& sweep) {
  ResultTable table;
  table.name = sweep.name;
  table.total_runs = sweep.total_runs;
  table.finished_runs = static_cast<int64_t>(sweep.runs.size());
  table.unconverged_mdps =
      std::count_if(sweep.runs.begin(), sweep.runs.end(),
                    [](const StoredRun& run) { return run.result.mdp_converged == 0; });
  table.failed_runs = std::count_if(sweep.runs.begin(), sweep.runs.end(), [](const StoredRun& run) {
    return run.result.status == RunStatus::failed;
  });
  table.attributes = {{"config", sweep.config_path},    {"experiments", experiments_text(sweep)},
                      {"dataset", sweep.dataset},       {"dataset_sha256", sweep.dataset_sha256},
                      {"version", sweep.version},       {"backend", sweep.backend},
                      {"device", sweep.device},         {"math", sweep.math},
                      {"digest", results_digest(sweep)}};
  const std::vector<std::string> settings = leading_settings(sweep);
  table.runs = runs_grid(sweep, settings);
  const std::vector<SummaryGroup> groups = summarise(sweep);
  table.summary = summary_grid(sweep, groups, settings);
  table.experiment = summarise_experiment(groups);
  table.bound_note = bound_note(sweep);
  return table;
}

}  // namespace edgesweep
