#include "host/results/summary.h"

#include <map>

#include "host/results/policies.h"

namespace edgesweep {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

Settings settings_without_seed(const StoredRun& run) {
  Settings settings;
  for (const auto& column : run.columns)
    if (column.first != "seed") settings.push_back(column);
  return settings;
}

std::vector<SummaryGroup> group_runs(const StoredSweep& sweep) {
  std::vector<SummaryGroup> groups;
  std::map<Settings, size_t> group_of;
  for (const StoredRun& run : sweep.runs) {
    if (run.result.status != RunStatus::done) continue;
    const auto [entry, is_new] = group_of.try_emplace(settings_without_seed(run), groups.size());
    if (is_new) groups.emplace_back();
    groups[entry->second].runs.push_back(&run);
  }
  return groups;
}

PolicySummary summarise_policy(const std::vector<const StoredRun*>& runs, Policy policy) {
  std::vector<double> losses;
  std::vector<double> offload_rates;
  for (const StoredRun* run : runs) {
    const PolicyResult* result = find_policy(run->result, policy);
    if (result == nullptr) continue;
    losses.push_back(result->loss);
    offload_rates.push_back(result->offload_rate);
  }
  return {policy,
          static_cast<int64_t>(losses.size()),
          mean(losses),
          interquartile_mean(losses),
          interquartile_mean_interval(losses),
          mean(offload_rates)};
}

}  // namespace

std::vector<SummaryGroup> summarise(const StoredSweep& sweep) {
  std::vector<SummaryGroup> groups = group_runs(sweep);
  const std::vector<Policy> policies = policies_of(sweep.runs);
  for (SummaryGroup& group : groups) {
    for (const Policy policy : policies) {
      const PolicySummary summary = summarise_policy(group.runs, policy);
      if (summary.seeds > 0) group.policies.push_back(summary);
    }
  }
  return groups;
}

}  // namespace edgesweep
