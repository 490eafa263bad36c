#pragma once
#include <vector>

#include "host/results/results_file.h"
#include "host/results/statistics.h"

namespace edgesweep {

/// One policy over the runs of a group.
struct PolicySummary {
  Policy policy = Policy::weak;
  int64_t seeds = 0;
  double loss_mean = 0;
  double loss_interquartile_mean = 0;
  Interval
      loss_interval;  ///< 95 %, bootstrap over seeds of the interquartile mean; NaN for one seed
  double offload_rate_mean = 0;
};

/// Done runs whose settings differ in `seed` alone.
struct SummaryGroup {
  std::vector<const StoredRun*> runs;   ///< as listed; they live in the StoredSweep
  std::vector<PolicySummary> policies;  ///< in the order of SPEC.md section 5
};

/// Groups in the order of their first run. Failed runs are left out.
std::vector<SummaryGroup> summarise(const StoredSweep& sweep);

}  // namespace edgesweep
