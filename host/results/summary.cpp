#include "host/results/summary.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "host/results/results_file.h"
#include "host/results/settings_columns.h"
#include "host/sha256.h"

namespace edgesweep {
namespace {

/// The same for runs that differ in `seed` alone: a hash of all other settings.
std::string key_without_seed(const StoredRun& run) {
  Sha256 hash;
  run.config.visit_columns([&](const std::string& name, std::string_view value) {
    if (name == "seed") return;
    hash.add(name.c_str(), name.size() + 1);
    hash.add(value.data(), value.size());
    hash.add("", 1);
  });
  return hash.hex();
}

PolicySummary summarise_policy(const std::vector<const StoredRun*>& runs, Policy policy) {
  const std::vector<double> losses = losses_of(runs, policy);
  std::vector<double> offload_rates;
  for (const StoredRun* run : runs)
    if (const PolicyResult* result = find_policy(run->result, policy))
      offload_rates.push_back(result->offload_rate);
  PolicySummary summary;
  summary.policy = policy;
  summary.seeds = static_cast<int64_t>(losses.size());
  summary.loss_mean = mean(losses);
  summary.loss_mean_interval = mean_interval(losses);
  summary.loss_interquartile_mean = interquartile_mean(losses);
  summary.loss_interval = interquartile_mean_interval(losses);
  summary.offload_rate_mean = mean(offload_rates);
  const std::vector<Contest> contest{{losses, losses_of(runs, Policy::mdp)}};
  summary.improvement = policy == Policy::mdp ? kNan : improvement_probability(contest);
  summary.improvement_interval =
      std::isnan(summary.improvement) ? Interval{kNan, kNan} : improvement_interval(contest);
  return summary;
}

}  // namespace

std::vector<SummaryGroup> group_by_seed(const SweepView& sweep) {
  std::vector<SummaryGroup> groups;
  std::unordered_map<std::string, size_t> group_of;
  for (const StoredRun* run : sweep.runs) {
    if (run->result.status != RunStatus::done) continue;
    const auto [entry, is_new] = group_of.try_emplace(key_without_seed(*run), groups.size());
    if (is_new) groups.emplace_back();
    groups[entry->second].runs.push_back(run);
  }
  return groups;
}

std::vector<SummaryGroup> summarise(const SweepView& sweep) {
  std::vector<SummaryGroup> groups = group_by_seed(sweep);
  const std::vector<Policy> policies = policies_of(sweep);
  for (SummaryGroup& group : groups) {
    for (const Policy policy : policies) {
      const PolicySummary summary = summarise_policy(group.runs, policy);
      if (summary.seeds > 0) group.policies.push_back(summary);
    }
  }
  return groups;
}

std::vector<double> losses_of(const std::vector<const StoredRun*>& runs, Policy policy) {
  std::vector<double> losses;
  for (const StoredRun* run : runs)
    if (const PolicyResult* result = find_policy(run->result, policy))
      losses.push_back(result->loss);
  return losses;
}

std::vector<double> gains_of(const std::vector<const StoredRun*>& runs) {
  std::vector<double> gains;
  for (const StoredRun* run : runs) {
    const PolicyResult* mdp = find_policy(run->result, Policy::mdp);
    const PolicyResult* dqn = find_policy(run->result, Policy::dqn);
    if (mdp != nullptr && dqn != nullptr) gains.push_back(mdp->loss - dqn->loss);
  }
  return gains;
}

ExperimentSummary summarise_experiment(const std::vector<SummaryGroup>& groups) {
  std::vector<std::string> datasets;
  std::vector<std::vector<std::vector<double>>> gains;  // of each dataset, of each of its groups
  std::vector<Contest> contests;
  ExperimentSummary summary;
  for (const SummaryGroup& group : groups) {
    std::vector<double> of_group = gains_of(group.runs);
    if (of_group.empty()) continue;
    const auto seeds = static_cast<int64_t>(of_group.size());
    summary.least_seeds = contests.empty() ? seeds : std::min(summary.least_seeds, seeds);
    summary.most_seeds = std::max(summary.most_seeds, seeds);
    const std::string dataset = plain_text(setting_text(*group.runs.front(), "dataset"));
    const auto known = std::find(datasets.begin(), datasets.end(), dataset) - datasets.begin();
    if (known == std::ssize(datasets)) {
      datasets.push_back(dataset);
      gains.emplace_back();
    }
    gains[static_cast<size_t>(known)].push_back(std::move(of_group));
    contests.push_back({losses_of(group.runs, Policy::dqn), losses_of(group.runs, Policy::mdp)});
  }
  for (size_t i = 0; i < datasets.size(); ++i)
    summary.datasets.push_back({datasets[i], std::ssize(gains[i]), mean_over_strata(gains[i]),
                                mean_over_strata_interval(gains[i])});
  summary.points = std::ssize(contests);
  const bool one = summary.datasets.size() == 1;
  summary.gain = one ? summary.datasets.front().gain : kNan;
  summary.gain_interval = one ? summary.datasets.front().interval : Interval{kNan, kNan};
  summary.improvement = improvement_probability(contests);
  summary.improvement_interval = improvement_interval(contests);
  return summary;
}

}  // namespace edgesweep
