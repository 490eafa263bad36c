// The tables of a results file, column by column.
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "host/results/policies.h"
#include "host/results/results_format.h"
#include "host/results/run_fields.h"
#include "host/results/settings_columns.h"
#include "host/results/summary.h"

namespace edgesweep {
namespace {

/// One value of every run as a column.
template <typename Values, typename Get>
Column run_column(const StoredSweep& sweep, const std::string& name, const std::string& description,
                  Get get) {
  Values values;
  for (const StoredRun& run : sweep.runs) values.push_back(get(run.result));
  return {name, std::move(values), description};
}

std::string policy_words(const RunResult& result) {
  std::vector<std::string> names;
  for (const PolicyResult& policy : result.policies) names.emplace_back(policy_name(policy.policy));
  return join_words(names);
}

void add_policy_columns(const StoredSweep& sweep, Table& table) {
  for (const Policy policy : policies_of(sweep.runs)) {
    for (const auto& field : kPolicyNumbers) {
      const std::string name = policy_name(policy) + std::string("_") + field.name;
      table.columns.push_back(
          run_column<Numbers>(sweep, name, field.description, [&](const RunResult& result) {
            const PolicyResult* found = find_policy(result, policy);
            return found == nullptr ? std::numeric_limits<double>::quiet_NaN()
                                    : found->*field.member;
          }));
    }
  }
}

std::string columns_json(const StoredRun& run) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [name, text] : run.columns) object[name] = text;
  return object.dump();
}

std::vector<const StoredRun*> pointers(const StoredSweep& sweep) {
  std::vector<const StoredRun*> runs;
  for (const StoredRun& run : sweep.runs) runs.push_back(&run);
  return runs;
}

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

Table experiments_table(const StoredSweep& sweep) {
  Texts names;
  Texts descriptions;
  Texts swept;
  Integers runs;
  for (const Experiment& experiment : sweep.experiments) {
    names.push_back(experiment.name);
    descriptions.push_back(experiment.description);
    swept.push_back(join_words(experiment.swept));
    runs.push_back(static_cast<int64_t>(experiment.runs.size()));
  }
  return {"The experiments of the config, one row each, in the order written.",
          {{"name", std::move(names), "of the experiment"},
           {"description", std::move(descriptions), ""},  // the attribute is the table's
           {"swept", std::move(swept),
            "columns of /runs in which its runs differ, in axis order, spaces between"},
           {"runs", std::move(runs), "number of its rows in /experiment_runs"}}};
}

Table experiment_runs_table(const StoredSweep& sweep) {
  Texts names;
  Integers positions;
  Texts runs;
  for (const Experiment& experiment : sweep.experiments) {
    for (size_t i = 0; i < experiment.runs.size(); ++i) {
      names.push_back(experiment.name);
      positions.push_back(static_cast<int64_t>(i));
      runs.push_back(experiment.runs[i]);
    }
  }
  return {"Which runs each experiment has, in its own order; a run may belong to several.",
          {{"experiment", std::move(names), "name in /experiments"},
           {"position", std::move(positions), "in the experiment, from 0"},
           {"run", std::move(runs), "id in /runs once the run is finished"}}};
}

Table runs_table(const StoredSweep& sweep) {
  Table table{
      "One row a finished run: its settings, then its results. NaN: setting or policy does not "
      "apply.",
      {}};
  table.columns.push_back(
      run_column<Texts>(sweep, "id", "12 hex digits of the SHA-256 of the run's resolved config",
                        [](const RunResult& result) { return result.id; }));
  for (Column& column : settings_columns(pointers(sweep)))
    table.columns.push_back(std::move(column));
  table.columns.push_back(
      run_column<Texts>(sweep, "status", "done or failed", [](const RunResult& result) {
        return std::string(result.status == RunStatus::done ? "done" : "failed");
      }));
  table.columns.push_back(
      run_column<Texts>(sweep, "failure", "cause and iteration when failed",
                        [](const RunResult& result) { return result.failure; }));
  table.columns.push_back(run_column<Texts>(sweep, "result_policies",
                                            "policies with results in this row", policy_words));
  add_policy_columns(sweep, table);
  for (const auto& field : kRunNumbers)
    table.columns.push_back(
        run_column<Numbers>(sweep, field.name, field.description,
                            [&](const RunResult& result) { return result.*field.member; }));
  for (const auto& field : kRunIntegers)
    table.columns.push_back(
        run_column<Integers>(sweep, field.name, field.description,
                             [&](const RunResult& result) { return result.*field.member; }));
  for (const auto& field : kRunSmallIntegers)
    table.columns.push_back(
        run_column<Integers>(sweep, field.name, field.description,
                             [&](const RunResult& result) { return result.*field.member; }));
  table.columns.push_back(run_column<Texts>(
      sweep, "layer_sizes", "of the network: inputs, hidden layers, outputs", layer_words));
  return table;
}

