#pragma once
#include <string>
#include <vector>

#include "host/results/results_file.h"
#include "host/results/statistics.h"

namespace edgesweep {

/// One policy over the runs of a group.
struct PolicySummary {
  Policy policy = Policy::weak;
  int64_t seeds = 0;
  double loss_mean = 0;
  Interval loss_mean_interval;  ///< 95 %, bootstrap over seeds of the mean; NaN for one seed
  double loss_interquartile_mean = 0;
  Interval loss_interval;  ///< the same of the interquartile mean
  double offload_rate_mean = 0;
  double improvement = 0;  ///< probability that its loss is lower than the MDP's; NaN without MDP
  Interval improvement_interval;
};

/// Done runs whose settings differ in `seed` alone.
struct SummaryGroup {
  std::vector<const StoredRun*> runs;   ///< as listed; they live where the sweep has them
  std::vector<PolicySummary> policies;  ///< in the order of docs/model.md#policies
};

/// The runs of every group, in the order of their first run, without summaries. Failed runs are
/// left out.
std::vector<SummaryGroup> group_by_seed(const SweepView& sweep);

/// The same with a summary of every policy.
std::vector<SummaryGroup> summarise(const SweepView& sweep);

/// The loss of a policy in each of these runs that has the policy, in their order.
std::vector<double> losses_of(const std::vector<const StoredRun*>& runs, Policy policy);

/// Loss of the MDP - loss of the DQN of each of these runs that has both, in their order.
std::vector<double> gains_of(const std::vector<const StoredRun*>& runs);

/// How much lower the DQN's loss is than the MDP's over the groups of one dataset.
struct DatasetGain {
  std::string dataset;  ///< as in the settings
  int64_t points = 0;
  double gain = 0;
  Interval interval;
};

/// DQN against MDP over all groups that have both: stratified by group, seeds within.
struct ExperimentSummary {
  int64_t points = 0;                       ///< groups that have both policies
  int64_t least_seeds = 0, most_seeds = 0;  ///< of a point
  /// Mean over points of mean(loss of the MDP - loss of the DQN) over seeds. NaN for several
  /// datasets: their costs may have different units.
  double gain = 0;
  Interval gain_interval;             ///< 95 %; NaN if no point has two seeds
  std::vector<DatasetGain> datasets;  ///< in the order of their first group
  double improvement = 0;             ///< probability of improvement of the DQN over the MDP
  Interval improvement_interval;
};

/// Without a point that has both: points 0 and NaN everywhere.
ExperimentSummary summarise_experiment(const std::vector<SummaryGroup>& groups);

}  // namespace edgesweep