Table configs_table(const StoredSweep& sweep) {
  Texts ids;
  Texts configs;
  Texts columns;
  for (const StoredRun& run : sweep.runs) {
    ids.push_back(run.result.id);
    configs.push_back(run.resolved_json);
    columns.push_back(columns_json(run));
  }
  return {"Every finished run's config, in the order of /runs.",
          {{"run", std::move(ids), "id in /runs"},
           {"config", std::move(configs), "resolved config, JSON"},
           {"settings", std::move(columns), "the settings columns of /runs as text, JSON"}}};
}

Table curves_table(const StoredSweep& sweep) {
  Texts ids;
  Integers iterations;
  std::vector<Numbers> numbers(std::size(kCurveNumbers));
  for (const StoredRun& run : sweep.runs) {
    for (const CurvePoint& point : run.result.curve) {
      ids.push_back(run.result.id);
      iterations.push_back(point.iteration);
      for (size_t i = 0; i < numbers.size(); ++i)
        numbers[i].push_back(point.*kCurveNumbers[i].member);
    }
  }
  Table table{"The DQN's evaluations during training, one row each.",
              {{"run", std::move(ids), "id in /runs"},
               {"iteration", std::move(iterations), "Q iterations done before"}}};
  for (size_t i = 0; i < numbers.size(); ++i)
    table.columns.push_back(
        {kCurveNumbers[i].name, std::move(numbers[i]), kCurveNumbers[i].description});
  return table;
}

Table policies_table(const StoredSweep& sweep) {
  Texts ids;
  Texts policies;
  Integers units;
  Numbers tokens;
  Numbers thresholds;
  const auto add = [&](const RunResult& result, Policy policy, int64_t state, double threshold) {
    ids.push_back(result.id);
    policies.emplace_back(policy_name(policy));
    units.push_back(state);
    tokens.push_back(static_cast<double>(state) / result.bucket_cost);
    thresholds.push_back(threshold);
  };
  for (const StoredRun& run : sweep.runs) {
    const RunResult& result = run.result;
    if (find_policy(result, Policy::baseline) != nullptr)
      add(result, Policy::baseline, result.bucket_cost, result.baseline_threshold);
    for (size_t i = 0; i < result.mdp_threshold.size(); ++i)
      add(result, Policy::mdp, result.bucket_cost + static_cast<int64_t>(i),
          result.mdp_threshold[i]);
  }
  return {"Threshold policies: offload if the normalised metric is at least `threshold`.",
          {{"run", std::move(ids), "id in /runs"},
           {"policy", std::move(policies),
            "baseline: one row, for all states from there on; mdp: a row a state"},
           {"units", std::move(units), "n: bucket units before the image"},
           {"tokens", std::move(tokens), "units / bucket_cost"},
           {"threshold", std::move(thresholds), "normalised metric"}}};
}

Table searches_table(const StoredSweep& sweep) {
  Texts ids;
  Numbers rates;
  Numbers depths;
  Numbers rewards;
  for (const StoredRun& run : sweep.runs)
    for (const SearchPoint& point : run.result.search) {
      ids.push_back(run.result.id);
      rates.push_back(point.rate);
      depths.push_back(point.depth);
      rewards.push_back(point.reward);
    }
  return {
      "Buckets that `hierarchical` might give its devices, as far as they were simulated to the "
      "end: the others earn less for certain. It takes the first of the highest reward.",
      {{"run", std::move(ids), "id in /runs"},
       {"rate", std::move(rates), "of a device"},
       {"depth", std::move(depths), "of a device"},
       {"reward", std::move(rewards), "mean over all training images of all devices"}}};
}

Table summary_table(const StoredSweep& sweep) {
  const std::vector<SummaryGroup> groups = summarise(sweep);
  std::vector<const StoredRun*> firsts;
  std::vector<PolicySummary> rows;
  for (const SummaryGroup& group : groups) {
    for (const PolicySummary& row : group.policies) {
      firsts.push_back(group.runs.front());
      rows.push_back(row);
    }
  }
  Table table{"Done runs that differ in `seed` alone, together: one row a group and policy.",
              settings_columns(firsts, "seed")};
  const auto add = [&]<typename Values>(Values values, const char* name, const char* description,
                                        auto get) {
    for (const PolicySummary& row : rows) values.push_back(get(row));
    table.columns.push_back({name, std::move(values), description});
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

}  // namespace edgesweep
